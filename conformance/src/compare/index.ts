/**
 * `@tessera/conformance/judge`: a recorded scenario replayed on our kernel, and whether it ended as recorded.
 * @packageDocumentation
 */
export { judgeLine, type Verdict } from "./verdict.js";
