/** The command line of the bench. */
import type { Settings } from "./measure/rounds.js";

export const HELP = `npm run bench -- [OPTION...]

What system calls cost on this host, beside bare generators (F) and other ways to talk in JavaScript. Each case runs
in a process of its own, on the packages as they are published. Ratios within one run count; nothing fails by them.

  --list           print the names of the cases
  --only NAME      run one case, or all whose names begin with NAME; can be given several times
  --quick          fewer and shorter repetitions: for a first look
  --json FILE      write all figures as JSON
  --markdown FILE  write the table as Markdown; into FILE, where it is marked, if it has marks
  --help           print this

Exit code 1 when a checksum is wrong: then the work was not done, and the figure means nothing.`;

export interface Options {
  readonly mode: "run" | "list" | "help";
  readonly only: readonly string[];
  readonly settings: Settings;
  readonly json: string | null;
  readonly markdown: string | null;
}

const FULL: Settings = { warmUp: 10, rounds: 25, scale: 1 };
const QUICK: Settings = { warmUp: 5, rounds: 9, scale: 0.3 };
/** For tests: that everything runs. */
const TINY: Settings = { warmUp: 0, rounds: 2, scale: 0.002 };

/** @throws Error with a sentence when the arguments are none */
export function parseOptions(args: readonly string[]): Options {
  const only: string[] = [];
  let mode: Options["mode"] = "run";
  let settings = FULL;
  let json: string | null = null;
  let markdown: string | null = null;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--help") mode = "help";
    else if (arg === "--list") mode = "list";
    else if (arg === "--quick") settings = QUICK;
    else if (arg === "--tiny") settings = TINY;
    else if (arg === "--only") only.push(argumentOf(args, ++i, arg));
    else if (arg === "--json") json = argumentOf(args, ++i, arg);
    else if (arg === "--markdown") markdown = argumentOf(args, ++i, arg);
    else throw new Error(`no option ${arg}; --help lists them`);
  }
  return { mode, only, settings, json, markdown };
}

function argumentOf(args: readonly string[], i: number, option: string): string {
  const value = args[i];
  if (value === undefined || value.startsWith("--")) throw new Error(`${option} takes a value; --help tells more`);
  return value;
}
