/**
 * A solution on trial: its checks in a process of their own. Whoever holds that process, or ends it, fails the check that
 * is under way, and the others go on in another one.
 */
import { join } from "node:path";
import type { Edit } from "@tessera/mutants/edit";
import type { Message, Order } from "../child/protocol.js";
import type { Verdict } from "../exam/judge.js";
import { bundleSolution, NotLoaded } from "./bundle.js";
import { type Ended, runChild } from "./child.js";
import { inWorkshop } from "./workshop.js";

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

/**
 * Carry out the checks: each is told of once, in their order.
 * @throws NotLoaded when there is no solution, or it cannot be loaded; Stale when the edit does not fit
 */
export async function hold(trial: Trial): Promise<void> {
  await inWorkshop(async (workshop) => {
    const bundle = join(workshop, "grade.mjs");
    await bundleSolution(trial.repository, trial.folder, trial.edit, bundle);
    let left = trial.ids;
    while (left.length > 0) left = await session(trial, bundle, left);
  });
}

/** One process. @returns the checks that it did not come to */
async function session(trial: Trial, bundle: string, ids: readonly string[]): Promise<readonly string[]> {
  const order: Order = { ids, seed: trial.seed };
  const left = [...ids];
  const loading = { isDone: false, refused: "" };
  const heard = (message: Message): boolean => {
    if (message.say === "loaded") loading.isDone = true;
    if (message.say === "refused") loading.refused = message.why;
    if (message.say === "begins") trial.begins(message.id);
    if (message.say === "verdict" && message.verdict.id === left[0]) {
      left.shift();
      trial.told(message.verdict);
    }
    return loading.refused !== "" || left.length === 0;
  };
  const { silence, printed } = trial;
  const ended = await runChild([...NODE_FLAGS, bundle, JSON.stringify(order)], { silence, heard, printed });
  if (loading.refused !== "") throw new NotLoaded(loading.refused);
  const [lost, ...rest] = left;
  if (lost === undefined) return [];
  if (!loading.isDone) throw new NotLoaded(whyNotLoaded(ended));
  trial.told({
    id: lost,
    passed: false,
    booted: true,
    why: whyLost(ended),
    explained: [],
    output: "",
    ms: 0,
    events: 0,
  });
  return rest;
}

function whyNotLoaded({ cause, by, last }: Ended): string {
  if (cause === "silent") return "loading it does not come to an end";
  if (cause === "prints") return "it prints without end when it is loaded";
  return last === "" ? `the process ends with ${by} when it is loaded` : last;
}

/** Why nobody was left to give a verdict. */
function whyLost({ cause, by, last }: Ended): string {
  const said = last === "" ? "" : `; the last that it has printed:\n${last}`;
  if (cause === "silent")
    return `a program or a server runs without end and never yields: it holds the whole process${said}`;
  if (cause === "prints") return `a program or a server prints without end${said}`;
  return `the process has died, with ${by}${said}`;
}
