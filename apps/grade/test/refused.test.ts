/** Solutions that cannot be graded: each is a report, whatever it does to the grader. */
import { expect, test } from "vitest";
import { command } from "./command.js";

test("a folder without a solution is told of, and is no success", async () => {
  const { code, err } = await command(["nowhere"]);
  expect(code).toBe(1);
  expect(err).toMatch(/^The solution cannot be loaded: .*nowhere\/index.ts/s);
});

test("a solution that throws when it is loaded is told of with what it throws", async () => {
  const { code, err } = await command(["throws"]);
  expect(code).toBe(1);
  expect(err).toContain("there is nothing to see here");
});

test("an export that is no solution is told of", async () => {
  const { code, err } = await command(["nothing"]);
  expect(code).toBe(1);
  expect(err).toBe("The solution cannot be loaded: its default export has no function personality(boot)\n");
});

test("a composition that is refused fails each check, with the reasons", async () => {
  const { code, out } = await command(["refused", "--milestone", "M0"]);
  expect(code).toBe(1);
  expect(out).toContain("the system cannot be booted");
  expect(out).toMatch(/disk.*clock/s);
  expect(out).toMatch(/M0 +messages +0 of +9 points +0 of 4 checks/);
});

test("who holds the process fails the check that is under way, and the next one is tried in another process", async () => {
  const { code, out } = await command(["spins", "--only", "M0/write", "--only", "M0/order"], 4000);
  expect(code).toBe(1);
  expect(out.match(/it holds the whole process/g)).toHaveLength(2);
});

test("who ends the process fails the check that is under way, and the next one is tried in another process", async () => {
  const { out } = await command(["kills", "--only", "M0/write", "--only", "M0/order"]);
  expect(out.match(/the process has died/g)).toHaveLength(2);
});

test.each([
  [["--milestone", "M9"], '--milestone takes M0 to M6, not "M9".\n'],
  [["--only", "M3/heaps"], 'not "M3/heaps". Did you mean M3/heap?'],
  [["--only", "M3"], "--only takes a check, and M3 is a milestone: --milestone M3."],
  [["--milestone", "M3", "--only", "M1/sleep"], "--only M1/sleep is no check of --milestone M3: leave one out."],
  [["one", "two"], "One folder is graded at a time"],
  [["--sede", "3"], "There is no option"],
])("%j is a bad option, told of in a sentence", async (args, sentence) => {
  const { code, err } = await command(args);
  expect(code).toBe(2);
  expect(err).toContain(sentence);
});
