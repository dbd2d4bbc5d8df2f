/**
 * What somebody may have meant: names that are a slip of the keyboard away from the one that does not exist.
 */

/** Letters that may be wrong, of names of any length. */
const SLIPS = 2;

/** The names that resemble `name`, nearest first, then in their order. */
function nearNames(name: string, names: Iterable<string>): string[] {
  const near = [...new Set(names)]
    .map((other) => ({ other, slips: slips(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ other, slips }) => slips <= SLIPS && slips < Math.max(name.length, other.length));
  return near.sort((a, b) => a.slips - b.slips).map(({ other }) => other);
}

/**
 * How a sentence goes on that has named something which does not exist: what was meant, or what there is.
 * @param what what there could be, in the plural
 */
export function meant(name: string, names: Iterable<string>, what: string): string {
  const all = [...new Set(names)];
  const near = nearNames(name, all);
  if (near.length > 0) return `did you mean ${orList(near.map((other) => `"${other}"`))}?`;
  return all.length === 0 ? `there are no ${what} at all` : `there is ${all.sort().join(", ")}`;
}

/** `a, b or c`. */
export function orList(items: readonly string[]): string {
  return joined(items, "or");
}

/** `a, b and c`. */
export function andList(items: readonly string[]): string {
  return joined(items, "and");
}

function joined(items: readonly string[], word: string): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} ${word} ${last}`;
}

/** Insertions, deletions, substitutions and swaps of neighbours that make one of the other (optimal string alignment). */
function slips(a: string, b: string): number {
  const rows: number[][] = [];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = [];
    rows.push(row);
    for (let j = 0; j <= b.length; j++) {
      if (i === 0 || j === 0) {
        row.push(i + j);
        continue;
      }
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, at(i - 2, j - 2) + 1);
      row.push(least);
    }
  }
  return at(a.length, b.length);
}
