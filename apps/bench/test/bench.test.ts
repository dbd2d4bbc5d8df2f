/** The bench as a user runs it, on bundles of the sources and with very few repetitions. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { buildBench } from "../build.mjs";
import { CASES } from "../src/cases/index.js";
import type { Report } from "../src/report/report.js";

const outdir = join(import.meta.dirname, "..", "dist", "test");
const jsonFile = join(outdir, "report.json");
const markdownFile = join(outdir, "report.md");

function bench(...args: string[]) {
  return spawnSync(process.execPath, [join(outdir, "main.js"), ...args], { encoding: "utf8" });
}

let report: Report;
let printed: string;

beforeAll(async () => {
  await buildBench({ outdir, staged: false });
  const run = bench("--tiny", "--json", jsonFile, "--markdown", markdownFile);
  printed = run.stdout;
  expect(run.stderr).not.toMatch(/has no figure/);
  expect(run.status).toBe(0);
  report = JSON.parse(readFileSync(jsonFile, "utf8")) as Report;
}, 120_000);

describe.each(CASES)("$name", ({ name, group }) => {
  test("has figures, and each time has a checksum", () => {
    const figures = report.figures.filter(({ id, group: of }) => of === group && id.startsWith(name));
    expect(figures.length).toBeGreaterThan(0);
    for (const { unit, value, checksum } of figures) {
      expect(value).toBeGreaterThan(0);
      if (unit === "ns") expect(checksum).toMatch(/^\d+:[0-9a-f]+$/);
    }
  });
});

test("the table and the Markdown show every figure", () => {
  const markdown = readFileSync(markdownFile, "utf8");
  for (const { title } of report.figures) {
    expect(printed).toContain(title);
    expect(markdown).toContain(title);
  }
});

test("the floor is reported with its spread", () => {
  expect(report.floor!.nanoseconds).toBeGreaterThan(0);
  expect(printed).toMatch(/^F = [\d.]+ ns; half of the processes within/m);
});

test("--list names every case", () => {
  expect(bench("--list").stdout.match(/^\S+/gm)).toEqual(CASES.map(({ name }) => name));
});

test.each([["--nonsense"], ["--only"], ["--only", "no-such-case"], ["--json"]])("refuses %s", (...args) => {
  const { status, stderr } = bench(...args);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^(no option|no case is called|--\w+ takes a value)/);
});
