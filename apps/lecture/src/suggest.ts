/** Which of the known names somebody may have meant. */

/** Names this many letters away, or fewer, are alike; short ones must be closer. */
const FAR = 3;

/** At most three of `names` that `typed` begins, ends in, contains or is a misspelling of; the nearest first. */
export function suggest(typed: string, names: readonly string[]): readonly string[] {
  const text = typed.toLowerCase();
  const near = names
    .map((name) => ({ name, distance: distance(text, name) }))
    .filter(({ name, distance: far }) => isPart(text, name) || far <= Math.min(FAR, Math.floor(name.length / 2)))
    .sort((one, other) => one.distance - other.distance);
  return near.slice(0, 3).map(({ name }) => name);
}

function isPart(text: string, name: string): boolean {
  return text.length > 1 && (name.includes(text) || text.includes(name));
}

/** How many letters have to be put in, left out or replaced to make one of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, wanted] of [...other].entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === wanted ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length]!;
}
