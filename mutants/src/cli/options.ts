/** The command line. A bad option is answered with one sentence. */
import { availableParallelism } from "node:os";

export interface Options {
  readonly help: boolean;
  readonly list: boolean;
  readonly json: boolean;
  /** Try every detector, whatever a mutant says. */
  readonly measure: boolean;
  /** Run the tests of behaviours on every mutant, and write which finds what. */
  readonly behaviours: boolean;
  readonly only: readonly string[];
  readonly sample?: number;
  readonly seed: number;
  readonly jobs: number;
}

/** The message is one sentence. */
export class BadOption extends Error {
  override readonly name = "BadOption";
}

export const HELP = `npm run mutants -- [OPTION...]

Broken kernels, each with one edit to the sources of packages/kernel that makes it wrong. Each says what must find it
and within how much: recorded scenarios with all invariants checked, random programs, or the test of a behaviour.
The files on disk are not touched.

  --only NAME      this mutant; may be given more than once
  --sample N       N of them
  --seed S         which ones those are (default 1)
  --jobs J         so many at a time (default: as many as there are processors)
  --list           run nothing; print what there is
  --json           print the result as JSON
  --measure        try every detector on each: what each needs, for the bound of a new mutant
  --behaviours     run the tests of all behaviours on each, and bring behaviours.json up to date
  --help           this text

A mutant that makes the kernel loop for ever is found too. The last line is "N mutants, 0 survivors", and the exit code
0; otherwise it names the survivors, each of them a hole in what checks the kernel, and the exit code is 1.`;

const LIMITS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  sample: [1, 10_000],
  seed: [0, 2 ** 32 - 1],
  jobs: [1, 64],
};
const FLAGS = ["help", "list", "json", "measure", "behaviours"];

/** @throws BadOption */
export function parseOptions(args: readonly string[]): Options {
  const numbers: Record<string, number> = {};
  const flags = new Set<string>();
  const only: string[] = [];
  for (let n = 0; n < args.length; n++) {
    const arg = args[n] ?? "";
    const [, name = "", attached] = /^--([a-z]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (LIMITS[name] !== undefined || name === "only") {
      const value = attached ?? args[++n];
      if (value === undefined) throw new BadOption(`The option --${name} needs a value.`);
      if (name === "only") only.push(value);
      else numbers[name] = numberOf(name, value);
    } else if (FLAGS.includes(name) && attached === undefined) flags.add(name);
    else if (arg === "-h") flags.add("help");
    else throw new BadOption(`There is no option ${arg}; --help lists them.`);
  }
  const { seed = 1, jobs = availableParallelism(), sample } = numbers;
  return {
    ...{ help: flags.has("help"), list: flags.has("list"), json: flags.has("json") },
    ...{ measure: flags.has("measure"), behaviours: flags.has("behaviours") },
    ...{ only, seed, jobs },
    ...(sample === undefined ? {} : { sample }),
  };
}

function numberOf(name: string, text: string): number {
  const [least, most] = LIMITS[name] ?? [0, 0];
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new BadOption(`--${name} is a whole number from ${least} to ${most}, not ${text}.`);
}
