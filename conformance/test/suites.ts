/** Replaying recorded files in a test. */
import { describe, expect, test } from "vitest";
import { judgeLine } from "../src/compare/verdict.js";
import type { ReplayOptions } from "../src/replay/replay.js";
import { ownRecordings } from "./own-recordings.js";

/** These are the ground that the others stand on. */
export const GROUND = ["cspace", "untyped", "ipc"];

/** A recorded file by its name: how its scenarios came about, and their suite. */
export interface RecordedFile {
  readonly kind: string;
  readonly suite: string;
}

/** What a test does with a file: which part of its scenarios it replays (every n-th), and how. */
export interface Plan extends ReplayOptions {
  readonly every: number;
}

/** One test a recorded file: all of its scenarios that the plan wants match. */
export function testsOfFiles(planFor: (file: RecordedFile) => Plan | undefined): void {
  describe("recorded scenarios give the same on our kernel", () => {
    for (const [name, lines] of ownRecordings()) {
      const [, kind = "", suite = ""] = /^([^-]+)-(.+)$/.exec(name) ?? [];
      const plan = planFor({ kind, suite });
      if (plan === undefined) continue;
      const chosen = lines.filter((_, n) => n % plan.every === 0);
      test(`${name}: ${chosen.length} of ${lines.length} scenarios`, { timeout: 120_000 }, () => {
        expect(mismatches(chosen, plan)).toEqual([]);
      });
    }
  });
}

function mismatches(lines: readonly string[], options: ReplayOptions): string[] {
  return lines
    .map((line, n) => judgeLine(line, `line ${n + 1}`, options))
    .filter(({ matched }) => !matched)
    .map(({ id, reason }) => `${id}: ${reason}`);
}
