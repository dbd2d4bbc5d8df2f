/** Our own system has all points, and what the report says of it is what came of the checks. */
import { expect, test } from "vitest";
import { CHECKS } from "../src/checks/index.js";
import { MILESTONES, milestoneOf } from "../src/exam/check.js";
import { command } from "./command.js";

/** On a host that is busy with other tests. */
const TIMEOUT_MS = 240_000;

test("there are checks for each milestone, each with a name of its own, a claim and a place to look", () => {
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
  for (const milestone of Object.keys(MILESTONES)) {
    expect(CHECKS.filter((check) => milestoneOf(check) === milestone).length).toBeGreaterThan(3);
  }
  for (const { id, claim, look, points } of CHECKS) {
    expect(id).toMatch(/^M[0-6]\/[a-z]+(-[a-z]+)*$/);
    expect(claim.length).toBeGreaterThan(20);
    expect(look.length).toBeGreaterThan(20);
    expect(points).toBeGreaterThan(0);
  }
});

test(
  "ours passes all checks, and the report as data says the same",
  async () => {
    const { code, out, files } = await command(["--json", "report.json"]);
    expect(out).not.toMatch(/^FAIL/m);
    expect(out).toContain(`All ${CHECKS.length} checks pass.`);
    expect(code).toBe(0);
    const report = JSON.parse(files.get("report.json") ?? "") as { points: number; of: number; checks: unknown[] };
    expect(report.points).toBe(report.of);
    expect(report.checks).toHaveLength(CHECKS.length);
  },
  TIMEOUT_MS,
);

test("a check of one seed takes the same time of the machine again", async () => {
  const [once, again] = [await command(TWICE), await command(TWICE)];
  expect(once.out).toMatch(/M4\/at-once .* \(\d+ ms, \d+ kernel entries\)/);
  expect(again.out).toBe(once.out);
});

const TWICE = ["--only", "M4/at-once", "--seed", "7", "--verbose"];
