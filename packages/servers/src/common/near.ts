/** Which of the names that there are somebody may have meant by one that there is not. */

/** Letters that may be wrong; in short names fewer. */
const SLIPS = 2;
/** Letters from which on a name is known by a part of it. */
const PART = 3;
/** Names that a sentence asks about. */
const ASKED = 3;

/**
 * The names that `typed` is a misspelling or a part of, or that are a part of it; large and small letters are the same.
 * @returns the nearest first, then in their order; each once
 */
export function nearNames(typed: string, names: Iterable<string>): string[] {
  const text = typed.toLowerCase();
  return [...new Set(names)]
    .map((name) => ({ name, slips: slips(text, name.toLowerCase()) }))
    .filter(({ name, slips }) => {
      const longer = Math.max(text.length, name.length);
      return slips <= Math.min(SLIPS, Math.floor(longer / 2)) || isPart(text, name.toLowerCase());
    })
    .sort((one, other) => one.slips - other.slips)
    .map(({ name }) => name);
}

/** The sentence that asks who has named what there is not: "did you mean ls or cat?"; "": nothing is near. */
export function didYouMean(typed: string, names: Iterable<string>): string {
  const near = nearNames(typed, names).slice(0, ASKED);
  return near.length === 0 ? "" : `did you mean ${near.join(" or ")}?`;
}

function isPart(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= PART && (one.includes(other) || other.includes(one));
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
