/**
 * `@tessera/conformance/replay`: the sandbox of the scenarios, and a thread that does one op.
 * @packageDocumentation
 */
export { isFaultMessage } from "./message.js";
export { bufferAddress, buildSandbox, GUARD, granted, handOver, type Sandbox } from "./sandbox.js";
export { prepare, receives } from "./step.js";
export { execute, park } from "./thread-program.js";
