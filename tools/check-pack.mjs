/**
 * Packs every package as pnpm would publish it (after `npm run build`), lets publint and attw look at the tarballs,
 * installs them in a folder outside the workspace and imports every export there.
 *
 * Only pnpm applies publishConfig, so the tarballs are pnpm's. `attw --profile esm-only`: there is no CommonJS form.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const tarballs = mkdtempSync(join(tmpdir(), "pack-"));

/** Runs a command quietly; what it printed is shown when it fails. */
function run(command, args, cwd = root) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return true;
  console.error(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
  return false;
}

function check(tarball) {
  const bin = join(root, "node_modules", ".bin");
  const publint = run(join(bin, "publint"), ["run", "--strict", tarball]);
  const attw = run(join(bin, "attw"), ["--profile", "esm-only", tarball]);
  console.log(`${publint && attw ? "ok  " : "FAIL"} ${tarball.slice(tarballs.length + 1)}`);
  return publint && attw;
}

/** Every specifier that the packages offer: `@tessera/hal-sim`, `@tessera/hal-sim/isa`, ... */
function specifiers() {
  return readdirSync(join(root, "packages")).flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8"));
    return Object.keys(exports).map((path) => name + path.slice(1));
  });
}

/** Installs the tarballs where no workspace is, and imports what they export. */
function useOutside(names) {
  const folder = join(tarballs, "outside");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const imports = specifiers().map((specifier) => `import ${JSON.stringify(specifier)};`);
  writeFileSync(join(folder, "main.js"), imports.join("\n"));
  const archives = names.map((name) => join(tarballs, name));
  const installed = run("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, ...archives], folder);
  const ok = installed && run(process.execPath, ["main.js"], folder);
  console.log(`${ok ? "ok  " : "FAIL"} installed and imported outside the workspace`);
  return ok;
}

function checkAll() {
  const pack = ["--recursive", "--filter", "./packages/*", "pack", "--pack-destination", tarballs];
  if (!run("npx", ["--yes", packageManager, ...pack])) return false;
  const names = readdirSync(tarballs).sort();
  return [...names.map((name) => check(join(tarballs, name))), useOutside(names)].every(Boolean);
}

try {
  process.exitCode = checkAll() ? 0 : 1;
} finally {
  rmSync(tarballs, { recursive: true, force: true });
}
