/**
 * A scheduling context: the right to use the CPU for a budget in every period, held by at most one thread at a time.
 *
 * It is bound to a thread (its own, or one it was donated to by a Call, a fault or a notification), to at most one
 * notification that lends it to a waiter, and heads the stack of reply objects along which it was donated. Not
 * configured, it may be bound but gives no time. Manual, chapter "Threads and execution", scheduling contexts.
 */
import { MIN_REFILLS, maxRefills } from "@tessera/libsel4/abi";
import type { Notification } from "../ipc/notification.js";
import type { Reply } from "../ipc/reply.js";
import { assert } from "../model/assert.js";
import { KernelEvent } from "../model/events.js";
import { KernelObject } from "../model/kernel-object.js";
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";
import { Refills } from "./refill.js";
import { isSchedulable, requestReschedule } from "./request.js";

export class SchedContext extends KernelObject {
  readonly sizeBits: number;
  readonly refills = new Refills();
  /** Who runs on it. */
  tcb: Tcb | null = null;
  notification: Notification | null = null;
  /** The newest reply object along which it was donated. */
  replyHead: Reply | null = null;
  /** The thread that has yielded to this context and waits to be told its consumed time. */
  yieldFrom: Tcb | null = null;
  /** Ticks charged since they were last read. */
  consumed = 0;
  /** Ticks that ever passed while it was current; never reset, for the balance of all time. */
  total = 0;
  /** Told in timeout faults. */
  badgeLo = 0;
  badgeHi = 0;
  isSporadic = false;
  /** Its last capability is gone; what time still passes for it belongs to nobody. */
  isEnded = false;

  constructor(id: number, paddr: number, sizeBits: number) {
    super(id, paddr);
    this.sizeBits = sizeBits;
  }

  /** Most refills its memory has room for. */
  get capacity(): number {
    return maxRefills(this.sizeBits);
  }

  /** Extra refills that may be asked for. */
  get maxExtraRefills(): number {
    return this.capacity - MIN_REFILLS;
  }

  isReleased(now: number): boolean {
    return this.refills.isConfigured && this.refills.isReady(now);
  }
}

/** Give `sc` to a thread that has none; whoever ran on it stops being schedulable. */
export function donate(k: KernelState, sc: SchedContext, to: Tcb): void {
  assert(to.sc === null, "only a passive thread is given a scheduling context");
  const from = sc.tcb;
  if (from !== null) {
    k.readyQueues.remove(from);
    k.releaseQueue.remove(from);
    from.sc = null;
    if (from === k.current || from === k.candidate) requestReschedule(k);
  }
  sc.tcb = to;
  to.sc = sc;
  k.trace.emit(KernelEvent.Donated, sc.id, from === null ? 0 : from.id, to.id, 0, 0, 0);
}

/** A schedulable thread whose time has not come, or is not enough, waits in the release queue. */
export function resumeSchedContext(k: KernelState, sc: SchedContext): void {
  const { tcb } = sc;
  if (tcb === null || !isSchedulable(tcb)) return;
  if (!sc.refills.isReady(k.now) || !sc.refills.isSufficient(0)) postpone(k, sc);
}

/** Its thread waits until the head refill is due. */
export function postpone(k: KernelState, sc: SchedContext): void {
  const { tcb } = sc;
  assert(tcb !== null, "a scheduling context that is postponed has a thread");
  k.readyQueues.remove(tcb);
  k.releaseQueue.insert(tcb);
  k.reprogram = true;
}

/** The unblock check of a sporadic context whose thread becomes runnable; nothing for the running one. */
export function unblockSporadic(k: KernelState, sc: SchedContext | null): void {
  if (sc === null || !sc.isSporadic || sc === k.currentSc || !sc.refills.isConfigured) return;
  if (sc.refills.unblock(k.now)) k.reprogram = true;
}

/** Link a context and a thread that have neither. */
export function bindThread(k: KernelState, sc: SchedContext, tcb: Tcb): void {
  assert(sc.tcb === null && tcb.sc === null, "only what is unbound is bound");
  sc.tcb = tcb;
  tcb.sc = sc;
  unblockSporadic(k, sc);
  resumeSchedContext(k, sc);
  if (isSchedulable(tcb)) {
    k.readyQueues.prepend(tcb);
    requestReschedule(k);
  }
}

/** Separate a context from its thread. */
export function unbindThread(k: KernelState, sc: SchedContext): void {
  const { tcb } = sc;
  assert(tcb !== null && tcb.sc === sc, "a bound context and its thread name each other");
  if (tcb === k.current) requestReschedule(k);
  k.readyQueues.remove(tcb);
  k.releaseQueue.remove(tcb);
  tcb.sc = null;
  sc.tcb = null;
  // A thread without time is no candidate; whoever else is offered may be.
  if (tcb === k.candidate) requestReschedule(k);
}

export function unbindNotification(sc: SchedContext): void {
  if (sc.notification === null) return;
  assert(sc.notification.sc === sc, "a scheduling context and its notification name each other");
  sc.notification.sc = null;
  sc.notification = null;
}

/** The context no longer knows along which replies it was donated; they will not bring it back. */
export function forgetReplies(sc: SchedContext): void {
  if (sc.replyHead === null) return;
  assert(sc.replyHead.nextSc === sc, "a scheduling context and the head of its stack name each other");
  sc.replyHead.nextSc = null;
  sc.replyHead = null;
}

/** The running thread gives back the time a notification lent it, when it is to wait for that notification again. */
export function returnToNotification(k: KernelState, tcb: Tcb, notification: Notification): void {
  const { sc } = tcb;
  if (sc === null || sc.notification !== notification) return;
  assert(sc.tcb === tcb, "a scheduling context and its thread name each other");
  tcb.sc = null;
  sc.tcb = null;
  if (tcb === k.current) requestReschedule(k);
}
