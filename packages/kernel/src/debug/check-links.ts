/** Threads, scheduling contexts, replies and notifications: whoever names another is named by it. */
import { MIN_BUDGET_TICKS } from "@tessera/libsel4/abi";
import type { Notification } from "../ipc/notification.js";
import type { Reply } from "../ipc/reply.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import type { SchedContext } from "../time/sched-context.js";
import type { Bag } from "./bag.js";
import type { Census } from "./census.js";

export function checkLinks({ threads, replies, schedContexts, notifications }: Census, violations: string[]): void {
  for (let i = 0; i < replies.count; i++) checkReply(replies.items[i] as Reply, violations);
  checkStacks(replies, violations);
  for (let i = 0; i < schedContexts.count; i++) checkSchedContext(schedContexts.items[i] as SchedContext, violations);
  for (let i = 0; i < notifications.count; i++) checkNotification(notifications.items[i] as Notification, violations);
  for (let i = 0; i < threads.count; i++) checkThread(threads.items[i] as Tcb, violations);
}

function checkThread(tcb: Tcb, violations: string[]): void {
  const { sc, reply, boundNotification: bound, yieldTo, state } = tcb;
  if (sc !== null && sc.tcb !== tcb) violations.push(`${nameOf(tcb)} runs on a scheduling context of another`);
  if (reply !== null) {
    if (reply.tcb !== tcb) violations.push(`${nameOf(tcb)} waits with a reply object of another`);
    if (state !== ThreadState.BlockedOnReply && state !== ThreadState.BlockedOnReceive)
      violations.push(`${nameOf(tcb)} has a reply object but waits for nothing`);
  } else if (state === ThreadState.BlockedOnReply) {
    violations.push(`${nameOf(tcb)} waits for no reply`);
  }
  if (bound !== null && bound.boundTcb !== tcb) violations.push(`${nameOf(tcb)} is bound to a notification of another`);
  if (yieldTo !== null && yieldTo.yieldFrom !== tcb)
    violations.push(`${nameOf(tcb)} has yielded to a scheduling context that does not know`);
}

function checkReply(reply: Reply, violations: string[]): void {
  const { tcb, prev, nextReply, nextSc, id } = reply;
  const isStacked = prev !== null || nextReply !== null || nextSc !== null;
  if (tcb !== null) {
    if (tcb.reply !== reply) violations.push(`reply ${id} belongs to a thread that does not know it`);
    if (tcb.state === ThreadState.BlockedOnReceive) {
      if (isStacked) violations.push(`reply ${id} of a receiver is on a stack`);
    } else if (tcb.state !== ThreadState.BlockedOnReply) {
      violations.push(`reply ${id} belongs to a thread that waits for nothing`);
    }
  } else if (isStacked) {
    violations.push(`reply ${id} is free but on a stack`);
  }
  if (prev !== null && prev.nextReply !== reply) violations.push(`reply ${id} stands on one that does not know it`);
  if (nextReply !== null && nextReply.prev !== reply)
    violations.push(`reply ${id} stands below one that does not know it`);
  if (nextSc !== null) {
    if (nextSc.replyHead !== reply) violations.push(`reply ${id} is not the head of its stack`);
    if (nextReply !== null) violations.push(`reply ${id} is the head of a stack and below another`);
  }
}

/** From the newest of each stack down, all replies are met. Links that agree in both directions leave only circles. */
function checkStacks(replies: Bag<Reply>, violations: string[]): void {
  let stacked = 0;
  for (let i = 0; i < replies.count; i++) {
    if ((replies.items[i] as Reply).nextReply !== null) continue;
    let at: Reply | null = replies.items[i] as Reply;
    for (; at !== null && stacked <= replies.count; at = at.prev) stacked += 1;
  }
  if (stacked < replies.count) violations.push(`${replies.count - stacked} replies stand on each other in a circle`);
}

function checkSchedContext(sc: SchedContext, violations: string[]): void {
  const { tcb, notification, replyHead, yieldFrom } = sc;
  if (tcb !== null && tcb.sc !== sc) violations.push(`${scOf(sc)} belongs to a thread that runs on another`);
  if (notification !== null && notification.sc !== sc)
    violations.push(`${scOf(sc)} is bound to a notification of another`);
  if (replyHead !== null && replyHead.nextSc !== sc) violations.push(`${scOf(sc)} heads a stack of another`);
  if (yieldFrom !== null && yieldFrom.yieldTo !== sc)
    violations.push(`${scOf(sc)} is yielded to by a thread that has not`);
  if (sc.refills.isConfigured) checkRefills(sc, violations);
}

/** Whole ticks beyond this are not exact in a double, and sums of them neither. */
const LAST_EXACT = Number.MAX_SAFE_INTEGER;

/**
 * Refills add up to the budget, and those of a period are in order and do not overlap. The head of a period is enough to
 * be scheduled with; smaller ones may follow, and are merged before they come to the head.
 */
function checkRefills(sc: SchedContext, violations: string[]): void {
  const { refills } = sc;
  const { length, isRoundRobin } = refills;
  if (length < 1 || length > refills.max) violations.push(`${scOf(sc)} has ${length} refills of ${refills.max}`);
  let sum = 0;
  let end = -Infinity;
  for (let i = 0; i < length; i++) {
    const time = refills.timeAt(i);
    const amount = refills.amountAt(i);
    sum += amount;
    if (isRoundRobin) continue;
    if (amount <= 0) violations.push(`${scOf(sc)}: refill ${i} is of ${amount} ticks`);
    if (time < end) violations.push(`${scOf(sc)}: refill ${i} begins before refill ${i - 1} ends`);
    end = time + amount;
  }
  if (!isRoundRobin && refills.headAmount < MIN_BUDGET_TICKS)
    violations.push(`${scOf(sc)}: its head refill of ${refills.headAmount} ticks is too small to use`);
  if (refills.budget <= LAST_EXACT && sum !== refills.budget)
    violations.push(`${scOf(sc)}: its refills add up to ${sum} of a budget of ${refills.budget} ticks`);
}

function checkNotification(notification: Notification, violations: string[]): void {
  const { boundTcb, sc, queue, isActive, id } = notification;
  if (boundTcb !== null && boundTcb.boundNotification !== notification) {
    violations.push(`notification ${id} is bound to a thread that is not`);
  }
  if (sc !== null && sc.notification !== notification) violations.push(`notification ${id} has the time of another`);
  if (isActive && !queue.isEmpty) violations.push(`notification ${id} is active while threads wait for it`);
}

function nameOf(tcb: Tcb): string {
  return `thread "${tcb.name}" (${tcb.id})`;
}

function scOf(sc: SchedContext): string {
  return `scheduling context ${sc.id}`;
}
