/** Threads, scheduling contexts, replies and notifications: whoever names another is named by it. */
import { CapTag } from "@tessera/libsel4/abi";
import type { Slot } from "../caps/slot.js";
import type { Notification } from "../ipc/notification.js";
import type { Reply } from "../ipc/reply.js";
import type { KernelState } from "../model/state.js";
import { ThreadState } from "../threads/tcb.js";
import type { SchedContext } from "../time/sched-context.js";

export function checkLinks(k: KernelState, slots: ReadonlySet<Slot>): string[] {
  const violations: string[] = [];
  for (const { cap } of slots) {
    if (cap.type === CapTag.reply) checkReply(cap.object, violations);
    else if (cap.type === CapTag.schedContext) checkSchedContext(cap.object, violations);
    else if (cap.type === CapTag.notification) checkNotification(cap.object, violations);
  }
  for (const tcb of k.threads) {
    const who = `thread "${tcb.name}" (${tcb.id})`;
    if (tcb.sc !== null && tcb.sc.tcb !== tcb) violations.push(`${who} runs on a scheduling context of another`);
    if (tcb.reply !== null && tcb.reply.tcb !== tcb) violations.push(`${who} waits with a reply object of another`);
    if (tcb.state === ThreadState.BlockedOnReply && tcb.reply === null) violations.push(`${who} waits for no reply`);
    const bound = tcb.boundNotification;
    if (bound !== null && bound.boundTcb !== tcb) violations.push(`${who} is bound to a notification of another`);
  }
  return violations;
}

function checkReply(reply: Reply, violations: string[]): void {
  const { tcb, prev, nextReply, nextSc, id } = reply;
  if (tcb !== null) {
    if (tcb.reply !== reply) violations.push(`reply ${id} belongs to a thread that does not know it`);
    if (tcb.state !== ThreadState.BlockedOnReply && tcb.state !== ThreadState.BlockedOnReceive) {
      violations.push(`reply ${id} belongs to a thread that waits for nothing`);
    }
  } else if (prev !== null || nextReply !== null || nextSc !== null) {
    violations.push(`reply ${id} is free but on a stack`);
  }
  if (prev !== null && prev.nextReply !== reply) violations.push(`reply ${id} stands on one that does not know it`);
  if (nextReply !== null && nextReply.prev !== reply)
    violations.push(`reply ${id} stands below one that does not know it`);
  if (nextSc !== null && nextSc.replyHead !== reply) violations.push(`reply ${id} is not the head of its stack`);
}

function checkSchedContext(sc: SchedContext, violations: string[]): void {
  const who = `scheduling context ${sc.id}`;
  if (sc.tcb !== null && sc.tcb.sc !== sc) violations.push(`${who} belongs to a thread that runs on another`);
  if (sc.notification !== null && sc.notification.sc !== sc)
    violations.push(`${who} is bound to a notification of another`);
  if (sc.replyHead !== null && sc.replyHead.nextSc !== sc) violations.push(`${who} heads a stack of another`);
  if (sc.yieldFrom !== null && sc.yieldFrom.yieldTo !== sc)
    violations.push(`${who} is yielded to by a thread that has not`);
  if (sc.refills.isConfigured) checkRefills(sc, who, violations);
}

/** Refills of a period are in order and do not overlap. */
function checkRefills(sc: SchedContext, who: string, violations: string[]): void {
  const { refills } = sc;
  if (refills.isRoundRobin) return;
  for (let i = 1; i < refills.length; i++) {
    const [time, amount] = refills.at(i - 1);
    if (time + amount > refills.at(i)[0]) violations.push(`${who}: refill ${i} begins before refill ${i - 1} ends`);
  }
}

function checkNotification(notification: Notification, violations: string[]): void {
  const { boundTcb, sc, queue, isActive, id } = notification;
  if (boundTcb !== null && boundTcb.boundNotification !== notification) {
    violations.push(`notification ${id} is bound to a thread that is not`);
  }
  if (sc !== null && sc.notification !== notification) violations.push(`notification ${id} has the time of another`);
  if (isActive && !queue.isEmpty) violations.push(`notification ${id} is active while threads wait for it`);
}
