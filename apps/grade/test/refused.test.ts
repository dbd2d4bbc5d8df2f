/** Solutions that cannot be graded: each is a report, whatever it does to the grader. */
import { expect, test } from "vitest";
import { command } from "./command.js";

test("a folder without a solution is told of, and is no success", async () => {
  const { code, err } = await command(["nowhere"]);
  expect(code).toBe(1);
  expect(err).toMatch(/^The solution cannot be loaded: there is no folder .*nowhere\n$/);
});

test.each([
  [".", /^The solution cannot be loaded: .* has no index\.ts\n$/],
  ["nothing/index.ts", /^The solution cannot be loaded: .*index\.ts is no folder: give the one that it lies in\n$/],
])("the folder %j is none that has a solution, and it is said why", async (folder, sentence) => {
  const { code, err } = await command([folder]);
  expect(code).toBe(1);
  expect(err).toMatch(sentence);
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

test("a composition that is refused fails each check, and the reasons are told once", async () => {
  const { code, out } = await command(["refused", "--milestone", "M0"]);
  expect(code).toBe(1);
  expect(out).toContain("the system cannot be booted");
  expect(out.match(/disk\.clock needs/g)).toHaveLength(1);
  expect(out.match(/the system cannot be booted, for the same reason/g)).toHaveLength(3);
  expect(out).not.toMatch(/where to look|apps\/grade\/src/);
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
  [[""], "The folder has no name"],
  [["one", "two"], "One folder is graded at a time"],
  [["--sede", "3"], "There is no option"],
])("%j is a bad option, told of in a sentence", async (args, sentence) => {
  const { code, err } = await command(args);
  expect(code).toBe(2);
  expect(err).toContain(sentence);
});

test("a report that cannot be written is told of before anything runs", async () => {
  const { code, out, err } = await command(["--json", "no/where.json", "--only", "M0/write"], 60_000, () => {
    throw new Error("there is no such folder");
  });
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err).toBe('The report "no/where.json" cannot be written: there is no such folder\n');
});

test("a folder with spaces in its name is quoted in the command that tries a check again", async () => {
  const { out } = await command(["with a space", "--only", "M0/write"]);
  expect(out).toContain("npm run grade -- 'with a space' --only M0/write");
});

test("--verbose shows no console where nothing was shown", async () => {
  const { out } = await command(["forges", "--only", "M0/write", "--verbose"]);
  expect(out).toContain("where to look");
  expect(out).not.toContain("the console:");
});
