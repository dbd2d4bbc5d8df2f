/**
 * What the process in which checks run says to the one that has started it: a line of JSON each, by a channel of its own.
 * What a solution prints takes another way, so that nothing that it prints is taken for a message, or damages one.
 */
import type { Verdict } from "../exam/judge.js";

/** The file descriptor of the channel. */
export const CHANNEL = 3;

/** What the child is to do, as its only argument. */
export interface Order {
  /** Checks, by their ids, in this order. */
  readonly ids: readonly string[];
  readonly seed: number;
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
