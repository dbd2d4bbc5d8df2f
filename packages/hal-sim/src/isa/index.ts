/**
 * `@tessera/hal-sim/isa`: what a CPU is to a program and to the kernel. Data and types; no machine.
 * @packageDocumentation
 */
export {
  breakpoint,
  compute,
  copyIn,
  copyOut,
  illegalInstruction,
  load,
  load64,
  loadPair,
  store,
  store64,
  storePair,
  type WordPair,
} from "./memory-access.js";
export { type Port, port, SUSPEND, setExecuting } from "./port.js";
export {
  entryMarker,
  MAX_PROGRAMS,
  PROGRAM_BYTES,
  type Program,
  ProgramOffset,
  type ProgramStart,
  programOfMarker,
  programWords,
  type Syscall,
  type Thread,
} from "./program.js";
export { REGISTER_COUNT, REGISTER_FILE_BYTES, Register } from "./registers.js";
export { Cause } from "./trap.js";
