/**
 * Plants a violation of each lint rule that holds a decision of the architecture, under our own biome.json:
 * no import cycles, no time or randomness of the host, one hand-listed index a package.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));

/** Files under packages/planted/src, with the rule that each must break; undefined = none. */
const PLANTED: readonly (readonly [file: string, rule: string | undefined, text: string])[] = [
  ["cycle-a.ts", "lint/suspicious/noImportCycles", 'import { b } from "./cycle-b.js";\nexport const a = () => b;\n'],
  ["cycle-b.ts", "lint/suspicious/noImportCycles", 'import { c } from "./cycle-c.js";\nexport const b = () => c;\n'],
  ["cycle-c.ts", "lint/suspicious/noImportCycles", 'import { a } from "./cycle-a.js";\nexport const c = () => a;\n'],
  ["type-a.ts", undefined, 'import type { B } from "./type-b.js";\nexport type A = B | null;\n'],
  ["type-b.ts", undefined, 'import type { A } from "./type-a.js";\nexport type B = A[];\n'],
  ["date.ts", "lint/style/noRestrictedGlobals", "export const now = () => Date.now();\n"],
  ["timer.ts", "lint/style/noRestrictedGlobals", "setTimeout(() => {}, 1);\n"],
  ["random.ts", "plugin", "export const roll = () => Math.random();\n"],
  ["index.ts", "lint/performance/noReExportAll", 'export * from "./date.js";\n'],
];

let folder = "";
let findings: string[] = [];

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "lint-rules-")));
  const config = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as { overrides: { plugins?: string[] }[] };
  for (const override of config.overrides) {
    if (override.plugins) override.plugins = override.plugins.map((plugin) => join(root, plugin));
  }
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...config, vcs: { enabled: false } }));
  mkdirSync(join(folder, "packages/planted/src"), { recursive: true });
  for (const [file, , text] of PLANTED) writeFileSync(join(folder, "packages/planted/src", file), text);
  const cli = join(root, "node_modules/@biomejs/biome/bin/biome");
  const run = spawnSync(process.execPath, [cli, "lint", "--reporter=github", "."], { cwd: folder, encoding: "utf8" });
  findings = `${run.stdout}\n${run.stderr}`.split("\n").filter((line) => line.startsWith("::"));
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(PLANTED)("%s: %s", (file, rule) => {
  const rules = findings
    .filter((line) => line.includes(`/${file},`))
    .map((line) => /title=([^,]*)/.exec(line)?.[1] ?? "");
  expect(new Set(rules)).toEqual(new Set(rule === undefined ? [] : [rule]));
});
