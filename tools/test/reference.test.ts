/** `npm run docs` refuses what is not documented: each kind of gap is planted in a package of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";

/** typedoc starts a compiler. */
vi.setConfig({ testTimeout: 120_000 });

const root = dirname(dirname(import.meta.dirname));

const INDEX = `/**
 * A package.
 * @packageDocumentation
 */
export { LATER, NUMBER } from "./abi/numbers.js";
export { type Options, planted } from "./planted.js";
`;

const NUMBERS = `/** The head comment of the numbers. */
export const NUMBER = 0;
export const LATER = 1;
`;

const CLEAN = `/** Options. */
export interface Options { readonly hidden: number }
/** Documented; see {@link Options}. */
export function planted(options: Options): void { options.hidden; }
`;

/** What typedoc says, with our options, of a package whose `planted.ts` is this. */
function typedoc(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), "reference-"));
  const options = JSON.parse(readFileSync(join(root, "typedoc.json"), "utf8"));
  const json = {
    "typedoc.json": { ...options, plugin: [join(root, "tools/typedoc-heads.mjs")] },
    "packages/one/package.json": { name: "one", version: "1.0.0", type: "module", exports: "./src/index.ts" },
    "packages/one/tsconfig.json": {
      compilerOptions: { module: "nodenext", strict: true, types: [] },
      include: ["src"],
    },
  };
  mkdirSync(join(folder, "packages/one/src/abi"), { recursive: true });
  for (const [name, content] of Object.entries(json)) writeFileSync(join(folder, name), JSON.stringify(content));
  writeFileSync(join(folder, "packages/one/src/index.ts"), INDEX);
  writeFileSync(join(folder, "packages/one/src/abi/numbers.ts"), NUMBERS);
  writeFileSync(join(folder, "packages/one/src/planted.ts"), source);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typedoc/bin/typedoc"), "--emit", "none"],
    { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  rmSync(folder, { recursive: true, force: true });
  const warnings = `${stdout}${stderr}`
    .split("\n")
    .filter((line) => line.startsWith("[warning]") || /error/i.test(line));
  return `exit ${status}\n${warnings.join("\n")}`;
}

test("what is documented, and a number of the ABI below a head comment, is no gap", () => {
  expect(typedoc(CLEAN)).toBe("exit 0\n");
});

test("an export without documentation and a type that is not exported are errors", () => {
  const hidden = CLEAN.replace("hidden: number", "hidden: Hidden").replace(/\/\*\* Documented.*\n/, "");
  const said = typedoc(`${hidden}interface Hidden { readonly a: number }\n`);
  expect(said).toMatch(/planted \(CallSignature\), .* does not have any documentation/);
  expect(said).toMatch(/Hidden, .* is referenced by Options\.hidden but not included/);
  expect(said).toMatch(/exit [1-9]/);
});

test("a link that leads nowhere is an error", () => {
  const said = typedoc(CLEAN.replace("{@link Options}", "{@link Nothing}"));
  expect(said).toMatch(/exit [1-9]\n.*Failed to resolve link to "Nothing"/);
});
