/** The standing set as it is: what can be said of it without running it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { BEHAVIOURS_FILE } from "../src/cli/command.js";
import { brokenSource } from "../src/edit/bundle.js";
import { findersById, readBehaviours } from "../src/judge/behaviours.js";
import { MUTANTS } from "../src/set/index.js";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const table = readBehaviours(join(REPOSITORY, BEHAVIOURS_FILE));

test("there are at least 60 mutants, each with a name of its own and a sentence", () => {
  expect(MUTANTS.length).toBeGreaterThanOrEqual(60);
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  for (const { name, breaks } of MUTANTS) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(breaks).toMatch(/^[A-Z].*\.$/);
  }
});

test.each(MUTANTS)("the edit of $name fits the sources", (mutant) => {
  expect(brokenSource(REPOSITORY, mutant)).toContain(mutant.replace);
});

test("behaviours.json is about mutants that there are", () => {
  const names = new Set(MUTANTS.map(({ name }) => name));
  expect(Object.keys(table).filter((name) => !names.has(name))).toEqual([]);
});

test("the test of each behaviour finds a mutant", () => {
  const manual = readFileSync(join(REPOSITORY, "docs/manual/behaviours.md"), "utf8");
  const tested = [...manual.matchAll(/^\| ([A-Z][A-Z_]*\d+) +\| \[/gm)].map(([, id = ""]) => id);
  expect(tested.length).toBeGreaterThan(100);
  const finders = findersById(table);
  expect(tested.filter((id) => !finders.has(id))).toEqual([]);
  expect([...finders.keys()].filter((id) => !tested.includes(id))).toEqual([]);
});
