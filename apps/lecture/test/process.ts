/** The command in a process of its own, as a user starts it. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runLecture(...args: string[]): Finished {
  const command = ["tools/run.mjs", "apps/lecture", ...args];
  return spawnSync(process.execPath, command, { cwd: REPOSITORY, encoding: "utf8", timeout: 60_000 });
}
