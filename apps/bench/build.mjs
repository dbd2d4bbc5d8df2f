/**
 * Builds the bench: its entries as bundles, and beside them the workspace's packages as they would be published.
 *
 * `staged`: the packages are taken from their `dist` folders, which `npm run build` fills, and copied to
 * `node_modules` below the bundles with the manifest's `publishConfig` applied, so that Node resolves what a stranger
 * would install. Otherwise they are bundled from source, for the tests.
 */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { constBindings } from "../../tools/const-bindings.mjs";
import { NODE_BUNDLE } from "../../tools/node-bundle.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "..", "..", "packages");

/** Every file that runs as a process or a thread of its own. */
const ENTRIES = ["main", "child", "worker", "first-ipc", "empty"];

const COMMON = { ...NODE_BUNDLE, sourcemap: true };

/** What the packages that are measured need. */
const MEASURED = ["hal-sim", "libsel4", "kernel", "cspace-lib", "ut-alloc", "servers", "personality"];

/** Builds into `outdir`, a folder inside this one, and returns the path of the program. */
export async function buildBench({ outdir, staged }) {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  if (staged) stage(join(outdir, "node_modules"));
  const source = (name) => join(here, "src", `${name}.ts`);
  await build({
    ...COMMON,
    entryPoints: ENTRIES.map(source),
    outdir,
    splitting: true,
    external: [...NODE_BUNDLE.external, ...(staged ? ["@tessera/*"] : []), "comlink", "comlink/*", "capnweb", "memfs"],
  });
  // The same program again as one file, which is what an app ships.
  const outfile = join(outdir, "first-ipc-bundle.js");
  await build({ ...COMMON, entryPoints: [source("first-ipc")], outfile });
  writeFileSync(outfile, constBindings(readFileSync(outfile, "utf8")));
  return join(outdir, "main.js");
}

function stage(modules) {
  for (const name of MEASURED) {
    const from = join(packages, name);
    const to = join(modules, "@tessera", name);
    const { publishConfig, ...manifest } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
    cpSync(join(from, "dist"), join(to, "dist"), { recursive: true });
    writeFileSync(join(to, "package.json"), JSON.stringify({ ...manifest, exports: publishConfig.exports }, null, 2));
    linkDependencies(from, manifest.dependencies ?? {}, modules);
  }
}

/** What comes from a registry is found beside the copies, too. */
function linkDependencies(from, dependencies, modules) {
  const present = new Set(readdirSync(modules));
  for (const name of Object.keys(dependencies)) {
    if (name.startsWith("@tessera/") || present.has(name)) continue;
    symlinkSync(realpathSync(join(from, "node_modules", name)), join(modules, name), "junction");
  }
}
