/** The command `conformance`: which lines to replay, what to print, which exit code. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeApiTable } from "../api-table/make.js";
import { API_TABLE } from "../api-table/table.js";
import { judgeLine, type Verdict } from "../compare/verdict.js";
import { linesOf, readText, recordingFiles, Unreadable } from "../recording/files.js";
import { claimOf } from "../recording/parse.js";
import { printable } from "../report/printable.js";
import { sideBySide } from "../report/side-by-side.js";
import { Tally } from "../report/tally.js";
import { BadOption, HELP, type Options, parseOptions } from "./options.js";

/** What the command needs of its host. */
export interface Host {
  /** The folder of the project's own recordings. */
  readonly ownRecordings: string;
  /** The root folder of the repository. */
  readonly repository: string;
  /** Width of the terminal in columns. */
  readonly columns: number;
  print(line: string): void;
  complain(line: string): void;
  /** Show how far it is, in place; an empty text removes what is shown. */
  progress(text: string): void;
}

interface Line {
  readonly text: string;
  readonly place: string;
}

const MISMATCHES_PRINTED = 10;
const REASON_LENGTH = 300;
const PROGRESS_EVERY = 50;

/** Returns the exit code. */
export function conformance(args: readonly string[], host: Host): number {
  try {
    const options = parseOptions(args);
    if (options.help) {
      host.print(HELP);
      return 0;
    }
    if (options.apiTable) return writeApiTable(host);
    const lines = selectLines(options, host.ownRecordings);
    return options.show === undefined ? replayAll(lines, options, host) : show(lines, options.show, host);
  } catch (error) {
    if (!(error instanceof BadOption || error instanceof Unreadable)) throw error;
    host.complain(error.message);
    return 1;
  }
}

function writeApiTable({ ownRecordings, repository, print }: Host): number {
  writeFileSync(join(repository, API_TABLE), makeApiTable(ownRecordings, repository));
  print(`wrote ${API_TABLE}`);
  return 0;
}

function selectLines({ paths, suite }: Options, ownRecordings: string): Line[] {
  const files = (paths.length === 0 ? [ownRecordings] : paths).flatMap(recordingFiles);
  const all = files.flatMap((file) => linesOf(readText(file)).map((text, n) => ({ text, place: `${file}:${n + 1}` })));
  if (suite === undefined) return all;
  // A line that names no suite may belong to any, so it is never left out.
  const selected = all.filter(({ text }) => (claimOf(text, "suite") ?? suite) === suite);
  if (selected.length === 0) throw new BadOption(`No recorded scenario belongs to a suite ${printable(suite)}.`);
  return selected;
}

function replayAll(lines: readonly Line[], { checkInvariants }: Options, host: Host): number {
  const tally = new Tally();
  lines.forEach(({ text, place }, n) => {
    if (n % PROGRESS_EVERY === 0) host.progress(`${n} of ${lines.length}`);
    tally.add(judgeLine(text, place, { checkInvariants }));
  });
  host.progress("");
  printMismatches(tally.mismatches, host);
  for (const row of tally.table()) host.print(row);
  return printSum(tally, host);
}

function printMismatches(mismatches: readonly Verdict[], host: Host): void {
  for (const { id, reason } of mismatches.slice(0, MISMATCHES_PRINTED)) {
    host.print(`${printable(id)}: ${printable((reason ?? "").slice(0, REASON_LENGTH))}`);
  }
  const more = mismatches.length - MISMATCHES_PRINTED;
  if (more > 0) host.print(`... and ${more} more`);
  if (mismatches.length > 0) host.print("");
}

function show(lines: readonly Line[], id: string, host: Host): number {
  const line = lines.find(({ text, place }) => place === id || claimOf(text, "id") === id);
  if (line === undefined) throw new BadOption(`No recorded scenario has the id ${printable(id)}.`);
  const tally = new Tally();
  const verdict = judgeLine(line.text, line.place);
  tally.add(verdict);
  host.print(`${printable(verdict.id)}  (${printable(line.place)})`);
  const desc = claimOf(line.text, "desc");
  if (desc !== undefined) host.print(printable(desc));
  host.print("");
  if (verdict.comparison !== undefined) {
    const { recorded, ours } = verdict.comparison;
    for (const row of sideBySide(["RECORDED", "OURS"], recorded, ours, host.columns)) host.print(row);
  }
  if (!verdict.matched) host.print(`mismatch: ${printable(verdict.reason ?? "")}`);
  host.print("");
  return printSum(tally, host);
}

function printSum({ matched, recorded }: Tally, host: Host): number {
  host.print(`matched ${matched} of ${recorded}`);
  return matched === recorded ? 0 : 1;
}
