/**
 * A mutant: the kernel with one edit to its sources that makes it wrong, and what must find that.
 *
 * The edit replaces a text that occurs once in the file. It is kept short, so that it outlives changes around it; one
 * that no longer fits is an error that names the mutant, never one mutant less.
 */

/** What finds a mutant, and how soon it must. */
export type Bound =
  /**
   * Of the recorded scenarios, dealt one from each file in turn, so many are enough; all invariants are checked. `suite`:
   * only scenarios of this one.
   */
  | { readonly scenarios: number; readonly suite?: string }
  /** So many operations of random programs are enough. */
  | { readonly operations: number }
  /** The test of the behaviour with this id. */
  | { readonly behaviour: string }
  /** A file below packages/kernel/test, for what no recording can have: devices, user memory, long work, time. */
  | { readonly tests: string };

/** One broken kernel. */
export interface Mutant {
  readonly name: string;
  /** What it does wrong, as a sentence. */
  readonly breaks: string;
  /** Below packages/kernel/src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly within: Bound;
}

/** The edit of a mutant does not fit the sources. The message is one sentence. */
export class Stale extends Error {
  override readonly name = "Stale";
}

/**
 * `source` with the edit of `mutant`.
 * @throws Stale when the text that is replaced is not there, or there more than once, or not changed
 */
export function edited({ name, file, find, replace }: Mutant, source: string): string {
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Stale(`${name}: its text occurs ${times} times in ${file}, and must occur once.`);
  if (find === replace) throw new Stale(`${name}: its edit changes nothing.`);
  return source.replace(find, () => replace);
}
