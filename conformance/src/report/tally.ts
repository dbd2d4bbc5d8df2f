/** Verdicts counted by suite, and the table of them. */
import type { Verdict } from "../compare/verdict.js";
import { printable } from "./printable.js";

interface Count {
  matched: number;
  recorded: number;
}

export class Tally {
  readonly #suites = new Map<string, Count>();
  readonly mismatches: Verdict[] = [];

  add(verdict: Verdict): void {
    const count = this.#suites.get(verdict.suite) ?? { matched: 0, recorded: 0 };
    this.#suites.set(verdict.suite, count);
    count.recorded++;
    if (verdict.matched) count.matched++;
    else this.mismatches.push(verdict);
  }

  get recorded(): number {
    return sum(this.#suites, "recorded");
  }

  get matched(): number {
    return sum(this.#suites, "matched");
  }

  /** One line a suite, in alphabetical order, under a heading. */
  table(): string[] {
    const rows = [...this.#suites].sort(([a], [b]) => (a < b ? -1 : 1));
    const names = rows.map(([suite]) => printable(suite));
    const width = Math.max("suite".length, ...names.map((name) => name.length));
    const line = (suite: string, matched: string, recorded: string, mark: string) =>
      `${suite.padEnd(width)}  ${matched.padStart(7)}  ${recorded.padStart(8)}${mark}`;
    return [
      line("suite", "matched", "recorded", ""),
      ...rows.map(([, { matched, recorded }], n) =>
        line(names[n] ?? "", String(matched), String(recorded), matched === recorded ? "" : "  <"),
      ),
    ];
  }
}

function sum(suites: ReadonlyMap<string, Count>, field: keyof Count): number {
  let total = 0;
  for (const count of suites.values()) total += count[field];
  return total;
}
