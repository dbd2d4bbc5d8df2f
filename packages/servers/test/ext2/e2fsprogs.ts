/**
 * The tools of others that make, check and read the same file systems (e2fsprogs), and files to hold images for them.
 * Where they are not installed, `itWithTools` skips the test and says so aloud: it was not run, which is not the same as
 * passed.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, it } from "vitest";
import type { MemorySectors } from "../../src/ext2/index.js";

const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
const TOOLS = ["mke2fs", "e2fsck", "debugfs", "dumpe2fs"] as const;

/** A tool of e2fsprogs. */
export type Tool = (typeof TOOLS)[number];

const missing = TOOLS.filter((tool) => spawnSync(tool, ["-V"], { env: { ...process.env, PATH } }).error !== undefined);
if (missing.length > 0) {
  process.stderr.write(`NOT RUN: what is compared with e2fsprogs, for there is no ${missing.join(", ")} here.\n`);
}

/** Whether they are all here. */
const hasTools = missing.length === 0;

/** A test that needs them. */
export const itWithTools = it.skipIf(!hasTools);

/** Run one, and give back what it said. Warnings of its version are no part of that. */
function run(tool: Tool, args: readonly string[], input?: string): SpawnSyncReturns<string> {
  const env = { ...process.env, PATH, MKE2FS_CONFIG: "/dev/null", E2FSPROGS_FAKE_TIME: "1600000000" };
  return spawnSync(tool, args, {
    env,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    ...(input === undefined ? {} : { input }),
  });
}

/** Run one that has to succeed, and give back its output. */
export function must(tool: Tool, args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = run(tool, args, input);
  if (status !== 0) throw new Error(`${tool} ${args.join(" ")}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** A folder for images, which is removed after the tests of the file. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tessera-ext2-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Write a disk to a file, which is sparse where nothing was written. */
export function saveImage(disk: MemorySectors, path: string): void {
  const file = openSync(path, "w");
  ftruncateSync(file, disk.sectors * 512);
  for (const { at, bytes } of disk.pieces()) writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

/** What `e2fsck -fn` has to say about an image; empty when it is clean. */
export function complaintsOf(path: string): string {
  const { status, stdout, stderr } = run("e2fsck", ["-fn", path]);
  return status === 0 ? "" : `exit ${status}\n${stdout}${stderr}`;
}
