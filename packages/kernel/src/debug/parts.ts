/** What is known of a failure when it happens: what an explanation is made from. */
import type { Slot } from "../caps/slot.js";
import type { Explanation } from "../model/explanation.js";
import type { Step } from "./resolve-path.js";

export type Parts = Pick<Explanation, "call" | "outcome" | "why"> & {
  readonly path: readonly Step[];
  /** The slot whose history tells more. */
  readonly slot: Slot | null;
};
