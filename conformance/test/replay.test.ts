import { expect, test } from "vitest";
import { compare } from "../src/compare/compare.js";
import { judge } from "../src/compare/verdict.js";
import { parseRecording } from "../src/recording/parse.js";
import { replay } from "../src/replay/replay.js";
import { mutants, OUTPUT_FIELDS } from "./mutants.js";
import { ownRecordings } from "./own-recordings.js";
import { GROUND } from "./suites.js";

const files = ownRecordings();

test("a replay matches no mutant of its recording, whichever field of the output is altered", {
  timeout: 120_000,
}, () => {
  const unseen = new Set<string>(OUTPUT_FIELDS);
  const suites = [...GROUND, "ipc-caps", "faults"].map((suite) => `hand-${suite}`);
  for (const line of suites.flatMap((name) => (files.get(name) ?? []).slice(0, 3))) {
    const { scenario } = parseRecording(line);
    const { output } = replay(scenario);
    for (const mutant of mutants(line)) {
      if (JSON.stringify(JSON.parse(line)) === mutant.line) continue;
      unseen.delete(mutant.field);
      expect(matches(mutant.line, output), `${scenario.id}: ${mutant.field}`).toBe(false);
    }
  }
  expect([...unseen]).toEqual([]);
});

function matches(line: string, ours: ReturnType<typeof replay>["output"]): boolean {
  try {
    const { scenario, output } = parseRecording(line);
    return compare(scenario, output, ours).matched;
  } catch {
    return false;
  }
}

const scenarioOf = (ops: object[], fields = {}) =>
  parseRecording(
    JSON.stringify({
      ...{ id: "x", suite: "x", t: [ops], log: [], started: [0, 0, 0, 0], done: [0, 0, 0, 0], final: {} },
      ...fields,
    }),
  );

test("a scenario that halts the kernel is a mismatch with a reason", () => {
  const verdict = judge(scenarioOf([{ sysno: -14 }]));
  expect(verdict).toMatchObject({ matched: false, reason: expect.stringMatching(/^the kernel halted: /) });
});

test("a scenario that never comes to rest is a mismatch with a reason", { timeout: 120_000 }, () => {
  const verdict = judge(scenarioOf([{ k: 4, c: Number.MAX_SAFE_INTEGER }]));
  expect(verdict).toMatchObject({ matched: false, reason: "the scenario did not come to rest" });
});
