/** A mutant: the kernel with one edit to its sources that makes it wrong, and what must find that. */
import type { Edit } from "./edit.js";

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

/** One broken kernel: its file is below packages/kernel/src. */
export interface Mutant extends Edit {
  /** What it does wrong, as a sentence. */
  readonly breaks: string;
  readonly within: Bound;
}
