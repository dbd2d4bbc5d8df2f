/** Stopping and starting threads. Manual, section on thread states; seL4_TCB_Suspend, seL4_TCB_Resume. */
import { Register } from "@tessera/hal-sim/isa";
import { withdraw } from "../ipc/cancel.js";
import { KernelEvent } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { forgetYieldTo } from "../sched/yield-to.js";
import { isBlocked, type Tcb, ThreadState } from "../threads/tcb.js";
import { copyRegister } from "../threads/user-registers.js";
import { isSchedulable, offer, setState } from "../time/request.js";
import { resumeSchedContext, unblockSporadic } from "../time/sched-context.js";

/** Stop `tcb`, whatever it does. Running, it will go on behind its last system call; else it repeats it. */
export function suspend(k: KernelState, tcb: Tcb): void {
  withdraw(k, tcb);
  if (tcb.state === ThreadState.Running) copyRegister(k, tcb, Register.NextIP, tcb, Register.FaultIP);
  setState(k, tcb, ThreadState.Inactive);
  k.readyQueues.remove(tcb);
  k.releaseQueue.remove(tcb);
  forgetYieldTo(tcb);
  k.trace.emit(KernelEvent.Resumed, tcb.id, 0, 0, 0, 0, 0);
}

/** Let a stopped or waiting thread execute its instruction again. */
export function resume(k: KernelState, tcb: Tcb): void {
  if (tcb.state !== ThreadState.Inactive && !isBlocked(tcb)) return;
  withdraw(k, tcb);
  setState(k, tcb, ThreadState.Restart);
  unblockSporadic(k, tcb.sc);
  if (tcb.sc !== null) resumeSchedContext(k, tcb.sc);
  if (isSchedulable(tcb)) offer(k, tcb);
  k.trace.emit(KernelEvent.Resumed, tcb.id, 1, 0, 0, 0, 0);
}
