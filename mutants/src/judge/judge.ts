/** A mutant put to the test that it is said to fail. */
import type { Finder } from "../detect/report.js";
import type { Bound, Mutant } from "../edit/mutant.js";
import { type Ground, type TestRun, Trial } from "./detectors.js";

/** What became of a mutant. */
export interface Verdict {
  readonly mutant: Mutant;
  /** Null when it survived. */
  readonly by: Finder | null;
  /** After how many scenarios or operations, or by which test. */
  readonly after: string;
  /** What was seen, in a line. */
  readonly what: string;
  /** The behaviours whose tests must find it, and those that did not. */
  readonly behaviours: readonly string[];
  readonly missed: readonly string[];
}

/** Whether nothing that must find the mutant failed to. */
export function isKilled({ by, missed }: Verdict): boolean {
  return by !== null && missed.length === 0;
}

/** @param behaviours ids whose tests must find it too */
export async function judge(ground: Ground, mutant: Mutant, behaviours: readonly string[]): Promise<Verdict> {
  const trial = new Trial(ground, mutant);
  try {
    const { within } = mutant;
    const own = "behaviour" in within ? [within.behaviour] : [];
    const ids = [...new Set([...own, ...behaviours])];
    const tests: Tests = ids.length === 0 ? { failing: [], hangs: false } : await trial.behaviours(ids);
    const missed = tests.hangs ? [] : ids.filter((id) => !tests.failing.includes(id));
    const found = await find(trial, within, tests);
    return { mutant, ...found, behaviours: ids, missed };
  } finally {
    trial.end();
  }
}

type Tests = Pick<TestRun, "failing" | "hangs">;
type Finding = Pick<Verdict, "by" | "after" | "what">;

async function find(trial: Trial, within: Bound, behaviours: Tests): Promise<Finding> {
  if ("behaviour" in within) return byTest(within.behaviour, behaviours);
  if (!("tests" in within)) return byRuns(trial, within);
  const { failed, hangs } = await trial.tests(within.tests);
  if (hangs) return { by: "hangs", after: within.tests, what: "the kernel does not come to an end" };
  return { by: failed === null ? null : "tests", after: within.tests, what: failed ?? "" };
}

function byTest(id: string, { failing, hangs }: Tests): Finding {
  if (hangs) return { by: "hangs", after: id, what: "the kernel does not come to an end" };
  return { by: failing.includes(id) ? "behaviours" : null, after: id, what: `the test of ${id}` };
}

async function byRuns(
  trial: Trial,
  within: Extract<Bound, { scenarios: number } | { operations: number }>,
): Promise<Finding> {
  const unit = "scenarios" in within ? "scenarios" : "operations";
  const { found, after } =
    "scenarios" in within
      ? await trial.detect(unit, within.scenarios, within.suite)
      : await trial.detect(unit, within.operations);
  return { by: found?.by ?? null, after: `${after} ${unit}`, what: found?.what ?? "" };
}
