/** `@tessera/app-host`: what every command shares, in Node, a worker or a page: options, and logs of runs. */
export {
  type Command,
  type Given,
  type Option,
  type OptionTable,
  optionLines,
  readOptions,
} from "./options/command-line.js";
export { fileName, wholeNumber } from "./options/operands.js";
export { OptionError } from "./options/option-error.js";
export { type Files, readLog, readText, verdict, writeLog } from "./replay/log-files.js";
