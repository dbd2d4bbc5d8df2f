/**
 * A solution on trial: its checks in a process of their own. Whoever holds that process, or ends it, fails the check that
 * is under way, and the others go on in another one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild } from "@tessera/mutants/child";
import type { Edit } from "@tessera/mutants/edit";
import type { Message, Order } from "../child/protocol.js";
import type { Verdict } from "../exam/judge.js";
import { bundleSolution, NotLoaded } from "./bundle.js";

/** What is graded. */
export interface Trial {
  /** The root folder of the repository. */
  readonly repository: string;
  /** Of the solution. */
  readonly folder: string;
  /** A bug that is planted into our own sources on the way into the bundle; null: none. */
  readonly edit: Edit | null;
  /** Ids of checks. */
  readonly ids: readonly string[];
  readonly seed: number;
  /** Milliseconds without a sign of life after which somebody is said to hold the process. */
  readonly silence: number;
  /** Told each verdict as it comes. */
  readonly told: (verdict: Verdict) => void;
  /** Told which check is under way. */
  readonly begins: (id: string) => void;
  /** Told what the solution prints on its own, line by line. */
  readonly printed: (line: string) => void;
}

/** A callee may be put into its caller up to here: as for every app (tools/run.mjs). */
const NODE_FLAGS = ["--enable-source-maps", "--max-inlined-bytecode-size-cumulative=4000"];
const MARK = "@@grade ";
/** Of what a process said before it died. */
const TAIL = 1500;

/**
 * Carry out the checks.
 * @throws NotLoaded when there is no solution, or it cannot be loaded; Stale when the edit does not fit
 */
export async function hold(trial: Trial): Promise<void> {
  const workshop = mkdtempSync(join(tmpdir(), "grade-"));
  try {
    const bundle = join(workshop, "grade.mjs");
    await bundleSolution(trial.repository, trial.folder, trial.edit, bundle);
    let left = trial.ids;
    while (left.length > 0) left = await session(trial, bundle, left);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** One process. @returns the checks that it did not come to */
async function session(trial: Trial, bundle: string, ids: readonly string[]): Promise<readonly string[]> {
  const order: Order = { ids, seed: trial.seed, mark: MARK };
  let isLoaded = false;
  let running: string | null = null;
  let done = 0;
  const heard = (message: Message) => {
    if (message.say === "loaded") isLoaded = true;
    if (message.say === "refused") throw new NotLoaded(message.why);
    if (message.say === "begins") {
      running = message.id;
      trial.begins(message.id);
    }
    if (message.say !== "verdict") return;
    running = null;
    done += 1;
    trial.told(message.verdict);
  };
  const messages: Message[] = [];
  let rest = "";
  const { output, hangs } = await runChild(
    [...NODE_FLAGS, bundle, JSON.stringify(order)],
    process.cwd(),
    trial.silence,
    (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!line.startsWith(MARK)) {
          trial.printed(line);
          continue;
        }
        const message = JSON.parse(line.slice(MARK.length)) as Message;
        if (message.say === "refused") messages.push(message);
        else heard(message);
      }
    },
  );
  for (const message of messages) heard(message);
  if (done === ids.length) return [];
  if (!isLoaded) throw new NotLoaded(hangs ? "loading it does not come to an end" : output.slice(-TAIL).trim());
  const id = running ?? ids[done];
  if (id === undefined) return [];
  trial.told(lost(id, hangs, output));
  return ids.slice(ids.indexOf(id) + 1);
}

/** The verdict where nobody was left to give one. */
function lost(id: string, hangs: boolean, output: string): Verdict {
  const said = output
    .split("\n")
    .filter((line) => !line.startsWith(MARK))
    .join("\n");
  const why = hangs
    ? "a program or a server runs without end and never yields: it holds the whole process"
    : "the process has died";
  const tail = said.slice(-TAIL).trim();
  return { id, passed: false, why, explained: tail === "" ? [] : [tail], output: "", ms: 0, events: 0 };
}
