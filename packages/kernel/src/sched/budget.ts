/**
 * The budget check of an entry: a thread that has not enough left does nothing more than be charged.
 *
 * What was consumed since the last charge is charged at once when the budget does not suffice, or at the next switch
 * of scheduling contexts otherwise. Manual, chapter on scheduling contexts.
 */
import { hasTimeoutHandler, raiseTimeout } from "../faults/handler.js";
import type { KernelState } from "../model/state.js";
import { isRunnable, ThreadState } from "../threads/tcb.js";
import { isSchedulable, requestReschedule, setState } from "../time/request.js";
import { postpone } from "../time/sched-context.js";

/** Whether the running thread's budget lets this entry go on. If not it has been charged and rescheduled. */
export function affords(k: KernelState): boolean {
  if (k.currentSc.refills.isSufficient(k.consumed)) return !k.domains.isExpired;
  chargeTurn(k, k.consumed, true);
  return false;
}

/** The check for system calls and faults, which are executed again when there is time. */
export function affordsOrRestart(k: KernelState): boolean {
  if (affords(k)) return true;
  k.restarts += 1;
  const { current } = k;
  if (current !== null && isRunnable(current)) setState(k, current, ThreadState.Restart);
  return false;
}

/** Charge `used` ticks of the head refill and end the current thread's turn. */
export function chargeTurn(k: KernelState, used: number, canTimeOut: boolean): void {
  const { currentSc, current } = k;
  const { refills } = currentSc;
  if (currentSc !== k.idleSc && refills.isConfigured) {
    if (refills.isRoundRobin) refills.restoreRoundRobin();
    else refills.charge(used);
    currentSc.consumed += k.consumed;
  }
  settle(k);
  if (current !== null && isSchedulable(current)) endTurn(k, canTimeOut);
  requestReschedule(k);
  k.reprogram = true;
}

function endTurn(k: KernelState, canTimeOut: boolean): void {
  const { current, currentSc } = k;
  if (current === null) return;
  const { refills } = currentSc;
  if (canTimeOut && !refills.isRoundRobin && hasTimeoutHandler(current)) raiseTimeout(k, current);
  else if (refills.isReady(k.now) && refills.isSufficient(0)) k.readyQueues.append(current);
  else postpone(k, currentSc);
}

/** Commit what was consumed to the current scheduling context, when it is about to lose the CPU or the timer is set. */
export function settleTime(k: KernelState): void {
  const { currentSc } = k;
  if (k.consumed > 0 && currentSc !== k.idleSc && currentSc.refills.isConfigured) {
    currentSc.refills.commit(k.consumed);
    currentSc.consumed += k.consumed;
  }
  settle(k);
}

/** What was consumed belongs to the current scheduling context now, whether its budget was charged for it or not. */
export function settle(k: KernelState): void {
  const { currentSc } = k;
  if (currentSc.isEnded) k.endedTime += k.consumed;
  else currentSc.total += k.consumed;
  k.consumed = 0;
}
