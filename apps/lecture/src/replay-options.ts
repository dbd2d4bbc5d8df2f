/** The options about recording a run, replaying it, and checking the kernel meanwhile. */
import { OptionError } from "./option-error.js";
import type { Option } from "./options.js";

export const REPLAY_OPTIONS: Readonly<Record<string, Option>> = {
  "--log": {
    operand: "FILE",
    help: ["write a log of the run, from which it can be replayed"],
    apply: (options, name, operand) => ({ ...options, log: fileName(name, operand) }),
  },
  "--replay": {
    operand: "FILE",
    help: [
      "run again what the log says, scene and choices and seed,",
      "and tell where it goes another way, if it does",
    ],
    apply: (options, name, operand) => ({ ...options, replay: fileName(name, operand) }),
  },
  "--check": {
    operand: "",
    help: ["have the kernel check its invariants at every exit; the run is the same"],
    apply: (options) => ({ ...options, check: true }),
  },
};

function fileName(option: string, text: string | undefined): string {
  if (text === undefined || text === "") throw new OptionError(`${option} takes the name of a file.`);
  return text;
}
