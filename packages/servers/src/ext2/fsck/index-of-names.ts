/** Indexes of the names of directories ("dir_index"): nothing here goes by them; a check looks whether they make sense. */
import type { Thread } from "@tessera/hal-sim/isa";
import type { CheckedVolume } from "./volume.js";

/** What is wrong with the index of a directory, as the rest of a sentence; null when nothing is. */
export function* checkIndex(_volume: CheckedVolume, _blocks: readonly number[]): Thread<string | null> {
  yield* [];
  return null;
}
