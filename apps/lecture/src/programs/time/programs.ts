/** Somebody who computes much, and somebody who computes little and says when it is done. */
import { compute } from "@tessera/hal-sim/isa";
import { program, seL4_MessageInfo_new, seL4_Send, seL4_TCB_Suspend } from "@tessera/libsel4";

/** A modelled core executes this many cycles in a millisecond. */
const MS = 1_000_000;

export const hog = program(function* ({ a0: tcb }) {
  yield* compute(6 * MS);
  yield* seL4_TCB_Suspend(tcb);
});

export const worker = program(function* ({ a0: tcb, a2: done }) {
  yield* compute(2 * MS);
  yield* seL4_Send(done, seL4_MessageInfo_new(0, 0, 0, 0));
  yield* seL4_TCB_Suspend(tcb);
});
