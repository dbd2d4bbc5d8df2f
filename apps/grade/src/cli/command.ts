/** The command `grade`: what to check, what to print, which exit code. */
import { resolve } from "node:path";
import { type Files, OptionError } from "@tessera/app-host";
import { Stale } from "@tessera/mutants/edit";
import { BUGS } from "../bugs/index.js";
import { CHECKS } from "../checks/index.js";
import { MILESTONES, milestoneOf } from "../exam/check.js";
import type { Verdict } from "../exam/judge.js";
import { NotLoaded } from "../host/bundle.js";
import { hold } from "../host/trial.js";
import { chosenChecks, HELP, type Options, parseOptions } from "./options.js";
import { checkText, type Graded, reportData, summaryText } from "./report.js";

/** What the command needs of its process. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: Files;
  /** The root folder of the repository. */
  readonly repository: string;
  /** Where the command was typed. */
  readonly folder: string;
  /** Milliseconds without a sign of life after which somebody is said to hold the process. */
  readonly silence: number;
  out(text: string): void;
  err(text: string): void;
  /** Show what is under way, in place; an empty text removes it. */
  progress(text: string): void;
}

/** Our own solution, below the repository. */
const OURS = "apps/grade/ours";

const Exit = { Passed: 0, Failed: 1, BadOption: 2 } as const;

/** Resolves to the exit code. */
export async function grade(args: readonly string[], host: Host): Promise<number> {
  try {
    const options = parseOptions(args, host.env);
    if (options.show === "help") host.out(HELP);
    else if (options.show === "list") host.out(listText());
    else return await report(options, host);
    return Exit.Passed;
  } catch (error) {
    if (error instanceof OptionError) {
      host.err(`${error.message}\n`);
      return Exit.BadOption;
    }
    if (!(error instanceof NotLoaded || error instanceof Stale)) throw error;
    host.err(`The solution cannot be loaded: ${error.message}\n`);
    return Exit.Failed;
  }
}

async function report(options: Options, host: Host): Promise<number> {
  const { folder, seed, verbose } = options;
  const checks = chosenChecks(options);
  const bug = BUGS.find(({ name }) => name === options.bug) ?? null;
  const graded: Graded[] = [];
  const again = [
    "npm run grade --",
    folder && quoted(folder),
    bug && `--bug ${bug.name}`,
    seed !== 1 && `--seed ${seed}`,
    "--only",
  ];
  const telling = { again: again.filter(Boolean).join(" "), verbose };
  let before: string | null = null;
  const told = (verdict: Verdict) => {
    const check = checks.find(({ id }) => id === verdict.id);
    if (check === undefined) return;
    graded.push({ check, verdict });
    host.progress("");
    host.out(checkText({ check, verdict }, { ...telling, before }));
    if (!verdict.booted) before = verdict.why;
  };
  // What cannot be written is told now, and not when all is done.
  if (options.json !== null) writeReport(options.json, {}, host);
  await hold({
    ...{ repository: host.repository, silence: host.silence, edit: bug, seed, told },
    folder: folder === null ? resolve(host.repository, OURS) : resolve(host.folder, folder),
    ids: checks.map(({ id }) => id),
    printed: (line) => {
      if (verbose) host.out(`${line}\n`);
    },
    begins: (id) => host.progress(`${graded.length + 1} of ${checks.length}: ${id}`),
  });
  host.progress("");
  host.out(summaryText(graded));
  if (options.json !== null) writeReport(options.json, reportData(graded, folder ?? OURS, seed), host);
  return graded.every(({ verdict }) => verdict.passed) ? Exit.Passed : Exit.Failed;
}

/** A word as a shell takes it for one. */
function quoted(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** @throws OptionError when it cannot be written */
function writeReport(path: string, data: object, { files }: Host): void {
  try {
    files.write(path, `${JSON.stringify(data, null, 2)}\n`);
  } catch (error) {
    throw new OptionError(`The report ${JSON.stringify(path)} cannot be written: ${(error as Error).message}`);
  }
}

function listText(): string {
  const milestones = Object.entries(MILESTONES).flatMap(([milestone, name]) => [
    `${milestone}  ${name}`,
    ...CHECKS.filter((check) => milestoneOf(check) === milestone).map(
      ({ id, points, claim }) => `  ${String(points).padStart(3)}  ${id.padEnd(18)} ${claim}`,
    ),
  ]);
  const bugs = BUGS.map(({ name, breaks, found }) => `  ${name.padEnd(23)} ${breaks} Found by ${found.join(", ")}.`);
  return `${[...milestones, "", "bugs, for --bug", ...bugs].join("\n")}\n`;
}
