/** The options of every session. An app adds its own. */
import { type Command, type OptionTable, readOptions } from "../options/command-line.js";
import { fileName, wholeNumber } from "../options/operands.js";
import { OptionError } from "../options/option-error.js";

/** How a session goes. */
export interface SessionOptions {
  /** A file with the commands; null: the terminal, or standard input. */
  readonly script: string | null;
  /** Skip idle time, and begin in 1970: the session depends on what is entered alone. */
  readonly virtual: boolean;
  /** Seed of the machine's randomness. */
  readonly seed: number;
  /** The file that the run's log is written to. */
  readonly log: string | null;
  /** The file with the log of a session that is to be repeated. */
  readonly replay: string | null;
  /** Whether the kernel checks its invariants at every exit. */
  readonly check: boolean;
  readonly help: boolean;
}

/** When nothing is asked for. */
export const SESSION_DEFAULTS: SessionOptions = {
  ...{ script: null, virtual: false, seed: 1, log: null, replay: null, check: false, help: false },
};

/** The options that say what is carried out. An app puts its own behind them, and then those of the recording. */
export function inputOptions<O extends SessionOptions>(): OptionTable<O> {
  return {
    "--script": {
      operand: "FILE",
      help: ["carry out the commands in FILE, and end with the status of the last"],
      apply: (options, name, operand) => ({ ...options, script: fileName(name, operand) }),
    },
    "--virtual": {
      operand: "",
      help: ["time that nobody uses passes at once, and the clock begins in 1970: what is", "entered decides all"],
      apply: (options) => ({ ...options, virtual: true }),
    },
    "--seed": {
      operand: "N",
      help: ["the seed of the machine's randomness (default 1)"],
      apply: (options, name, operand) => ({ ...options, seed: wholeNumber(name, operand) }),
    },
  };
}

/** The options about logs, checks and help. */
export function recordOptions<O extends SessionOptions>(): OptionTable<O> {
  return {
    "--log": {
      operand: "FILE",
      help: ["write a log of the session, from which it can be replayed"],
      apply: (options, name, operand) => ({ ...options, log: fileName(name, operand) }),
    },
    "--replay": {
      operand: "FILE",
      help: ["show the session of the log again, and tell where it goes another way, if it does"],
      apply: (options, name, operand) => ({ ...options, replay: fileName(name, operand) }),
    },
    "--check": {
      operand: "",
      help: ["have the kernel check its invariants at every exit, which takes much longer; the", "run is the same"],
      apply: (options) => ({ ...options, check: true }),
    },
    "--help": {
      operand: "",
      help: ["this text"],
      apply: (options) => ({ ...options, help: true }),
    },
  };
}

/** What the line of a session's command asks for. @throws OptionError */
export function sessionOptions<O extends SessionOptions>(
  command: Command<O>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): O {
  const { options, words, names } = readOptions(command, args, env);
  if (options.help) return options;
  if (words.length > 0) {
    throw new OptionError(`${JSON.stringify(words[0])} is no option: commands are typed, or stand in a --script.`);
  }
  const other = names.find((name) => !["--replay", "--check"].includes(name));
  if (options.replay !== null && other !== undefined) {
    throw new OptionError(`--replay shows what the log says: leave ${other} out.`);
  }
  return options;
}
