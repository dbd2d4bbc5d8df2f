/**
 * The packages as they would be published: built by tsup and tsc, packed by pnpm, looked at by publint and attw.
 *
 * Only pnpm applies publishConfig, so the tarballs are pnpm's. `attw --profile esm-only`: there is no CommonJS form.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";

/** Builds every package of the workspace and packs it into `folder`. Returns the tarballs' names. */
export async function pack(root, folder) {
  await run("npm", ["run", "-s", "build"], { cwd: root });
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const args = ["--recursive", "--filter", "./packages/*", "pack", "--pack-destination", folder];
  await run("npx", ["--yes", packageManager, ...args], { cwd: root });
  return readdirSync(folder)
    .filter((name) => name.endsWith(".tgz"))
    .sort();
}

/** The same by `npm run tarballs`, which is what users are told to do. Returns the tarballs' paths. */
export async function packByScript(root, folder) {
  const names = await run("npm", ["run", "-s", "tarballs", "--", folder], { cwd: root });
  return names
    .trim()
    .split("\n")
    .map((name) => join(folder, name));
}

/** @throws Error with what publint or attw has against it */
export async function inspect(root, tarball) {
  const bin = join(root, "node_modules", ".bin");
  await run(join(bin, "publint"), ["run", "--strict", tarball]);
  await run(join(bin, "attw"), ["--profile", "esm-only", tarball]);
}
