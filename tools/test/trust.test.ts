/** The figures of docs/manual/trust.md are counted where they lie. `npx vitest run tools/test/trust.test.ts -u` writes them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import recordedPairs from "../../fuzz/recorded-pairs.json" with { type: "json" };
import { MUTANTS } from "../../mutants/src/set/index.js";
import { BEHAVIOURS } from "../../packages/kernel/test/behaviours/catalogue.js";
import { IPC_FIGURES, PREEMPTION_FIGURES, REFILL_FIGURES } from "../../packages/kernel/test/small-worlds/figures.js";
import { UNIVERSES } from "../../packages/kernel/test/small-worlds/tree-kinds.js";

const root = join(import.meta.dirname, "../..");
const MANUAL = join(root, "docs/manual/trust.md");
const [BEGIN, END] = ["<!-- figures: begin -->\n", "<!-- figures: end -->\n"];

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const text = (count: number): string => count.toLocaleString("en-US");

/** What `pattern` finds in a file, which must be there. */
function inFile(file: string, pattern: RegExp): string {
  const [, found] = pattern.exec(read(file)) ?? [];
  if (found === undefined) throw new Error(`${file} has nothing like ${pattern}`);
  return found;
}

function scenarios(): number {
  const folder = join(root, "conformance/recordings");
  const files = readdirSync(folder).filter((file) => file.endsWith(".jsonl.gz"));
  const lines = (file: string) =>
    gunzipSync(readFileSync(join(folder, file)))
      .toString()
      .trimEnd()
      .split("\n").length;
  return files.reduce((sum, file) => sum + lines(file), 0);
}

function invariants(): number {
  return [...read("packages/kernel/src/debug/invariants.ts").matchAll(/this\.name\("/g)].length;
}

function worlds(figures: Readonly<Record<string, { readonly worlds: number; readonly steps: number }>>): string {
  const all = Object.values(figures);
  const sum = (key: "worlds" | "steps") => text(all.reduce((total, each) => total + each[key], 0));
  return `${sum("worlds")}; ${sum("steps")}`;
}

function trees(): string {
  const sum = (key: "trees" | "worlds") => text(UNIVERSES.reduce((total, each) => total + each[key], 0));
  return `${sum("trees")}; ${sum("worlds")}`;
}

function preemption(): string {
  const sum = (key: "points" | "acts") =>
    text(Object.values(PREEMPTION_FIGURES).reduce((total, each) => total + each[key], 0));
  return `${sum("points")}; ${sum("acts")}`;
}

function foundBy(kind: string): string {
  return text(MUTANTS.filter(({ within }) => kind in within).length);
}

function figures(): readonly (readonly string[])[] {
  const behaviours = BEHAVIOURS.flatMap((part) => part.behaviours);
  const tested = behaviours.filter(({ leftOut }) => leftOut === null).length;
  const pairs = Object.values(recordedPairs).reduce((sum, outcomes) => sum + Object.keys(outcomes).length, 0);
  const operations = Number(inFile("fuzz/src/cli/options.ts", /DEFAULT_OPS = ([\d_]+)/).replaceAll("_", ""));
  const sample = inFile(".ci/run", /mutants -- --sample (\d+)/);
  return [
    ["What", "How many", "How often"],
    ["recorded scenarios", text(scenarios()), "all of them, in every run of the tests"],
    ["behaviours of the real kernel's suite", `${tested} of ${behaviours.length}`, "in every run of the tests"],
    ["invariants", text(invariants()), "at every kernel exit of nearly all tests"],
    ["operations of random programs", text(operations), "in every run of CI; more by hand"],
    ["outcomes of invocations that they come to", text(pairs), "all that recordings have"],
    ["small trees of capabilities; operations on them", trees(), "in every run of the tests"],
    ["states of three threads at an endpoint; calls", worlds(IPC_FIGURES), "in every run of the tests"],
    ["states of a ring of refills; steps", worlds(REFILL_FIGURES), "in every run of the tests"],
    ["points at which long work is preempted; acts there", preemption(), "in every run of the tests"],
    ["mutants", text(MUTANTS.length), `${sample} in every run of CI, all by hand`],
    ["found by recordings and invariants", foundBy("scenarios"), "of these"],
    ["found by random programs", foundBy("operations"), "of these"],
    ["found by the test of a behaviour", foundBy("behaviour"), "of these"],
    ["found by another test of the kernel", foundBy("tests"), "of these"],
  ];
}

/** A table as the formatter writes it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |\n`;
  const [head = [], ...body] = rows;
  return [head, widths.map((width) => "-".repeat(width)), ...body].map(line).join("");
}

test("docs/manual/trust.md has the figures of what is there", async () => {
  const manual = readFileSync(MANUAL, "utf8");
  const [before, after] = [manual.indexOf(BEGIN), manual.indexOf(END)];
  expect(before >= 0 && after > before, "the marks of the figures").toBe(true);
  const whole = `${manual.slice(0, before)}${BEGIN}\n${table(figures())}\n${manual.slice(after)}`;
  await expect(whole).toMatchFileSnapshot(MANUAL);
});
