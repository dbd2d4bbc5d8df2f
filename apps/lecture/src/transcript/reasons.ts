/**
 * The kernel's explanations beside the entries in which things failed. They are no part of the trace: an explanation
 * knows its thread and tick, and belongs to that thread's entry at that time.
 */
import type { Explanation } from "@tessera/kernel";
import type { Entry } from "./entries.js";
import type { Reason } from "./facts.js";
import { shortened } from "./failure.js";

export class Reasons {
  /** Explanations that no entry has had yet, by thread, oldest first. */
  readonly #left = new Map<number, Explanation[]>();

  constructor(explanations: readonly Explanation[]) {
    for (const explanation of explanations) {
      const list = this.#left.get(explanation.threadId) ?? [];
      list.push(explanation);
      this.#left.set(explanation.threadId, list);
    }
  }

  /** Why something failed in this entry, or null. Entries are asked for in order of time. */
  of({ thread, events }: Entry): Reason | null {
    const list = this.#left.get(thread);
    const first = events[0]?.tick ?? 0;
    const last = events.at(-1)?.tick ?? 0;
    while (list?.[0] !== undefined && list[0].tick < first) list.shift();
    if (list?.[0] === undefined || list[0].tick > last) return null;
    const { call, outcome, place, path, why, history } = list.shift()!;
    return { call, outcome, place: shortened(place), path: [...path], why: shortened(firstLine(why)), history };
  }
}

/** Of what a program threw, the stack is left out. */
function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
