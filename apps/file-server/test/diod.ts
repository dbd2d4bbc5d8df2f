/**
 * Clients of others that speak 9P2000.L (diod's tools). Where they are not installed, `itWithDiod` skips the test and says
 * so aloud: it was not run, which is not the same as passed.
 */
import { execFile, spawnSync } from "node:child_process";
import { it } from "vitest";

const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
const TOOLS = ["diodls", "diodcat"] as const;
const PATIENCE_MS = 60_000;

/** A tool of diod's. */
export type Tool = (typeof TOOLS)[number];

const missing = TOOLS.filter(
  (tool) => spawnSync(tool, ["--help"], { env: { ...process.env, PATH } }).error !== undefined,
);
if (missing.length > 0) {
  process.stderr.write(`NOT RUN: what clients of diod's are served, for there is no ${missing.join(", ")} here.\n`);
}

/** A test that needs them. */
export const itWithDiod = it.skipIf(missing.length > 0);

/** What a tool has written, each of both, and how it ended. */
export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Run one against a server, with what it attaches. */
export function diod(tool: Tool, server: string, aname: string, ...args: string[]): Promise<Said> {
  const all = ["-s", server, "-a", aname, ...args];
  return new Promise((resolve) => {
    const options = { env: { ...process.env, PATH }, timeout: PATIENCE_MS, encoding: "utf8" } as const;
    execFile(tool, all, options, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
  });
}
