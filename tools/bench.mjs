/**
 * `node tools/bench.mjs [ARGUMENT...]`: set up if needed, build the packages as they are published and the bench upon
 * them, and run it. Its exit code is ours.
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

await import("./setup.mjs");

const tsup = join(root, "node_modules", "tsup", "dist", "cli-default.js");
const built = spawnSync(process.execPath, [tsup], { cwd: root, stdio: ["ignore", 2, 2] });
if (built.status !== 0) process.exit(built.status ?? 1);

const { buildBench } = await import("../apps/bench/build.mjs");
const main = await buildBench({ outdir: join(root, "apps", "bench", "dist"), staged: true });

const { status, signal } = spawnSync(process.execPath, ["--enable-source-maps", main, ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: "inherit",
});
if (signal !== null) process.kill(process.pid, signal);
process.exit(status ?? 1);
