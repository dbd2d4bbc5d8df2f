/**
 * What the end of a capability does to its object: the last one ends the object, and mappings end with the capability
 * that made them. CNodes and TCBs hold capabilities themselves; they become zombies, which delete.ts clears.
 */
import { CapTag } from "@tessera/libsel4/abi";
import { type Cap, nullCap, zombieCap } from "../caps/cap.js";
import { isFinal, removeCap } from "../caps/mdb.js";
import type { Slot } from "../caps/slot.js";
import { traceEmptied } from "../caps/trace-slot.js";
import { dismissAll, dismissWaiters, unbindNotificationFrom, withdraw } from "../ipc/cancel.js";
import type { Notification } from "../ipc/notification.js";
import { type Reply, removeReply } from "../ipc/reply.js";
import { deactivateIrq } from "../irq/irq.js";
import { unregisterPool, unregisterRoot } from "../memory/asid.js";
import { unmapFrame, unmapTable } from "../memory/vspace.js";
import { assert } from "../model/assert.js";
import { KernelEvent } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { answerYieldTo } from "../sched/yield-to.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { forgetReplies, type SchedContext, unbindNotification, unbindThread } from "../time/sched-context.js";
import { suspend } from "./suspend.js";

/** End what depends on `cap`, which stands in `slot`. What remains to be done is a zombie, else the null capability. */
export function finalise(k: KernelState, slot: Slot): Cap {
  const { cap } = slot;
  const final = isFinal(slot);
  switch (cap.type) {
    case CapTag.zombie:
      return cap;
    case CapTag.frame:
      if (cap.asid !== 0) unmapFrame(k, cap);
      return nullCap;
    default:
      if (!final) return nullCap;
      traceDestroyed(k, cap);
      return finaliseLast(k, cap);
  }
}

function finaliseLast(k: KernelState, cap: Cap): Cap {
  switch (cap.type) {
    case CapTag.endpoint:
      dismissAll(k, cap.object);
      return nullCap;
    case CapTag.notification:
      finaliseNotification(k, cap.object);
      return nullCap;
    case CapTag.reply:
      finaliseReply(k, cap.object);
      return nullCap;
    case CapTag.cnode:
      return zombieCap(cap.object, cap.object.size);
    case CapTag.thread:
      finaliseTcb(k, cap.object);
      return zombieCap(cap.object, cap.object.size);
    case CapTag.schedContext:
      finaliseSchedContext(k, cap.object);
      return nullCap;
    case CapTag.irqHandler:
      deleteSimple(k, k.irqs.slot(cap.irq));
      return nullCap;
    case CapTag.pageTable:
      if (cap.asid !== 0) {
        unregisterRoot(k, cap.asid, cap.object);
        unmapTable(k, cap);
      }
      return nullCap;
    case CapTag.asidPool:
      unregisterPool(k, cap.object);
      return nullCap;
    default:
      return nullCap;
  }
}

function finaliseNotification(k: KernelState, notification: Notification): void {
  if (notification.sc !== null) unbindNotification(notification.sc);
  if (notification.boundTcb !== null) unbindNotificationFrom(notification.boundTcb);
  dismissWaiters(k, notification);
}

function finaliseReply(k: KernelState, reply: Reply): void {
  const { tcb } = reply;
  if (tcb === null) return;
  if (tcb.state === ThreadState.BlockedOnReply) removeReply(k, reply);
  else withdraw(k, tcb);
}

function finaliseTcb(k: KernelState, tcb: Tcb): void {
  unbindNotificationFrom(tcb);
  const { sc } = tcb;
  if (sc !== null) {
    unbindThread(k, sc);
    if (sc.yieldFrom !== null) answerYieldTo(k, sc.yieldFrom);
  }
  suspend(k, tcb);
  k.threads.delete(tcb);
}

function finaliseSchedContext(k: KernelState, sc: SchedContext): void {
  if (sc.tcb !== null) unbindThread(k, sc);
  unbindNotification(sc);
  forgetReplies(sc);
  if (sc.yieldFrom !== null) answerYieldTo(k, sc.yieldFrom);
  sc.refills.clear();
  sc.isSporadic = false;
  sc.isEnded = true;
  k.endedTime += sc.total;
  sc.total = 0;
  k.schedContexts.delete(sc);
}

/** Empty a slot whose capability has been finalised. The last handler of an interrupt gives the source back. */
export function vacate(k: KernelState, slot: Slot): void {
  const { cap } = slot;
  traceEmptied(k, slot);
  const freesIrq = cap.type === CapTag.irqHandler && isFinal(slot);
  removeCap(slot);
  if (freesIrq && cap.type === CapTag.irqHandler) deactivateIrq(k, cap.irq);
}

/** Delete a capability that never becomes a zombie: an interrupt's notification. */
export function deleteSimple(k: KernelState, slot: Slot): void {
  if (slot.isEmpty) return;
  const remainder = finalise(k, slot);
  assert(remainder.type === CapTag.null, "a notification leaves nothing behind");
  vacate(k, slot);
}

function traceDestroyed(k: KernelState, cap: Cap): void {
  if (cap.object === null) return;
  k.trace.emit(KernelEvent.Destroyed, cap.object.id, cap.type, 0, 0, 0, 0);
  k.trace.endName(cap.object.id);
}
