/** No behaviour is forgotten: each has a test with its id at the head of its name, or a reason why it has none. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BEHAVIOURS, DIFFERENT, NOT_RUN } from "./catalogue.js";

const MANUAL = "../../../../docs/manual/behaviours.md";
const FROM_MANUAL = "../../packages/kernel/test/behaviours";
const HERE = import.meta.dirname;
/** An id at the beginning of a string: of a test's name, or of what a name begins with. */
const ID = /["`]([A-Z][A-Z_]*\d{3,4})(?=[:"])/g;

/** The files that test each id. */
function testsById(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(HERE)) {
    if (!file.endsWith(".test.ts") || file.startsWith("catalogue")) continue;
    for (const [, id = ""] of readFileSync(join(HERE, file), "utf8").matchAll(ID)) {
      found.set(id, [...new Set([...(found.get(id) ?? []), file])]);
    }
  }
  return found;
}

const tests = testsById();
const all = BEHAVIOURS.flatMap(({ behaviours }) => behaviours);

it("142 behaviours are known, each once", () => {
  expect(all).toHaveLength(142);
  expect(new Set(all.map(({ id }) => id)).size).toBe(142);
});

it("a behaviour has a test or a reason to have none, never both and never neither", () => {
  const wrong = all.filter(({ id, leftOut }) => tests.has(id) === (leftOut !== null));
  expect(wrong).toEqual([]);
});

it("a test whose name begins with an id has an id of these", () => {
  const known = new Set(all.map(({ id }) => id));
  expect([...tests.keys()].filter((id) => !known.has(id))).toEqual([]);
});

it("docs/manual/behaviours.md lists them all; `npx vitest run packages/kernel/test/behaviours/catalogue.test.ts -u` writes it", async () => {
  await expect(manual()).toMatchFileSnapshot(join(HERE, MANUAL));
});

function manual(): string {
  const tested = all.filter(({ leftOut }) => leftOut === null).length;
  const sections = BEHAVIOURS.map(({ title, behaviours }) => [
    `## ${title}`,
    "",
    ...table(
      ["Id", "Tested in, or why not"],
      behaviours.map(({ id, leftOut }) => [id, leftOut ?? links(id)]),
    ),
    "",
  ]);
  return `${[
    "# Behaviours of the kernel's own test suite",
    "",
    "The real kernel comes with a test suite, of which 142 tests run on our configuration. What they check is checked",
    `here by tests of our own, with the suite's ids in their names: ${tested} of them, mostly more strictly. The others`,
    "have a reason not to be there. Written and checked by a test beside them, which counts that none is missing.",
    "",
    ...sections.flat(),
    "## Where ours are different",
    "",
    "Beside being stricter:",
    "",
    ...table(["Ids", "Ours"], DIFFERENT),
    "",
    "## Not run by the suite either",
    "",
    "Of these the suite has tests that our configuration leaves out.",
    "",
    ...table(["What", "Needs"], NOT_RUN),
  ].join("\n")}\n`;
}

function links(id: string): string {
  return (tests.get(id) ?? []).map((file) => `[${file}](${FROM_MANUAL}/${file})`).join(", ");
}

/** A table as the formatter writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
