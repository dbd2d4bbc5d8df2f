/** Which of the known names somebody may have meant. */

/** Letters that may be wrong. */
const SLIPS = 2;

/** How a sentence goes on that has named something that does not exist: `; did you mean a or b?`, or nothing. */
export function meant(typed: string, names: readonly string[]): string {
  const near = names
    .map((name) => ({ name, slips: slips(typed, name) }))
    .filter(({ name, slips }) => slips <= Math.min(SLIPS, Math.floor(name.length / 2)) || begins(typed, name))
    .sort((one, other) => one.slips - other.slips)
    .slice(0, 3);
  return near.length === 0 ? "" : `; did you mean ${near.map(({ name }) => name).join(" or ")}?`;
}

function begins(typed: string, name: string): boolean {
  return typed.length > 2 && name.startsWith(typed);
}

/** How many letters have to be put in, left out, replaced or swapped with their neighbours to make one of the other. */
function slips(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const same = one[i] === other[j];
      let least = Math.min((next[j] as number) + 1, (row[j + 1] as number) + 1, (row[j] as number) + (same ? 0 : 1));
      const isSwap = i > 0 && j > 0 && one[i] === other[j - 1] && one[i - 1] === other[j];
      if (isSwap) least = Math.min(least, (before[j - 1] as number) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[other.length] as number;
}
