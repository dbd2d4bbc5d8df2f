/** What an engine wrote of the lecture's exchange, its hash and its trace, is what was expected; or why not. */

/** The hash that a text tells. @throws Error when there is none */
export function hashOf(text) {
  const [, hash] = /\bhash ([0-9a-f]{8})\b/.exec(text) ?? [];
  if (hash === undefined) throw new Error(`there is no hash in this:\n${text.slice(0, 500)}`);
  return hash;
}

/** "hash ...". @throws Error with both hashes and the first line that differs */
export function sameExchange(found, expected) {
  const hash = hashOf(found);
  const lines = found.trimEnd().split("\n");
  const wanted = expected.trimEnd().split("\n");
  const at = wanted.findIndex((line, index) => line !== lines[index]);
  if (at === -1 && lines.length === wanted.length) return `hash ${hash}`;
  const line = at === -1 ? wanted.length : at;
  throw new Error(
    `hash ${hash}, expected ${hashOf(expected)}; line ${line + 1} is\n  ${lines[line]}\nexpected\n  ${wanted[line]}`,
  );
}
