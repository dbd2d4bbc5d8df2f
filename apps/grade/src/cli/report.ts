/** The report: a line for each check, what went wrong below it, and points by milestone at the end. */
import { type Check, MILESTONES, type Milestone, milestoneOf } from "../exam/check.js";
import type { Verdict } from "../exam/judge.js";

/** Columns of the number of points. */
const WIDTH = 3;
/** Lines of what the console has shown last. */
const CONSOLE_LINES = 12;
/** Of a boot that fails as one before. */
const SAME = "the system cannot be booted, for the same reason";
/** Lines of one explanation. */
const EXPLAINED_LINES = 12;

/** A check, and what came of it. */
export interface Graded {
  readonly check: Check;
  readonly verdict: Verdict;
}

/** How a report speaks. */
export interface Telling {
  /** The command that carries out one check again, up to its id. */
  readonly again: string;
  readonly verbose: boolean;
  /** Why the system could not be booted for a check before; null: it could, always. */
  readonly before: string | null;
}

/** A check's lines, with their ends. */
export function checkText({ check, verdict }: Graded, { again, verbose, before }: Telling): string {
  const { id, claim, points, look } = check;
  const head = `${verdict.passed ? "ok  " : "FAIL"} ${String(points).padStart(WIDTH)}  ${id.padEnd(18)} ${claim}`;
  const took = verbose ? `  (${verdict.ms} ms, ${verdict.events} kernel entries)` : "";
  if (verdict.passed) return `${head}${took}\n`;
  if (!verdict.booted && verdict.why === before) return `${head}${took}\n${told("what went wrong", SAME)}\n`;
  const lines = [
    `${head}${took}`,
    ...told("what went wrong", verdict.why),
    // Where a boot fails says nothing of what the check is about.
    ...(verdict.booted ? told("where to look", look) : []),
    ...verdict.explained.flatMap((text) => told("the kernel says", cut(text))),
    ...(verbose && verdict.output !== "" ? told("the console", lastLines(verdict.output)) : []),
    ...told("again", `${again} ${id}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** The points by milestone, and in all. */
export function summaryText(graded: readonly Graded[]): string {
  const rows = (Object.entries(MILESTONES) as [Milestone, string][]).flatMap(([milestone, name]) => {
    const own = graded.filter(({ check }) => milestoneOf(check) === milestone);
    return own.length === 0 ? [] : [row(milestone, name, own)];
  });
  const failed = graded.filter(({ verdict }) => !verdict.passed).length;
  const all = row("all", "", graded);
  return `\n${rows.join("\n")}\n${all}\n\n${failed === 0 ? "All" : `${failed} of`} ${count(graded.length, failed === 0)}\n`;
}

/** The report as data. */
export function reportData(graded: readonly Graded[], solution: string, seed: number): object {
  return {
    ...{ solution, seed, points: pointsOf(graded), of: worthOf(graded) },
    checks: graded.map(({ check: { id, claim, points, look }, verdict }) => ({
      ...{ id, claim, of: points, points: verdict.passed ? points : 0, passed: verdict.passed },
      ...(verdict.passed ? {} : { why: verdict.why, look, explained: verdict.explained, console: verdict.output }),
    })),
  };
}

function count(checks: number, all: boolean): string {
  const noun = `check${checks === 1 ? "" : "s"}`;
  return all ? `${checks} ${noun} pass.` : `${checks} ${noun} failed.`;
}

function row(milestone: string, name: string, graded: readonly Graded[]): string {
  const points = `${String(pointsOf(graded)).padStart(WIDTH)} of ${String(worthOf(graded)).padStart(WIDTH)} points`;
  const passed = graded.filter(({ verdict }) => verdict.passed).length;
  return `${milestone.padEnd(4)} ${name.padEnd(14)} ${points}   ${passed} of ${graded.length} checks`;
}

function pointsOf(graded: readonly Graded[]): number {
  return worthOf(graded.filter(({ verdict }) => verdict.passed));
}

function worthOf(graded: readonly Graded[]): number {
  return graded.reduce((sum, { check }) => sum + check.points, 0);
}

/** Lines below a check: the first has the word in front of it. */
function told(word: string, text: string): string[] {
  return text.split("\n").map((line, i) => `          ${(i === 0 ? `${word}:` : "").padEnd(17)}${line}`.trimEnd());
}

function cut(text: string): string {
  const lines = text.split("\n");
  return lines.length <= EXPLAINED_LINES ? text : [...lines.slice(0, EXPLAINED_LINES), "…"].join("\n");
}

function lastLines(text: string): string {
  return text.split("\n").slice(-CONSOLE_LINES).join("\n").trimEnd();
}
