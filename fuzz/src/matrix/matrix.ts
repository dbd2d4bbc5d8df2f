/** Calls by how they ended, counted: the matrix of a run, and its comparison with what the recordings have. */
import type { ObservedResult, Op, Result } from "@tessera/conformance/recording";
import { callOf, isSuccess, outcomeOf } from "./outcome.js";

/** Call -> outcome -> how often. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export class Matrix {
  calls = 0;
  successes = 0;
  readonly #counts = new Map<string, Map<string, number>>();

  add(op: Op, result: Result | ObservedResult | null): void {
    const outcome = outcomeOf(op, result);
    const row = this.#counts.get(callOf(op)) ?? new Map<string, number>();
    this.#counts.set(callOf(op), row.set(outcome, (row.get(outcome) ?? 0) + 1));
    this.calls++;
    if (isSuccess(op, outcome)) this.successes++;
  }

  has(call: string, outcome: string): boolean {
    return this.#counts.get(call)?.has(outcome) ?? false;
  }

  get pairs(): number {
    let pairs = 0;
    for (const row of this.#counts.values()) pairs += row.size;
    return pairs;
  }

  /** Calls and outcomes by name. */
  counts(): Counts {
    return Object.fromEntries(sorted(this.#counts).map(([call, row]) => [call, Object.fromEntries(sorted(row))]));
  }

  /** The pairs of `others` that are not here. */
  missing(others: Counts): string[] {
    return Object.entries(others).flatMap(([call, row]) =>
      Object.keys(row).flatMap((outcome) => (this.has(call, outcome) ? [] : [`${call}: ${outcome}`])),
    );
  }

  /** One line a call: its outcomes, the most frequent first. */
  table(): string[] {
    const width = Math.max(0, ...[...this.#counts.keys()].map((call) => call.length));
    return sorted(this.#counts).map(([call, row]) => {
      const outcomes = [...row].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`);
      return `${call.padEnd(width)}  ${outcomes.join(", ")}`;
    });
  }
}

export function pairCount(counts: Counts): number {
  return Object.values(counts).reduce((sum, row) => sum + Object.keys(row).length, 0);
}

function sorted<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
