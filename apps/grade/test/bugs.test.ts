/** The planted bugs: each is named by the checks that it lists. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { editedFile } from "@tessera/mutants/edit";
import { expect, test } from "vitest";
import { BUGS } from "../src/bugs/index.js";
import { CHECKS } from "../src/checks/index.js";
import { command, REPOSITORY } from "./command.js";

/** On a host that is busy with other tests. */
const TIMEOUT_MS = 120_000;

test("there are ten bugs and more, each with a name of its own, a sentence, and checks that there are", () => {
  expect(BUGS.length).toBeGreaterThanOrEqual(10);
  expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length);
  const ids = CHECKS.map(({ id }) => id);
  for (const { breaks, found } of BUGS) {
    expect(breaks).toMatch(/^[A-Z].*\.$/);
    expect(found.length).toBeGreaterThan(0);
    expect(ids).toEqual(expect.arrayContaining([...found]));
  }
});

test.each(BUGS)("the edit of $name fits the sources", (bug) => {
  const before = readFileSync(join(REPOSITORY, bug.file), "utf8");
  expect(editedFile(REPOSITORY, bug).length - before.length).toBe(bug.replace.length - bug.find.length);
});

test.each(BUGS)(
  "$name is named by $found.0",
  async ({ name, found }) => {
    const only = found.flatMap((id) => ["--only", id]);
    const { code, out } = await command(["--bug", name, ...only]);
    expect(code).toBe(1);
    for (const id of found) expect(out).toMatch(new RegExp(`^FAIL +\\d+  ${id} `, "m"));
  },
  TIMEOUT_MS,
);
