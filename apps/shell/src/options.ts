/** What may stand behind `npm start --`. */
import { OptionError } from "./option-error.js";
import { meant } from "./programs/shell/near.js";

/** How a session goes. */
export interface Options {
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

const DEFAULTS: Options = {
  ...{ script: null, virtual: false, seed: 1, log: null, replay: null, check: false, help: false },
};

interface Option {
  /** What stands behind it, as the usage names it; empty when nothing does. */
  readonly operand: string;
  readonly help: readonly string[];
  /** @throws OptionError */
  apply(options: Options, name: string, operand: string | undefined): Options;
}

/** Every option by its name. The usage is made of this table, and what npm may have taken for itself is told by it. */
const OPTIONS: Readonly<Record<string, Option>> = {
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

export const HELP = `usage: npm start -- [OPTION...]

Boots the desk, a personality of user-level servers on a simulated kernel, and gives a shell on the terminal. Without a
terminal, commands are read from standard input. Ctrl-] leaves at once, whatever the machine does.

${optionLines().join("\n")}

Exit code: the status that the machine ends with, which is that of the last command, or what \`exit\` says. 2: a bad
option. 70: the machine had to stop, or a replay went another way.
`;

function optionLines(): string[] {
  const heads = Object.entries(OPTIONS).map(([name, { operand }]) => `${name} ${operand}`.trimEnd());
  const width = Math.max(...heads.map((head) => head.length));
  return Object.values(OPTIONS).flatMap(({ help }, i) =>
    help.map((line, n) => `  ${(n === 0 ? (heads[i] as string) : "").padEnd(width)}  ${line}`),
  );
}

/** @throws OptionError, whose message is one sentence. */
export function parseOptions(args: readonly string[]): Options {
  let options = DEFAULTS;
  const given: string[] = [];
  const rest = args.flatMap((arg) => /^(--[a-z]+)=(.*)$/s.exec(arg)?.slice(1) ?? [arg]);
  for (let i = 0; i < rest.length; i++) {
    const arg = rest[i] === "-h" ? "--help" : (rest[i] as string);
    const option = Object.hasOwn(OPTIONS, arg) ? OPTIONS[arg] : undefined;
    if (option === undefined) throw new OptionError(unknown(arg));
    options = option.apply(options, arg, option.operand === "" ? undefined : rest[++i]);
    if (options.help) return options;
    given.push(arg);
  }
  const other = given.find((name) => !["--replay", "--check"].includes(name));
  if (options.replay !== null && other !== undefined) {
    throw new OptionError(`--replay shows what the log says: leave ${other} out.`);
  }
  return options;
}

/**
 * What npm took for its own, in a sentence that says how to write it; null: nothing. In `npm start --virtual` the option
 * reaches npm and not us, since `--` is missing. npm leaves in the environment what it took.
 */
export function takenByNpm(env: Readonly<Record<string, string | undefined>>, args: readonly string[]): string | null {
  if (env["npm_lifecycle_event"] !== "start") return null;
  const left = [...args];
  const taken = Object.entries(OPTIONS).flatMap(([option, { operand }]) => {
    const value = env[`npm_config_${option.slice(2)}`] ?? "";
    if (value === "") return [];
    if (operand === "") return [option];
    return [option, value === "true" ? (left.shift() ?? operand) : value];
  });
  if (taken.length === 0) return null;
  const instead = ["npm start", "--", ...left, ...taken].join(" ");
  return `npm has taken ${taken[0]} for itself: options stand behind "--", as in ${instead}`;
}

function unknown(arg: string): string {
  if (!arg.startsWith("-")) return `${JSON.stringify(arg)} is no option: commands are typed, or stand in a --script.`;
  const guess = meant(arg, Object.keys(OPTIONS));
  return `There is no option ${JSON.stringify(arg)}${guess === "" ? "; " : `${guess} `}--help lists them.`;
}

function fileName(option: string, text: string | undefined): string {
  if (text === undefined || text === "") throw new OptionError(`${option} takes the name of a file.`);
  return text;
}

function wholeNumber(option: string, text: string | undefined): number {
  const value = text !== undefined && /^(?:\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  const found = text === undefined ? "nothing" : JSON.stringify(text);
  throw new OptionError(`${option} takes a whole number from 0 to 2^53 - 1, not ${found}.`);
}
