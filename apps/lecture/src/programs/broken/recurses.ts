/** A client that calls itself without end: it runs out of the host's stack, and that is its own fault alone. */
import type { Thread } from "@tessera/hal-sim/isa";
import { program } from "@tessera/libsel4";

export const recurses = program(function* () {
  yield* deeper(1);
});

function* deeper(depth: number): Thread<number> {
  return 1 + (yield* deeper(depth + 1));
}
