/**
 * `node tools/run.mjs FOLDER [ARGUMENT...]`: set up if needed, bundle the `main` of FOLDER's package.json and run it.
 *
 * The bundle takes the workspace's packages from source, so there is nothing to build first. The program runs where
 * the user typed the command, with source maps, so that its messages name files and lines of the sources; its exit
 * code is ours.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder, ...args] = process.argv.slice(2);
/** The manifest of an app; a folder without one, or without a main, is no app. */
function manifestOf(app) {
  try {
    const manifest = JSON.parse(readFileSync(join(root, app, "package.json"), "utf8"));
    if (typeof manifest.main === "string") return manifest;
    console.error(`${app}/package.json names no main: it is no app.`);
  } catch (error) {
    console.error(`${app} is no app: its package.json cannot be read (${error.message}).`);
  }
  process.exit(1);
}

if (folder === undefined) {
  console.error("usage: node tools/run.mjs FOLDER [ARGUMENT...]");
  process.exit(1);
}

await import("./setup.mjs");
const { build } = await import("esbuild");
const { constBindings } = await import("./const-bindings.mjs");
const { NODE_BUNDLE } = await import("./node-bundle.mjs");

const { main } = manifestOf(folder);
const bundle = join(root, folder, "dist", "main.js");
const { outputFiles } = await build({
  ...NODE_BUNDLE,
  entryPoints: [join(root, folder, main)],
  outfile: bundle,
  write: false,
  sourcemap: "inline",
}).catch(() => process.exit(1)); // esbuild has said why

// Renamed into place, so that a program that starts meanwhile reads the old bundle or the new one.
mkdirSync(dirname(bundle), { recursive: true });
const written = `${bundle}.${process.pid}`;
writeFileSync(written, constBindings(outputFiles[0].text));
renameSync(written, bundle);

// V8 puts callees into their caller up to a limit of bytecode, 920; a trap goes through more of them than fit. What an
// app does is the same, in fewer instructions (docs/manual/performance.md).
const flags = ["--enable-source-maps", "--max-inlined-bytecode-size-cumulative=4000"];
const child = spawn(process.execPath, [...flags, bundle, ...args], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  stdio: "inherit",
});
// Who ends us means the app.
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
child.on("exit", (status, signal) => {
  // Who is killed cannot give a terminal back that the app has taken; Node does when it exits by itself.
  if (signal === "SIGKILL") process.exit(137);
  for (const forwarded of FORWARDED) process.removeAllListeners(forwarded);
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(status ?? 1);
});
