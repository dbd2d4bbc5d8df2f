/** One line of a recording, replayed and judged. Every line has a verdict, also one that cannot be understood. */
import { Malformed } from "../recording/json.js";
import { claimOf, parseRecording } from "../recording/parse.js";
import type { Recording } from "../recording/scenario.js";
import { type ReplayOptions, replay } from "../replay/replay.js";
import { type Comparison, compare } from "./compare.js";

/** The suite of lines that name none. */
const NO_SUITE = "(none)";

export interface Verdict {
  readonly suite: string;
  readonly id: string;
  readonly matched: boolean;
  /** Why it is a mismatch. */
  readonly reason?: string;
  readonly comparison?: Comparison;
}

/** `place` names the line when it has no id. */
export function judgeLine(line: string, place: string, options?: ReplayOptions): Verdict {
  let recording: Recording;
  try {
    recording = parseRecording(line);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const suite = claimOf(line, "suite") ?? NO_SUITE;
    return { suite, id: claimOf(line, "id") ?? place, matched: false, reason: `malformed: ${error.message}` };
  }
  return judge(recording, options);
}

export function judge({ scenario, output }: Recording, options?: ReplayOptions): Verdict {
  const { id, suite } = scenario;
  const outcome = replay(scenario, options);
  const comparison = compare(scenario, output, outcome.output);
  if (outcome.failure !== undefined) return { id, suite, matched: false, reason: outcome.failure, comparison };
  if (comparison.matched) return { id, suite, matched: true, comparison };
  return { id, suite, matched: false, reason: firstDifference(comparison), comparison };
}

function firstDifference({ recorded, ours }: Comparison): string {
  const n = recorded.findIndex((line, index) => line !== ours[index]);
  const at = n < 0 ? recorded.length : n;
  return `recorded ${recorded[at] ?? "nothing more"}; ours ${ours[at] ?? "nothing more"}`;
}
