/**
 * Work: something that is done again and again, and proves that it was done.
 *
 * Whoever does it keeps a tally: how often, and a sum that each time changes in a way that depends on what came back.
 * `expected` computes the same sum without doing the work. A figure whose sums differ is no figure.
 */

/** A reply of up to four words, folded into one. */
export interface Tally {
  done: number;
  sum: number;
}

export interface Work {
  readonly tally: Tally;
  /** Do it `times` times, or nearly: the tally counts. */
  run(times: number): void | Promise<void>;
  /** The sum after `done` times. */
  expected(done: number): number;
  /** Further proofs at the end: sentences about what is wrong. */
  faults?(): readonly string[];
}

class WrongChecksum extends Error {}

/** @throws WrongChecksum when what was done is not what should have been done */
export function verify(name: string, work: Work): void {
  const { done, sum } = work.tally;
  const expected = work.expected(done);
  const wrong = [...(work.faults?.() ?? [])];
  if (done === 0) wrong.unshift("nothing was done");
  if (sum !== expected) wrong.unshift(`the sum after ${done} times is ${hex(sum)}, it should be ${hex(expected)}`);
  if (wrong.length > 0) throw new WrongChecksum(`${name}: ${wrong.join("; ")}`);
}

/** The proof that goes with a figure: how often, and the sum. */
export function checksum({ done, sum }: Tally): string {
  return `${done}:${hex(sum)}`;
}

function hex(sum: number): string {
  return (sum >>> 0).toString(16);
}

/** One more reply: the next sum. */
export function fold(sum: number, reply: number): number {
  return (Math.imul(sum, 31) + reply) | 0;
}

/** The sum after `done` times when time number i (from 0) brings `reply(i)`. */
export function foldAll(done: number, reply: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < done; i++) sum = fold(sum, reply(i));
  return sum;
}

/** Requests are small whole numbers, so that they cost nobody an allocation: their number modulo this. */
export const REQUESTS = 2 ** 20;
