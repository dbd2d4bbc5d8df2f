/** The bench as a user runs it, on bundles of the sources and with very few repetitions. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { seL4_UntypedRetypeMaxObjects } from "@tessera/libsel4";
import { CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION } from "@tessera/libsel4/abi";
import { beforeAll, describe, expect, test } from "vitest";
import { buildBench } from "../build.mjs";
import { CASES } from "../src/cases/index.js";
import type { Report } from "../src/report/report.js";
import { intoDocument } from "../src/report/text.js";

/** Beside the objects or threads of a long call: the call itself, the caller. */
const FEW_EFFECTS = 8;

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
}, 240_000);

/** The time that processes take, less that of others, may be anything on a busy host. */
const DIFFERENCES = /^launch/;

describe.each(CASES)("$name", ({ name }) => {
  test("has figures, and what was timed has a checksum", () => {
    const figures = report.figures.filter((figure) => figure.case === name);
    expect(figures.length).toBeGreaterThan(0);
    for (const { id, unit, value, checksum } of figures) {
      if (!DIFFERENCES.test(id)) expect(value).toBeGreaterThan(0);
      if (unit === "ns") expect(checksum).toMatch(/^\d+:[0-9a-f]+$/);
    }
  });
});

test("no kernel entry does more between two looks at the interrupts than its limits say", () => {
  const figure = (id: string) => report.figures.find((each) => each.id === id)!;
  expect(figure("entry-units").value).toBeLessThanOrEqual(CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION);
  const effects = report.figures.filter(({ unit }) => unit === "effects");
  expect(effects.length).toBe(9);
  for (const { title, value } of effects) {
    const limit = title.startsWith("Retype of") ? 2 * seL4_UntypedRetypeMaxObjects : seL4_UntypedRetypeMaxObjects;
    expect({ title, fits: value <= limit + FEW_EFFECTS }).toEqual({ title, fits: true });
  }
});

test("figures of real seL4 are marked as cited", () => {
  const cited = report.figures.filter(({ id }) => id.startsWith("qemu"));
  expect(cited.length).toBe(4);
  for (const { group } of cited) expect(group).toMatch(/cited, not measured here/);
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

test("the manual's tables have the rows of this bench", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../../docs/manual/performance.md"), "utf8");
  const tables = manual.slice(manual.indexOf("<!--"), manual.lastIndexOf("<!--"));
  expect(titlesOf(tables)).toEqual(titlesOf(readFileSync(markdownFile, "utf8")));
});

/** First cells of the rows of a document's tables; how many of something are measured is not looked at. */
function titlesOf(markdown: string): string[] {
  const cells = [...markdown.matchAll(/^\| ([^|]+) \|/gm)].map(([, title]) => title!.trim());
  return cells.filter((cell) => !/^-+$/.test(cell)).map((title) => title.replace(/2\^\d+|of \d+$/, "many"));
}

test("--markdown puts the tables between the marks of a document, and nothing else", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../../docs/manual/performance.md"), "utf8");
  const once = intoDocument(manual, report);
  expect(intoDocument(once, report)).toBe(once);
  expect(once.slice(0, once.indexOf("<!--"))).toBe(manual.slice(0, manual.indexOf("<!--")));
  expect(once.slice(once.lastIndexOf("<!--"))).toBe(manual.slice(manual.lastIndexOf("<!--")));
  expect(once).toContain(report.host.cpu);
});

test("--list names every case", () => {
  expect(bench("--list").stdout.match(/^\S+/gm)).toEqual(CASES.map(({ name }) => name));
});

test.each([["--nonsense"], ["--only"], ["--only", "no-such-case"], ["--json"]])("refuses %s", (...args) => {
  const { status, stderr } = bench(...args);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^(no option|no case is called|--\w+ takes a value)/);
});
