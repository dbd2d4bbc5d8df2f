/**
 * Recorded output against ours. Both are written as lines, one a fact, and match when all lines are equal: the log in
 * its order, the counts, every slot at the end. Nothing is tolerated but what the mask leaves open.
 */
import { spellResult } from "../recording/parse.js";
import type { Output, Scenario } from "../recording/scenario.js";
import { mask } from "./mask.js";

export interface Comparison {
  readonly matched: boolean;
  readonly recorded: readonly string[];
  readonly ours: readonly string[];
}

export function compare(scenario: Scenario, recorded: Output, ours: Output): Comparison {
  const recordedLines = factLines(scenario, recorded);
  const ourLines = factLines(scenario, masked(scenario, recorded, ours));
  const matched = recordedLines.length === ourLines.length && recordedLines.every((line, n) => line === ourLines[n]);
  return { matched, recorded: recordedLines, ours: ourLines };
}

/** Ours, with words left open where the recording of the same op leaves them open. */
function masked(scenario: Scenario, recorded: Output, ours: Output): Output {
  const log = ours.log.map((entry) => {
    const op = scenario.ops[entry.thread]?.[entry.op];
    const counterpart = recorded.log.find(({ thread, op: index }) => thread === entry.thread && index === entry.op);
    return op === undefined ? entry : { ...entry, result: mask(op, entry.result, counterpart?.result) };
  });
  return { ...ours, log };
}

function factLines(scenario: Scenario, { log, started, done, final }: Output): string[] {
  const slots = Object.entries(final).sort(([a], [b]) => Number(a) - Number(b));
  return [
    ...log.map(({ thread, op, result }) => {
      const name = scenario.ops[thread]?.[op]?.name ?? "?";
      return `T${thread} ${op} ${name} ${JSON.stringify(spellResult(result))}`;
    }),
    `started ${started.join(" ")}`,
    `done ${done.join(" ")}`,
    ...slots.map(([slot, type]) => `slot ${slot} ${type}`),
  ];
}
