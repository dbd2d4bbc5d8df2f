/**
 * Plants one violation of every import rule in a small tree of its own and expects the checker to name the rule.
 *
 * The tree has our packages' real manifests and links; one run of dependency-cruiser sees all the plants, and no
 * rule may be without one. A second part of the tree keeps the rules and must be found clean.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));
const config = join(root, ".dependency-cruiser.cjs");
const rules = (createRequire(import.meta.url)(config) as { forbidden: { name: string }[] }).forbidden;

type Files = Readonly<Record<string, string>>;

/** What keeps the rules: every package's index, the subpaths, and an app. */
const CLEAN: Files = {
  "packages/hal-sim/src/index.ts": 'export { machine } from "./machine.js";',
  "packages/hal-sim/src/machine.ts": 'import "rxjs"; import { isa } from "./isa/index.js"; export const machine = isa;',
  "packages/hal-sim/src/isa/index.ts": "export const isa = 1;",
  "packages/libsel4/src/index.ts": 'export { isa } from "@tessera/hal-sim/isa"; export { abi } from "./abi/index.js";',
  "packages/libsel4/src/abi/index.ts": "export const abi = 1;",
  "packages/kernel/src/index.ts": 'export { boot } from "./boot/boot.js";',
  "packages/kernel/src/config.ts": 'import { assert } from "./model/assert.js"; export const LIMIT = assert;',
  "packages/kernel/src/model/assert.ts": "export const assert = 1;",
  "packages/kernel/src/model/state.ts":
    'import type { Tcb } from "../threads/tcb.js"; import { type Boot } from "../boot/boot.js"; import { LIMIT } from "../config.js"; export type State = [Tcb, Boot]; export const state = LIMIT;',
  "packages/kernel/src/threads/tcb.ts": 'import { state } from "../model/state.js"; export type Tcb = typeof state;',
  "packages/kernel/src/boot/boot.ts":
    'import "../threads/tcb.js"; import { machine } from "@tessera/hal-sim"; import { abi } from "@tessera/libsel4/abi"; export type Boot = 1; export const boot = [machine, abi];',
  "packages/kernel/test/boot.test.ts": 'import "../src/boot/boot.js"; import "@tessera/testing"; import "node:fs";',
  "packages/cspace-lib/src/index.ts": 'export { abi } from "@tessera/libsel4";',
  "packages/ut-alloc/src/index.ts": 'export { abi } from "@tessera/cspace-lib";',
  "packages/servers/src/index.ts": 'export { abi } from "@tessera/ut-alloc";',
  "packages/personality/src/index.ts": 'import "inversify"; import "@tessera/servers"; import "@tessera/libsel4/abi";',
  "packages/testing/src/index.ts": 'export { boot } from "@tessera/kernel";',
  "apps/demo/src/main.ts": 'import "@tessera/kernel"; import "node:fs"; import "./programs/client.js";',
  "apps/demo/src/programs/client.ts": 'import "@tessera/libsel4"; import "@tessera/ut-alloc";',
};

/** The places of the kernel, so that each has something later to import. */
const KERNEL_PLACES = rules
  .map(({ name }) => name)
  .filter((name) => name.startsWith("kernel-order-"))
  .map((name) => name.slice("kernel-order-".length));

function plantedInKernel(place: string): Files {
  const file = { "model-assert": "model/assert", config: "config", entry: "entry", kernel: "kernel" }[place];
  const up = file === undefined || file.includes("/") ? "../" : "./";
  return { [`packages/kernel/src/${file ?? `${place}/planted`}.ts`]: `import "${up}index.js";` };
}

