/** What repetitions come to. Medians, because what disturbs a round only ever makes it longer. */

export interface Summary {
  readonly median: number;
  readonly least: number;
  /** Half of all repetitions lie within this much, as a share of the median. */
  readonly spread: number;
}

export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = at(sorted, 0.5);
  const width = at(sorted, 0.75) - at(sorted, 0.25);
  return { median: middle, least: sorted[0] ?? 0, spread: middle === 0 ? 0 : width / middle };
}

/** The value below which `share` of the sorted values lie, between two of them in proportion. */
function at(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? 0;
  return low + (high - low) * (place - Math.floor(place));
}
