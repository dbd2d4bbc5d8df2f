/** Figures that are ratios of two others of the same run. */
import type { Figure } from "../measure/figure.js";

interface Ratio {
  readonly id: string;
  readonly title: string;
  readonly dividend: string;
  readonly divisor: string;
}

const RATIOS: readonly Ratio[] = [];

export type Grouped = Figure & { readonly group: string };

/** The ratios whose two figures are there. */
export function derived(figures: readonly Grouped[]): Grouped[] {
  const find = (id: string) => figures.find((figure) => figure.id === id);
  return RATIOS.flatMap(({ id, title, dividend, divisor }) => {
    const over = find(dividend);
    const under = find(divisor);
    if (over === undefined || under === undefined) return [];
    return [{ id, title, unit: "x" as const, value: over.value / under.value, group: "ratios" }];
  });
}
