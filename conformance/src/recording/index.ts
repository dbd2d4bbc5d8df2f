/**
 * `@tessera/conformance/recording`: the language of recorded scenarios, and the files that they are in.
 * @packageDocumentation
 */
export { linesOf, readText, recordingFiles, Unreadable } from "./files.js";
export { Malformed } from "./json.js";
export { parseRecording, parseScenarioLine } from "./parse.js";
export {
  type ObservedResult,
  type Op,
  type OpKind,
  type Recording,
  type Result,
  type Scenario,
  THREADS,
} from "./scenario.js";
export { spellWord } from "./word.js";
