/** Runs a case in a process of its own. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Case, CaseResult } from "./cases/case.js";
import type { Settings } from "./measure/rounds.js";

/** What a case came to; an error says why there are no figures. */
export type Outcome =
  | { readonly name: string; readonly group: string; readonly result: CaseResult }
  | { readonly name: string; readonly group: string; readonly error: string };

const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));
const MAX_OUTPUT = 2 ** 26;

export function runCase({ name, group, flags = [] }: Case, settings: Settings): Outcome {
  const args = ["--enable-source-maps", ...flags, CHILD, name, JSON.stringify(settings)];
  const child = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: MAX_OUTPUT });
  if (child.status === 0) return { name, group, result: JSON.parse(child.stdout) as CaseResult };
  const why = child.error?.message ?? child.stderr.trim();
  return { name, group, error: why === "" ? `the process ended with ${child.signal ?? child.status}` : why };
}
