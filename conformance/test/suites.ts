/** Replaying recorded files in a test. */
import { describe, expect, test } from "vitest";
import { judgeLine } from "../src/compare/verdict.js";
import type { ReplayOptions } from "../src/replay/replay.js";
import { ownRecordings } from "./own-recordings.js";

/** These are the ground that the others stand on. */
export const GROUND = ["cspace", "untyped", "ipc"];
/** Invocations of what was built on it. The suites that are in neither list make a third part. */
export const OBJECTS = ["reply", "sched-context", "tcb", "vspace"];

/** A recorded file by its name: how its scenarios came about, and their suite. */
export interface RecordedFile {
  readonly kind: string;
  readonly suite: string;
}

/** One test for each recorded file that `isChosen`: all of its scenarios match, with every invariant checked. */
export function testsOfFiles(isChosen: (file: RecordedFile) => boolean): void {
  describe("recorded scenarios give the same on our kernel", () => {
    for (const [name, lines] of ownRecordings()) {
      const [, kind = "", suite = ""] = /^([^-]+)-(.+)$/.exec(name) ?? [];
      if (!isChosen({ kind, suite })) continue;
      test(`${name}: ${lines.length} scenarios`, { timeout: 120_000 }, () => {
        expect(mismatches(lines, { checkInvariants: true })).toEqual([]);
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
