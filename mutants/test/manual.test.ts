/** docs/manual/mutants.md lists the set; `npx vitest run mutants/test/manual.test.ts -u` writes it. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { BEHAVIOURS_FILE, boundText } from "../src/cli/command.js";
import { findersById, readBehaviours } from "../src/judge/behaviours.js";
import { AREAS, MUTANTS } from "../src/set/index.js";

const REPOSITORY = join(import.meta.dirname, "../..");
/** Mutants that are named for each behaviour. */
const NAMED = 3;

test("docs/manual/mutants.md lists all mutants, and a witness of each behaviour", async () => {
  await expect(manual()).toMatchFileSnapshot(join(REPOSITORY, "docs/manual/mutants.md"));
});

function manual(): string {
  const areas = AREAS.flatMap(({ title, mutants }) => [
    `## ${title}`,
    "",
    ...table(
      ["Mutant", "What it breaks", "Found within"],
      mutants.map(({ name, breaks, within }) => [name, breaks, boundText(within)]),
    ),
    "",
  ]);
  const finders = [...findersById(readBehaviours(join(REPOSITORY, BEHAVIOURS_FILE)))];
  finders.sort(([a], [b]) => (a < b ? -1 : 1));
  return `${[
    "# Broken kernels",
    "",
    `A standing set of ${MUTANTS.length} kernels, each broken by one edit to its sources, and what must find each of them: recorded`,
    "scenarios with all invariants checked, random programs, or tests of the kernel. `npm run mutants` tries all of",
    "them; [mutants/README.md](../../mutants/README.md) says how. Written and checked by a test.",
    "",
    ...areas,
    "## What the tests of behaviours find",
    "",
    "Each test of a [behaviour](behaviours.md) finds mutants: its witness, the one that the fewest others find, and more.",
    "",
    ...table(
      ["Behaviour", "Witness", "Others, for example"],
      finders.map(([id, [witness = "", ...others]]) => [id, witness, others.slice(0, NAMED - 1).join(", ")]),
    ),
  ].join("\n")}\n`;
}

/** A table as the formatter writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
