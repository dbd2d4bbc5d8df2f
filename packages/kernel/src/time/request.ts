/**
 * Asking for the CPU. During an entry threads are offered and reschedules requested; what comes of it is decided once,
 * at the end (sched/schedule.ts). A single offered thread is kept as the candidate for a direct switch.
 */
import { type KernelState, SchedulerAction } from "../model/state.js";
import { isRunnable, type Tcb, type ThreadState } from "../threads/tcb.js";

/** Runnable, with configured time, and not waiting for it. */
export function isSchedulable(tcb: Tcb): boolean {
  return isRunnable(tcb) && tcb.sc !== null && tcb.sc.refills.isConfigured && !tcb.inReleaseQueue;
}

/** Change a thread's state; when the running thread can go on no longer, somebody else must be chosen. */
export function setState(k: KernelState, tcb: Tcb, state: ThreadState): void {
  tcb.state = state;
  if (tcb === k.current && k.schedulerAction === SchedulerAction.ResumeCurrent && !isSchedulable(tcb)) {
    requestReschedule(k);
  }
}

/** Choose anew at the end of this entry. A candidate goes to the ready queues. */
export function requestReschedule(k: KernelState): void {
  const { candidate } = k;
  if (k.schedulerAction === SchedulerAction.SwitchToCandidate && candidate !== null && isSchedulable(candidate)) {
    k.readyQueues.prepend(candidate);
  }
  k.candidate = null;
  k.schedulerAction = SchedulerAction.ChooseNew;
}

/** A thread became able to run: switch to it at the end of this entry if nothing more urgent comes up. */
export function offer(k: KernelState, tcb: Tcb): void {
  if (tcb.sc === null || tcb.inReleaseQueue) return;
  if (tcb.domain !== k.domains.current) {
    k.readyQueues.prepend(tcb);
  } else if (k.schedulerAction !== SchedulerAction.ResumeCurrent) {
    requestReschedule(k);
    k.readyQueues.prepend(tcb);
  } else {
    k.schedulerAction = SchedulerAction.SwitchToCandidate;
    k.candidate = tcb;
  }
}
