/**
 * A plan against the text of it that people have reviewed, in a test:
 *
 *     const file = new URL("../authority.txt", import.meta.url);
 *     matchPlan(desk.plan(), {
 *       reviewed: existsSync(file) ? readFileSync(file, "utf8") : null,
 *       env: process.env,
 *       write: (text) => writeFileSync(file, text),
 *     });
 *
 * This package touches no files and no process: the test brings both. What was reviewed is rewritten only when somebody
 * asks for it, by UPDATE_PLAN=1, on his own machine. Where CI is set nothing is written, whatever else is: a plan that
 * rewrites its own review is no review.
 */
import { type Plan, printPlan } from "@tessera/servers";
import { comparePlan } from "./compare.js";

/** What a plan is compared with. */
export interface Reviewed {
  /** The text that was reviewed; null when there is none yet. */
  readonly reviewed: string | null;
  /** The environment of the process, in which CI and UPDATE_PLAN are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Keeps a text for review. Never called where CI is set. */
  write(text: string): void;
}

/**
 * The plan is what was reviewed.
 * @throws Error with what has changed, and how to have it reviewed
 */
export function matchPlan(plan: Plan, { reviewed, env, write }: Reviewed): void {
  const text = printPlan(plan);
  const difference = reviewed === null ? "" : comparePlan(text, reviewed);
  if (difference === null) return;
  const inCI = isSet(env["CI"]);
  if (isSet(env["UPDATE_PLAN"]) && !inCI) {
    write(text);
    return;
  }
  const what =
    reviewed === null
      ? `the plan of "${plan.personality}" has never been reviewed`
      : `the plan of "${plan.personality}" is not the one that was reviewed:\n\n${difference}\n`;
  const cure = "If it is meant: run this test with UPDATE_PLAN=1, read the difference of the file, and commit it.";
  throw new Error(`${what}\n${cure}${inCI ? " Not here: where CI is set nothing is written." : ""}`);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}
