/** The command `mutants`: which to run, what to print, which exit code. */
import { join } from "node:path";
import { Prng } from "@tessera/hal-sim";
import { brokenSource } from "../edit/bundle.js";
import { Stale } from "../edit/edit.js";
import type { Bound, Mutant } from "../edit/mutant.js";
import { findBehaviours, readBehaviours, witnessed } from "../judge/behaviours.js";
import type { Ground } from "../judge/detectors.js";
import { inTurn } from "../judge/in-turn.js";
import { isKilled, judge, type Verdict } from "../judge/judge.js";
import { measure } from "../judge/measure.js";
import { BadOption, HELP, type Options, parseOptions } from "./options.js";

/** What the command needs of its host. */
export interface Host extends Ground {
  print(line: string): void;
  complain(line: string): void;
  /** Show how far it is, in place; an empty text removes what is shown. */
  progress(text: string): void;
  /** Milliseconds since some moment; only the seconds that are printed depend on it. */
  now(): number;
}

/** Which mutants the tests of behaviours find, below the repository. */
export const BEHAVIOURS_FILE = join("mutants", "behaviours.json");

/** Resolves to the exit code. */
export async function mutants(args: readonly string[], host: Host, set: readonly Mutant[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      host.print(HELP);
      return 0;
    }
    const chosen = choose(options, set);
    // An edit that no longer fits is told of before anything runs.
    for (const mutant of chosen) brokenSource(host.repository, mutant);
    if (options.list) return list(chosen, host);
    if (options.measure) return await measureAll(chosen, options, host);
    if (options.behaviours) return await behavioursOfAll(chosen, options, host);
    return await judgeAll(chosen, options, host);
  } catch (error) {
    if (!(error instanceof BadOption || error instanceof Stale)) throw error;
    host.complain(error.message);
    return 1;
  }
}

function choose({ only, sample, seed }: Options, set: readonly Mutant[]): readonly Mutant[] {
  const unknown = only.find((name) => !set.some((mutant) => mutant.name === name));
  if (unknown !== undefined) throw new BadOption(`There is no mutant ${unknown}; --list lists them.`);
  const named = only.length === 0 ? set : set.filter(({ name }) => only.includes(name));
  if (sample === undefined) return named;
  const prng = new Prng(seed);
  const left = [...named];
  const drawn = Array.from({ length: Math.min(sample, left.length) }, () => left.splice(prng.below(left.length), 1));
  return drawn.flat();
}

function list(chosen: readonly Mutant[], { print }: Host): number {
  for (const { name, file, within, breaks } of chosen) {
    print(`${name} (${file}), within ${boundText(within)}`);
    print(`    ${breaks}`);
  }
  print(`${chosen.length} mutants`);
  return 0;
}

/** A bound in words. */
export function boundText(within: Bound): string {
  if ("scenarios" in within) {
    const { scenarios, suite } = within;
    return suite === undefined ? `${scenarios} scenarios` : `${scenarios} scenarios of the suite ${suite}`;
  }
  if ("tests" in within) return `the tests of ${within.tests}`;
  return "operations" in within ? `${within.operations} operations` : `the test of ${within.behaviour}`;
}

interface Timed extends Verdict {
  readonly seconds: number;
}

async function judgeAll(chosen: readonly Mutant[], { jobs, json }: Options, host: Host): Promise<number> {
  const { repository, print, progress, now } = host;
  const table = readBehaviours(join(repository, BEHAVIOURS_FILE));
  const nameWidth = Math.max(...chosen.map(({ name }) => name.length));
  const verdicts: Timed[] = [];
  if (!json) print(row(nameWidth, "mutant", "found by", "after", "seconds", "what it breaks"));
  await inTurn(chosen, jobs, async (mutant) => {
    progress(`${verdicts.length} of ${chosen.length}: ${mutant.name}`);
    const start = now();
    const verdict = await judge(host, mutant, witnessed(table, mutant.name));
    const timed = { ...verdict, seconds: (now() - start) / 1000 };
    verdicts.push(timed);
    progress("");
    if (!json) tell(timed, nameWidth, host);
  });
  const survivors = verdicts.filter((verdict) => !isKilled(verdict));
  if (json) print(JSON.stringify(verdicts.map(plain), null, 2));
  else print(summary(verdicts.length, survivors));
  return survivors.length === 0 ? 0 : 1;
}

function tell(verdict: Timed, width: number, { print }: Host): void {
  const { mutant, by, after, seconds, missed, behaviours } = verdict;
  print(row(width, mutant.name, by ?? "NOTHING", after, seconds.toFixed(1), mutant.breaks));
  if (behaviours.length > 0)
    print(`  ${behaviours.length - missed.length} of ${behaviours.length} tests of behaviours`);
  for (const id of missed) print(`  NOT FOUND by the test of ${id}`);
}

function row(width: number, name: string, by: string, after: string, seconds: string, breaks: string): string {
  return `${name.padEnd(width)}  ${by.padEnd(15)}  ${after.padEnd(24)}  ${seconds.padStart(7)}  ${breaks}`;
}

function summary(count: number, survivors: readonly Verdict[]): string {
  const names = survivors.map(({ mutant }) => mutant.name).join(", ");
  const said = `${count} mutants, ${survivors.length} survivors`;
  return survivors.length === 0 ? said : `${said}: ${names}`;
}

function plain({ mutant, by, after, what, behaviours, missed, seconds }: Timed): object {
  return { name: mutant.name, breaks: mutant.breaks, by, after, what, behaviours, missed, seconds };
}

async function measureAll(chosen: readonly Mutant[], { jobs }: Options, host: Host): Promise<number> {
  await inTurn(chosen, jobs, async (mutant) => {
    for (const line of await measure(host, mutant)) host.print(line);
  });
  return 0;
}

async function behavioursOfAll(chosen: readonly Mutant[], { jobs }: Options, host: Host): Promise<number> {
  await findBehaviours(host, chosen, jobs, join(host.repository, BEHAVIOURS_FILE), host.print);
  return 0;
}
