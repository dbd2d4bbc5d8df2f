/**
 * F, the floor: one round trip between two bare generators.
 *
 * Two generators of one function, resumed in turn by one loop, `a.next(); b.next();`, no value passed, nothing else in
 * the loop: two resumes are one F. Less than that no system can take whose programs are generators and which goes from
 * one to the other and back. The definition is fixed: figures in F of different versions are comparable as far as
 * hosts are, and a change here would make a new unit. Each generator counts its turns, so that the loop has a checksum.
 */
import type { Tally, Work } from "./work.js";

/** Round trips of one round. */
export const FLOOR_BATCH = 200_000;

function* turns(tally: Tally): Generator<void, void, void> {
  for (;;) {
    tally.sum++;
    yield;
  }
}

export function floorWork(): Work {
  const tally: Tally = { done: 0, sum: 0 };
  const a = turns(tally);
  const b = turns(tally);
  return {
    tally,
    run(times) {
      for (let i = 0; i < times; i++) {
        a.next();
        b.next();
      }
      tally.done += times;
    },
    expected: (done) => 2 * done,
  };
}