/** One violation a rule; a plant may break other rules too. */
const PLANTED: Readonly<Record<string, Files>> = {
  "no-unresolvable": { "packages/libsel4/src/unknown.ts": 'import "@tessera/libsel4/src/index.js";' },
  "no-deep-import": { "apps/demo/src/deep.ts": 'import "../../../packages/hal-sim/src/machine.js";' },
  "no-deep-import-of-apps": {
    "apps/demo/src/neighbour.ts": 'import "../../other/src/personality.js";',
    "apps/other/src/personality.ts": "",
  },
  "layer-hal-sim": { "packages/hal-sim/src/up.ts": 'import type { abi } from "@tessera/libsel4/abi";' },
  "layer-libsel4": { "packages/libsel4/src/machine.ts": 'import "@tessera/hal-sim";' },
  "layer-kernel": { "packages/kernel/src/caps/stubs.ts": 'import "@tessera/libsel4";' },
  "layer-cspace-lib": { "packages/cspace-lib/src/up.ts": 'import "@tessera/ut-alloc";' },
  "layer-servers": { "packages/servers/src/personality.ts": 'import "@tessera/kernel";' },
  "layer-ut-alloc": { "packages/ut-alloc/src/machine.ts": 'import "@tessera/hal-sim";' },
  "layer-personality": { "packages/personality/src/stubs.ts": 'import "@tessera/libsel4";' },
  "layer-testing": { "packages/testing/src/app.ts": 'import "../../../apps/demo/src/main.js";' },
  "package-has-a-layer": { "packages/novel/src/index.ts": 'import "./other.js";', "packages/novel/src/other.ts": "" },
  "user-level-never-imports-kernel": {
    "apps/demo/src/programs/spy.ts": 'import type { boot } from "@tessera/kernel";',
  },
  "isa-imports-nothing": { "packages/hal-sim/src/isa/machine.ts": 'import "../machine.js";' },
  "abi-imports-nothing": { "packages/libsel4/src/abi/isa.ts": 'import "@tessera/hal-sim/isa";' },
  "core-no-node-builtins": { "packages/kernel/src/debug/dump.ts": 'import "node:fs";' },
  "core-no-run-time-dependencies": { "packages/ut-alloc/src/streams.ts": 'import "rxjs";' },
  "hal-sim-depends-on-rxjs-alone": { "packages/hal-sim/src/other.ts": 'import "inversify";' },
  "personality-depends-on-inversify-alone": { "packages/personality/src/streams.ts": 'import "rxjs";' },
  "personality-alone-knows-inversify": { "apps/demo/src/container.ts": 'import "inversify";' },
  "nothing-imports-testing": { "apps/demo/src/world.ts": 'import "@tessera/testing";' },
  "kernel-folder-has-an-order": { "packages/kernel/src/misc/x.ts": 'import "../config.js";' },
  ...Object.fromEntries(KERNEL_PLACES.map((place) => [`kernel-order-${place}`, plantedInKernel(place)])),
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

function writeTree(folder: string, files: Files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
}

/** A copy of the workspace's skeleton: manifests, links between the packages, two packages of a registry. */
function skeleton(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "import-rules-")));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@tessera"), { recursive: true });
  for (const name of readdirSync(join(root, "packages"))) {
    cpSync(join(root, "packages", name, "package.json"), join(folder, "packages", name, "package.json"));
    symlinkSync(join(folder, "packages", name), join(modules, "@tessera", name), "junction");
  }
  for (const name of ["rxjs", "inversify"]) {
    writeTree(modules, {
      [`${name}/package.json`]: `{ "name": "${name}", "main": "index.js" }`,
      [`${name}/index.js`]: "",
    });
  }
  writeTree(folder, { "package.json": '{ "type": "module" }', "tsconfig.json": "{}" });
  return folder;
}

function cruise(folder: string): Violation[] {
  const cli = join(root, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
  const args = [cli, "--config", config, "--output-type", "json", "packages", "apps"];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 });
  if (stdout === "") throw new Error(stderr);
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

describe("import rules", () => {
  const folders: string[] = [];
  let violations: Violation[] = [];

  beforeAll(() => {
    const folder = skeleton();
    folders.push(folder);
    writeTree(folder, CLEAN);
    for (const files of Object.values(PLANTED)) writeTree(folder, files);
    violations = cruise(folder);
  }, 60_000);

  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  test.each(rules)("a planted violation of $name is found", ({ name }) => {
    const planted = Object.keys(PLANTED[name] ?? {});
    expect(planted, "every rule has a planted violation").not.toHaveLength(0);
    const found = violations.filter(({ rule }) => rule.name === name).map(({ from }) => from);
    expect(planted.filter((file) => found.includes(file))).not.toHaveLength(0);
  });

  test("a tree that keeps the rules is found clean", () => {
    const folder = skeleton();
    folders.push(folder);
    writeTree(folder, CLEAN);
    expect(cruise(folder).map(({ from, rule }) => `${rule.name}: ${from}`)).toEqual([]);
  }, 60_000);
});
