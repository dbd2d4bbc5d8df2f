/**
 * The end of every entry: wake whose time has come, decide who runs, hand the CPU and the clock over.
 *
 * The current thread is normally in no queue; losing the CPU puts it at the head of its own. A single candidate that
 * is more urgent than the current thread is switched to directly, without the queues.
 */

import { TIMER_PRECISION_TICKS } from "@tessera/libsel4/abi";
import { assert } from "../model/assert.js";
import { type KernelState, SchedulerAction } from "../model/state.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { restartAtFault } from "../threads/user-registers.js";
import { releaseTime } from "../time/queues.js";
import { isSchedulable, offer, requestReschedule } from "../time/request.js";
import { settleTime } from "./budget.js";
import { answerYieldTo } from "./yield-to.js";

/** Decide who runs from now on. */
export function schedule(k: KernelState): void {
  wakeReleased(k);
  if (k.domains.isExpired) {
    requestReschedule(k);
    k.reprogram = true;
  }
  if (k.schedulerAction !== SchedulerAction.ResumeCurrent) {
    chooseNext(k);
    k.schedulerAction = SchedulerAction.ResumeCurrent;
    k.candidate = null;
  }
  takeOver(k);
}

/** The clock runs for the thread that was chosen, and the timer for its budget. */
export function takeOver(k: KernelState): void {
  handOverClock(k);
  if (k.reprogram) {
    setTimer(k);
    k.reprogram = false;
  }
}

/** Complete what the thread that runs now was in the middle of, and return to it. */
export function activate(k: KernelState): void {
  const { current } = k;
  if (current === null) return;
  if (current.yieldTo !== null) {
    answerYieldTo(k, current);
    assert(current.state === ThreadState.Running, "a thread that yielded goes on behind its call");
  }
  if (current.state === ThreadState.Restart) {
    restartAtFault(k, current);
    current.state = ThreadState.Running;
  }
  assert(current.state === ThreadState.Running, "the thread that is chosen can run");
}

function wakeReleased(k: KernelState): void {
  for (let tcb = k.releaseQueue.head; tcb !== null && releaseTime(tcb) <= k.now; tcb = k.releaseQueue.head) {
    k.releaseQueue.remove(tcb);
    assert(tcb.sc?.refills.isSufficient(0) === true, "a thread is released with a usable budget");
    offer(k, tcb);
    k.reprogram = true;
  }
}

function chooseNext(k: KernelState): void {
  const { current, candidate } = k;
  const wasSchedulable = current !== null && isSchedulable(current);
  if (wasSchedulable && candidate !== null && goesOn(k, current, candidate)) return;
  if (wasSchedulable && !current.inReadyQueue) k.readyQueues.prepend(current);
  if (k.schedulerAction === SchedulerAction.ChooseNew || candidate === null) {
    chooseFromQueues(k);
  } else {
    switchOrQueue(k, candidate, wasSchedulable);
  }
}

/**
 * Whether the current thread simply goes on, since the candidate is no more urgent and nobody else is: then that has
 * been queued, and all is as if both had been. The time of the domain is not over: then there would be no candidate.
 */
function goesOn(k: KernelState, current: Tcb, candidate: Tcb): boolean {
  const { domains, readyQueues } = k;
  const { domain, priority } = current;
  if (k.schedulerAction !== SchedulerAction.SwitchToCandidate || candidate.priority > priority) return false;
  if (candidate === current || current.inReadyQueue || domain !== domains.current) return false;
  if (readyQueues.highestPriority(domain) > priority) return false;
  if (candidate.priority === priority) readyQueues.append(candidate);
  else readyQueues.prepend(candidate);
  k.isRootStale = true;
  return true;
}

/**
 * The candidate runs unless somebody more urgent is ready. Beside a current thread of its priority that is so: else that
 * would have gone on. A thread that is moved to this domain takes the CPU from nobody before the next reschedule.
 */
function switchOrQueue(k: KernelState, candidate: Tcb, currentWasSchedulable: boolean): void {
  const { current } = k;
  const isLessUrgent = current === null || candidate.priority < current.priority;
  if (isLessUrgent && k.readyQueues.highestPriority(k.domains.current) > candidate.priority) {
    k.readyQueues.prepend(candidate);
    chooseFromQueues(k);
  } else if (currentWasSchedulable && current !== null && candidate.priority === current.priority) {
    k.readyQueues.append(candidate);
    chooseFromQueues(k);
  } else {
    switchTo(k, candidate);
  }
}

function chooseFromQueues(k: KernelState): void {
  if (k.domains.isExpired) {
    k.domains.advance();
    k.workUnits = 0;
    k.reprogram = true;
  }
  const priority = k.readyQueues.highestPriority(k.domains.current);
  switchTo(k, priority < 0 ? null : k.readyQueues.head(k.domains.current, priority));
}

function switchTo(k: KernelState, tcb: Tcb | null): void {
  if (tcb !== null) {
    assert(isSchedulable(tcb), "the thread that is switched to is schedulable");
    k.readyQueues.remove(tcb);
  }
  k.current = tcb;
  k.isRootStale = true;
}

/** The clock runs for the new thread's scheduling context; what the old one consumed is committed. */
function handOverClock(k: KernelState): void {
  const next = k.current === null ? k.idleSc : k.current.sc;
  assert(next !== null, "the thread that runs has a scheduling context");
  if (next !== k.currentSc) {
    k.reprogram = true;
    if (!next.isSporadic) next.refills.unblock(k.now);
    assert(next.refills.isReady(k.now) && next.refills.isSufficient(0), "the thread that runs has a budget");
  }
  if (k.reprogram) settleTime(k);
  if (next !== k.currentSc) k.currentSc = next;
}

function setTimer(k: KernelState): void {
  const { currentSc, domains, releaseQueue } = k;
  let deadline = k.now + currentSc.refills.headAmount;
  if (domains.count > 1) deadline = Math.min(deadline, k.now + domains.timeLeft);
  if (releaseQueue.head !== null) deadline = Math.min(deadline, releaseTime(releaseQueue.head));
  k.cpu.setTimer(deadline - TIMER_PRECISION_TICKS);
}
