/** The tools of others for the same file systems (e2fsprogs). Where they are not installed, that is said aloud. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { it } from "vitest";

const TOOLS = ["mke2fs", "e2fsck", "debugfs"];
const ENV = {
  ...process.env,
  PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`,
  MKE2FS_CONFIG: "/dev/null",
  E2FSPROGS_FAKE_TIME: "1600000000",
};

/** Run one. */
export function run(tool: string, ...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(tool, args, { env: ENV, encoding: "utf8", maxBuffer: 2 ** 28 });
}

const missing = TOOLS.filter((tool) => run(tool, "-V").error !== undefined);
if (missing.length > 0) {
  process.stderr.write(`NOT RUN: what is compared with e2fsprogs, for there is no ${missing.join(", ")} here.\n`);
}

/** A test that needs them. */
export const itWithTools = it.skipIf(missing.length > 0);

/** What `e2fsck -fn` would ask; empty: nothing. Its exit code alone is 0 for some of that. */
export function complaintsOf(path: string): string {
  const { status, stdout, stderr } = run("e2fsck", "-fn", path);
  return status === 0 && !/\? no|trying backup/.test(stdout) ? "" : `exit ${status}\n${stdout}${stderr}`;
}
