/** The command `fuzz`: what to run, what to print, which exit code. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Malformed, Unreadable } from "@tessera/conformance/recording";
import { type CampaignResult, campaign } from "../judge/campaign.js";
import { type Examined, examineProgram, type Plant } from "../judge/examine.js";
import { shrink } from "../judge/shrink.js";
import { type Counts, Matrix, pairCount } from "../matrix/matrix.js";
import { readRecordings } from "../matrix/recorded.js";
import { opCount, parseProgram, programLine, programText } from "../program/program.js";
import { BadOption, HELP, type Options, parseOptions } from "./options.js";

/** What the command needs of its host. */
export interface Host {
  /** The folder of the fuzzer: with the seeds and the recorded pairs. */
  readonly folder: string;
  /** The folder of the recordings. */
  readonly recordings: string;
  print(line: string): void;
  complain(line: string): void;
  /** Show how far it is, in place; an empty text removes what is shown. */
  progress(text: string): void;
  /** Milliseconds since some moment. Only --seconds and the speed that is printed depend on it. */
  now(): number;
  /** Milliseconds of processor time that this process has used: on a host with other work a fairer measure of speed. */
  cpu(): number;
}

const PAIRS_FILE = "recorded-pairs.json";
const SEEDS_FILE = "seeds.jsonl";

const MISSING_PRINTED = 10;
/** Lines of a finding: the rest is a table of threads. */
const FINDING_LINES = 12;

/**
 * Returns the exit code.
 * @param plant damages the kernel before each run: for tests
 */
export function fuzz(args: readonly string[], host: Host, plant?: Plant): number {
  try {
    const options = parseOptions(args);
    if (options.help) {
      host.print(HELP);
      return 0;
    }
    if (options.readRecordings) return writeRecorded(host);
    return options.program === undefined ? runCampaign(options, host, plant) : runProgram(options.program, host, plant);
  } catch (error) {
    if (!(error instanceof BadOption || error instanceof Unreadable || error instanceof Malformed)) throw error;
    host.complain(error.message);
    return 1;
  }
}

function writeRecorded({ folder, recordings, print }: Host): number {
  const { counts, seeds } = readRecordings(recordings);
  writeFileSync(join(folder, PAIRS_FILE), `${JSON.stringify(counts, null, 2)}\n`);
  writeFileSync(join(folder, SEEDS_FILE), `${seeds.join("\n")}\n`);
  print(`wrote ${pairCount(counts)} pairs, and ${seeds.length} seeds that have them all`);
  return 0;
}

function runCampaign(options: Options, host: Host, plant?: Plant): number {
  const { seed, threads, ops, seconds, world } = options;
  const start = host.now();
  const elapsed = () => (host.now() - start) / 1000;
  const seeds = readFileSync(join(host.folder, SEEDS_FILE), "utf8").trim().split("\n");
  const result = campaign({
    ...{ seed, threads, ops, seeds, isLate: () => elapsed() >= seconds, now: host.now, cpu: host.cpu },
    ...(world === undefined ? {} : { from: world, worlds: 1 }),
    ...(plant === undefined ? {} : { plant }),
    progress: (sum) =>
      host.progress(
        `${sum.ops} operations in ${sum.worlds} worlds, ${rate(sum.entries, sum.checkedMs)} kernel entries a second`,
      ),
  });
  host.progress("");
  report(result, elapsed(), host);
  if (result.found === null) {
    host.print(`${result.ops} operations, 0 findings`);
    return 0;
  }
  const { examined, world: index } = result.found;
  const threadsToo = threads === 4 ? "" : ` --threads ${threads}`;
  host.print(`to run the whole world again: npm run fuzz -- --seed ${seed} --world ${index}${threadsToo}`);
  tellFinding(examined, host, plant);
  return 1;
}

function runProgram(given: string, host: Host, plant?: Plant): number {
  const line = existsSync(given) ? readFileSync(given, "utf8").trim() : given;
  const examined = examineProgram(parseProgram(line), plant === undefined ? {} : { plant });
  const matrix = new Matrix();
  for (const { op, result } of examined.steps) matrix.add(op, result);
  for (const row of matrix.table()) host.print(row);
  if (examined.finding === null) {
    host.print(`${examined.steps.length} operations, 0 findings`);
    return 0;
  }
  tellFinding(examined, host, plant);
  return 1;
}

function rate(entries: number, ms: number): number {
  return Math.round((1000 * entries) / Math.max(ms, 1));
}

function report(result: CampaignResult, seconds: number, { folder, print }: Host): void {
  const { matrix, worlds, entries, comparedEntries, events } = result;
  const recorded = JSON.parse(readFileSync(join(folder, PAIRS_FILE), "utf8")) as Counts;
  for (const row of matrix.table()) print(row);
  const missing = matrix.missing(recorded);
  const all = pairCount(recorded);
  print("");
  print(`${matrix.pairs} pairs of call and outcome; of the ${all} that the recordings have, ${all - missing.length}`);
  for (const pair of missing.slice(0, MISSING_PRINTED)) print(`  not reached: ${pair}`);
  if (missing.length > MISSING_PRINTED) print(`  and ${missing.length - MISSING_PRINTED} more`);
  print(`${percent(matrix.successes, matrix.calls)} of the calls succeed`);
  const { shortcuts, restarts, exhaustions, preemptions, interrupts, turns } = events;
  print(
    `${shortcuts} calls and answers took the fast path; ${interrupts} external interrupts; ${turns} turns of domains;`,
  );
  print(`budgets ended before ${restarts} calls and inside ${exhaustions}; ${preemptions} preemptions inside calls`);
  const [perSecond, perCpuSecond] = [rate(entries, result.checkedMs), rate(entries, result.checkedCpuMs)];
  print(`${worlds} worlds; ${entries} kernel entries with all checks on: ${perSecond} a second,`);
  print(`${perCpuSecond} a second of processor time;`);
  print(`${comparedEntries} more to compare with; ${seconds.toFixed(1)} seconds in all`);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`;
}

function tellFinding({ program, finding }: Examined, host: Host, plant?: Plant): void {
  if (finding === null) return;
  const { print, progress } = host;
  const shrunk = shrink(program, finding, {
    ...(plant === undefined ? {} : { plant }),
    progress: (left, tried) => progress(`shrinking: ${left} of ${opCount(program)} operations left, ${tried} tries`),
  });
  progress("");
  print("");
  print(`FOUND (${finding.kind})`);
  for (const line of shrunk.finding.text.split("\n").slice(0, FINDING_LINES)) print(`  ${line}`);
  print(`shrunk from ${opCount(program)} operations to ${opCount(shrunk.program)} in ${shrunk.tried} tries:`);
  for (const line of programText(shrunk.program)) print(`  ${line}`);
  print("to run this again:");
  print(`npm run fuzz -- --program '${programLine(shrunk.program)}'`);
}
