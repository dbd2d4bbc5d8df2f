/** The transcript of the lecture's exchange: what an engine wrote is what `apps/lecture/expect.txt` says, or why not. */

/** The hash of the trace, which a transcript ends in. @throws Error when there is none */
export function hashOf(transcript) {
  const [, hash] = /\bhash ([0-9a-f]+)/.exec(transcript) ?? [];
  if (hash === undefined) throw new Error(`no hash in the transcript:\n${transcript.slice(-500)}`);
  return hash;
}

/** "hash ...". @throws Error with both hashes and the first line that differs */
export function sameTranscript(found, expected) {
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
