/**
 * What the recordings have: their matrix, and scenarios that together have every pair of it. These are the fuzzer's
 * seeds. Both are written to files by `npm run fuzz -- --read-recordings` and compared with the recordings by a test.
 */
import { linesOf, parseRecording, type Recording, readText, recordingFiles } from "@tessera/conformance/recording";
import { programLine } from "../program/program.js";
import { NO_SURROUNDINGS } from "../program/surroundings.js";
import { type Counts, Matrix } from "./matrix.js";
import { callOf, outcomeOf } from "./outcome.js";

export interface Recorded {
  readonly counts: Counts;
  /** The inputs of the chosen scenarios, one a line. */
  readonly seeds: readonly string[];
}

/** Reads every recording in `folder`. */
export function readRecordings(folder: string): Recorded {
  const matrix = new Matrix();
  const scenarios: { recording: Recording; pairs: Set<string> }[] = [];
  for (const file of recordingFiles(folder)) {
    for (const line of linesOf(readText(file))) {
      const recording = parseRecording(line);
      const pairs = new Set<string>();
      forEachOp(recording, (op, result) => {
        matrix.add(op, result);
        pairs.add(`${callOf(op)}: ${outcomeOf(op, result)}`);
      });
      scenarios.push({ recording, pairs });
    }
  }
  return { counts: matrix.counts(), seeds: cover(scenarios).map(seedLine) };
}

type Op = Recording["scenario"]["ops"][number][number];
type Result = Recording["output"]["log"][number]["result"];

function forEachOp({ scenario, output }: Recording, visit: (op: Op, result: Result | null) => void): void {
  const results = new Map(output.log.map(({ thread, op, result }) => [`${thread} ${op}`, result]));
  scenario.ops.forEach((ops, thread) => {
    for (const [index, op] of ops.slice(0, output.started[thread] ?? 0).entries()) {
      visit(op, results.get(`${thread} ${index}`) ?? null);
    }
  });
}

/** Greedily: always the scenario that adds most pairs, the first of equals. */
function cover(scenarios: readonly { recording: Recording; pairs: Set<string> }[]): Recording[] {
  const chosen: Recording[] = [];
  let left = scenarios.map(({ recording, pairs }) => ({ recording, pairs: new Set(pairs) }));
  while (left.length > 0) {
    const best = left.reduce((a, b) => (b.pairs.size > a.pairs.size ? b : a));
    chosen.push(best.recording);
    const covered = [...best.pairs];
    for (const { pairs } of left) for (const pair of covered) pairs.delete(pair);
    left = left.filter(({ pairs }) => pairs.size > 0);
  }
  return chosen;
}

function seedLine({ scenario }: Recording): string {
  const starts = scenario.ops.map((ops) => ops.length > 0);
  const costs = { kernelEntry: 200, kernelWorkUnit: 50 };
  return programLine({ scenario, starts, costs, surroundings: NO_SURROUNDINGS });
}
