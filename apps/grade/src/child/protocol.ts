/** What the process in which checks run says to the one that has started it: a line each, marked as no other line is. */
import type { Verdict } from "../exam/judge.js";

/** What the child is to do, as its only argument. */
export interface Order {
  /** Checks, by their ids, in this order. */
  readonly ids: readonly string[];
  readonly seed: number;
  /** Begins every line that is meant for us: what a solution prints on its own goes by. */
  readonly mark: string;
}

export type Message =
  /** The solution is loaded, and looks like one. */
  | { readonly say: "loaded" }
  /** It is none, and why. */
  | { readonly say: "refused"; readonly why: string }
  | { readonly say: "begins"; readonly id: string }
  /** A machine has come on: nobody holds the host. */
  | { readonly say: "alive" }
  | { readonly say: "verdict"; readonly verdict: Verdict };
