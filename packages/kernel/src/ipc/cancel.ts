/**
 * Ending waits: of one thread, and of all threads at an endpoint or notification that goes away.
 */
import { assert } from "../model/assert.js";
import type { KernelState } from "../model/state.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { offer, requestReschedule, setState } from "../time/request.js";
import { unblockSporadic } from "../time/sched-context.js";
import type { Endpoint } from "./endpoint.js";
import type { Notification } from "./notification.js";
import { abandonReply, unlinkReceiver } from "./reply.js";

/** Take `tcb` out of whatever it waits for, and forget its fault. A waiting thread ends Inactive. */
export function withdraw(k: KernelState, tcb: Tcb): void {
  tcb.fault = null;
  switch (tcb.state) {
    case ThreadState.BlockedOnSend:
    case ThreadState.BlockedOnReceive:
    case ThreadState.BlockedOnNotification:
      leaveQueue(tcb);
      setState(k, tcb, ThreadState.Inactive);
      break;
    case ThreadState.BlockedOnReply:
      abandonReply(k, tcb);
      break;
  }
}

/** Out of the queue it is blocked in; a receiver's reply object becomes free. */
export function leaveQueue(tcb: Tcb): void {
  assert(tcb.blockedOn !== null, "a blocked thread knows what it is blocked on");
  tcb.blockedOn.queue.remove(tcb);
  tcb.blockedOn = null;
  if (tcb.reply !== null) unlinkReceiver(tcb.reply);
}

/** Everybody at an endpoint that goes away executes the system call again, and meets the missing capability. */
export function dismissAll(k: KernelState, endpoint: Endpoint): void {
  if (endpoint.queue.isEmpty) return;
  for (let tcb = endpoint.queue.head; tcb !== null; tcb = endpoint.queue.head) {
    leaveQueue(tcb);
    restartOrStop(k, tcb);
  }
  requestReschedule(k);
}

/** Who waits for its fault to be answered cannot try again. */
function restartOrStop(k: KernelState, tcb: Tcb): void {
  if (tcb.fault !== null) {
    setState(k, tcb, ThreadState.Inactive);
    return;
  }
  setState(k, tcb, ThreadState.Restart);
  unblockSporadic(k, tcb.sc);
  offer(k, tcb);
}

export function dismissWaiters(k: KernelState, notification: Notification): void {
  if (notification.queue.isEmpty) return;
  for (let tcb = notification.queue.head; tcb !== null; tcb = notification.queue.head) {
    leaveQueue(tcb);
    setState(k, tcb, ThreadState.Restart);
    unblockSporadic(k, tcb.sc);
    offer(k, tcb);
  }
  requestReschedule(k);
}

/** The same for the senders with one badge only. Receivers stay. */
export function cancelBadgedSends(k: KernelState, endpoint: Endpoint, badgeLo: number, badgeHi: number): void {
  if (!endpoint.hasSenders) return;
  for (let tcb = endpoint.queue.head; tcb !== null; ) {
    const next: Tcb | null = tcb.waitNext;
    if (tcb.badgeLo === badgeLo && tcb.badgeHi === badgeHi) {
      leaveQueue(tcb);
      restartOrStop(k, tcb);
    }
    tcb = next;
  }
  requestReschedule(k);
}

/** Re-insert a waiting thread whose priority has changed. */
export function requeue(tcb: Tcb): void {
  if (tcb.blockedOn === null) return;
  tcb.blockedOn.queue.remove(tcb);
  tcb.blockedOn.queue.insert(tcb);
}

/** Unlink a thread and a notification from each other. */
export function unbindNotificationFrom(tcb: Tcb): void {
  if (tcb.boundNotification === null) return;
  assert(tcb.boundNotification.boundTcb === tcb, "a bound thread and its notification name each other");
  tcb.boundNotification.boundTcb = null;
  tcb.boundNotification = null;
}
