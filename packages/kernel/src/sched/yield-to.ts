/** Completing a YieldTo: the caller is told the time that the context it yielded to has consumed. */
import { seL4_NoError, TICKS_PER_US } from "@tessera/libsel4/abi";

import { assert } from "../model/assert.js";
import type { KernelState } from "../model/state.js";
import { highOf, lowOf } from "../model/word.js";
import { replyFromKernel } from "../threads/message.js";
import type { Tcb } from "../threads/tcb.js";
import { takeConsumed } from "../time/consumed.js";
import type { SchedContext } from "../time/sched-context.js";

/** Give `tcb` the result of its YieldTo. */
export function answerYieldTo(k: KernelState, tcb: Tcb): void {
  const sc = tcb.yieldTo;
  assert(sc !== null && sc.yieldFrom === tcb, "a yielding thread and its target name each other");
  replyConsumed(k, tcb, sc);
  forgetYieldTo(tcb);
}

/** Reply with the consumed time in microseconds; the counter begins again. */
export function replyConsumed(k: KernelState, tcb: Tcb, sc: SchedContext): void {
  const microseconds = Math.floor(takeConsumed(sc) / TICKS_PER_US);
  replyFromKernel(k, tcb, seL4_NoError, [lowOf(microseconds), highOf(microseconds)]);
}

/** Forget a pending YieldTo. */
export function forgetYieldTo(tcb: Tcb): void {
  if (tcb.yieldTo === null) return;
  assert(tcb.yieldTo.yieldFrom === tcb, "a yielding thread and its target name each other");
  tcb.yieldTo.yieldFrom = null;
  tcb.yieldTo = null;
}
