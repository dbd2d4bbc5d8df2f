/** The command line. A bad option is answered with one sentence. */
import { THREADS } from "@tessera/conformance/recording";

export interface Options {
  readonly help: boolean;
  readonly readRecordings: boolean;
  readonly seed: number;
  readonly ops: number;
  readonly threads: number;
  readonly seconds: number;
  /** Only this world. */
  readonly world?: number;
  /** A program, or the name of a file that it is in. */
  readonly program?: string;
}

/** The message is one sentence. */
export class BadOption extends Error {
  override readonly name = "BadOption";
}

export const HELP = `npm run fuzz -- [OPTION...]

Random programs of system calls, each in a world of its own: a machine, a kernel that checks its invariants after every
entry, and up to four threads. Every program runs a second time, without checks and without the fast path, and must
leave the same trace; in the end everything is revoked, and nothing may be left over.

  --seed S             which programs (default 1); the same seed, the same programs
  --ops N              enough when so many operations were done (default 40,000)
  --threads T          threads of a program, 1 to 4 (default 4)
  --seconds X          enough after so much time, whatever --ops says
  --world I            only world I of the seed
  --program P          run one program: a line of JSON, or a file with it
  --read-recordings    run nothing; write anew what the recordings have: recorded-pairs.json and seeds.jsonl
  --help               this text

The last line is "N operations, 0 findings", and the exit code 0; or the program that shows the finding, shrunk, comes
with the line that replays it, and the exit code is 1.`;

const LIMITS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  seed: [0, 2 ** 32 - 1],
  ops: [1, Number.MAX_SAFE_INTEGER],
  threads: [1, THREADS],
  seconds: [0, Number.MAX_SAFE_INTEGER],
  world: [0, 2 ** 20 - 1],
};

/** Enough for all seeds, and so for every pair that the recordings have. */
const DEFAULT_OPS = 40_000;

/** @throws BadOption */
export function parseOptions(args: readonly string[]): Options {
  const numbers: Record<string, number> = {};
  let program: string | undefined;
  const flags = { help: false, readRecordings: false };
  for (let n = 0; n < args.length; n++) {
    const arg = args[n] ?? "";
    const [, name = "", attached] = /^--([a-z]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (LIMITS[name] !== undefined || name === "program") {
      const value = attached ?? args[++n];
      if (value === undefined) throw new BadOption(`The option --${name} needs a value.`);
      if (name === "program") program = value;
      else numbers[name] = numberOf(name, value);
    } else if (arg === "--help" || arg === "-h") flags.help = true;
    else if (arg === "--read-recordings") flags.readRecordings = true;
    else throw new BadOption(`There is no option ${arg}; --help lists them.`);
  }
  const { seed = 1, threads = THREADS, seconds = Infinity, world } = numbers;
  // A time limit alone is one: then there may be any number of operations.
  const ops = numbers["ops"] ?? (seconds === Infinity ? DEFAULT_OPS : Infinity);
  return {
    ...{ ...flags, seed, ops, threads, seconds },
    ...(world === undefined ? {} : { world }),
    ...(program === undefined ? {} : { program }),
  };
}

function numberOf(name: string, text: string): number {
  const [least, most] = LIMITS[name] ?? [0, 0];
  const value = text.trim() === "" ? Number.NaN : Number(text.replaceAll("_", ""));
  const isWhole = Number.isInteger(value) || name === "seconds";
  if (isWhole && value >= least && value <= most) return value;
  throw new BadOption(`--${name} is a whole number from ${least} to ${most}, not ${text}.`);
}
