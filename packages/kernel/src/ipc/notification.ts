/**
 * A notification: a word of flags that signals OR into.
 *
 * Idle ⇄ Waiting (threads queued) / Active (a word not yet taken). A bound thread gets the word also while it waits at
 * an endpoint; then nobody else may wait here. A bound scheduling context is lent to the woken thread if that has none.
 * Held by: the bound thread and context (both ways), and the threads in its queue. Manual, chapter "Notifications".
 */
import { Register } from "@tessera/hal-sim/isa";
import { assert } from "../model/assert.js";
import { KernelEvent } from "../model/events.js";
import { KernelObject } from "../model/kernel-object.js";
import type { KernelState } from "../model/state.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { setRegister } from "../threads/user-registers.js";
import { isSchedulable, offer, setState } from "../time/request.js";
import {
  donate,
  resumeSchedContext,
  returnToNotification,
  type SchedContext,
  unblockSporadic,
} from "../time/sched-context.js";
import { leaveQueue, withdraw } from "./cancel.js";
import { WaitQueue } from "./wait-queue.js";

/** log2 bytes a notification takes from its untyped. */
const NOTIFICATION_BITS = 6;

export class Notification extends KernelObject {
  readonly queue = new WaitQueue();
  isActive = false;
  /** The signals not yet taken, while active. */
  wordLo = 0;
  wordHi = 0;
  boundTcb: Tcb | null = null;
  sc: SchedContext | null = null;

  get sizeBits(): number {
    return NOTIFICATION_BITS;
  }
}

/** Signal `notification` with a badge: wake who waits for it, else keep the word. Never blocks. */
export function signal(k: KernelState, notification: Notification, badgeLo: number, badgeHi: number): void {
  const woken = wokenBySignal(k, notification);
  const signaller = k.current === null ? 0 : k.current.id;
  k.trace.emit(KernelEvent.Signal, signaller, notification.id, badgeLo, badgeHi, woken === null ? 0 : woken.id, 0);
  if (woken !== null) {
    wake(k, notification, woken, badgeLo, badgeHi);
  } else if (notification.isActive) {
    notification.wordLo |= badgeLo;
    notification.wordHi |= badgeHi;
  } else {
    notification.isActive = true;
    notification.wordLo = badgeLo;
    notification.wordHi = badgeHi;
  }
}

/** The thread that a signal wakes now, out of its queue already; null when nobody waits. */
function wokenBySignal(k: KernelState, notification: Notification): Tcb | null {
  if (notification.isActive) return null;
  const waiter = notification.queue.head;
  if (waiter !== null) {
    leaveQueue(waiter);
    return waiter;
  }
  const { boundTcb } = notification;
  if (boundTcb === null || boundTcb.state !== ThreadState.BlockedOnReceive) return null;
  withdraw(k, boundTcb);
  return boundTcb;
}

function wake(k: KernelState, notification: Notification, tcb: Tcb, badgeLo: number, badgeHi: number): void {
  setState(k, tcb, ThreadState.Running);
  setRegister(k, tcb, Register.a0, badgeLo, badgeHi);
  lendTime(k, notification, tcb);
  if (isSchedulable(tcb)) offer(k, tcb);
  unblockSporadic(k, tcb.sc);
}

/** A thread without time gets that of the notification, if nobody has it. */
function lendTime(k: KernelState, notification: Notification, tcb: Tcb): void {
  const { sc } = notification;
  if (sc === null || sc.tcb !== null || tcb.sc !== null) return;
  donate(k, sc, tcb);
  resumeSchedContext(k, sc);
}

/** `tcb` waits for a signal, or takes what is there; a poll that finds nothing gets 0. */
export function receiveSignal(k: KernelState, tcb: Tcb, notification: Notification, isBlocking: boolean): void {
  if (notification.isActive) {
    takeSignal(k, tcb, notification);
  } else if (isBlocking) {
    setState(k, tcb, ThreadState.BlockedOnNotification);
    tcb.blockedOn = notification;
    k.trace.emit(KernelEvent.Blocked, tcb.id, tcb.state, notification.id, 0, 0, 0);
    returnToNotification(k, tcb, notification);
    notification.queue.insert(tcb);
  } else {
    setRegister(k, tcb, Register.a0, 0, 0);
  }
}

/** Deliver the word of an active notification as the badge. */
export function takeSignal(k: KernelState, tcb: Tcb, notification: Notification): void {
  setRegister(k, tcb, Register.a0, notification.wordLo, notification.wordHi);
  k.trace.emit(KernelEvent.Notified, tcb.id, notification.id, notification.wordLo, notification.wordHi, 0, 0);
  notification.isActive = false;
  notification.wordLo = 0;
  notification.wordHi = 0;
  lendTime(k, notification, tcb);
  unblockSporadic(k, tcb.sc);
}

/** Make a thread and a notification each other's. */
export function bindNotification(tcb: Tcb, notification: Notification): void {
  assert(tcb.boundNotification === null && notification.boundTcb === null, "only what is unbound is bound");
  tcb.boundNotification = notification;
  notification.boundTcb = tcb;
}
