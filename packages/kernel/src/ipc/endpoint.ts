/**
 * An endpoint: where a sender and a receiver meet, with nothing stored in between.
 *
 * Idle, or threads queued that all send or all receive. A message goes straight from one thread to the other when the
 * second one comes; a Call also links the caller to the receiver's reply object and lends it the caller's time.
 * Held by: capabilities, and the threads in its queue. Manual, chapter "Message passing (IPC)".
 */
import { Register } from "@tessera/hal-sim/isa";
import { seL4_Fault_Timeout } from "@tessera/libsel4/abi";
import { assert } from "../model/assert.js";
import { KernelEvent } from "../model/events.js";
import { KernelObject } from "../model/kernel-object.js";
import type { KernelState } from "../model/state.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { setRegister } from "../threads/user-registers.js";
import { offer, setState } from "../time/request.js";
import { donate, returnToNotification, unblockSporadic } from "../time/sched-context.js";
import { leaveQueue, withdraw } from "./cancel.js";
import { transferFault } from "./fault-message.js";
import { takeSignal } from "./notification.js";
import { pushReply, type Reply } from "./reply.js";
import { transferMessage } from "./transfer.js";
import { WaitQueue } from "./wait-queue.js";

/** log2 bytes an endpoint takes from its untyped. */
const ENDPOINT_BITS = 4;

export class Endpoint extends KernelObject {
  readonly queue = new WaitQueue();

  get sizeBits(): number {
    return ENDPOINT_BITS;
  }

  get hasSenders(): boolean {
    return this.queue.head !== null && this.queue.head.state === ThreadState.BlockedOnSend;
  }

  get hasReceivers(): boolean {
    return this.queue.head !== null && this.queue.head.state === ThreadState.BlockedOnReceive;
  }
}

/** What a send is allowed to do. */
export interface SendRights {
  readonly isBlocking: boolean;
  readonly isCall: boolean;
  /** A passive receiver may get the sender's time. */
  readonly canDonate: boolean;
}

/**
 * Send `sender`'s message, or its fault, through a capability with the given badge and rights. Without a receiver a
 * blocking sender is queued and the message of a non-blocking one is gone.
 */
export function send(
  k: KernelState,
  sender: Tcb,
  endpoint: Endpoint,
  how: SendRights,
  badgeLo: number,
  badgeHi: number,
  canGrant: boolean,
  canGrantReply: boolean,
): void {
  if (endpoint.hasReceivers) {
    sendToReceiver(k, sender, endpoint, how, badgeLo, badgeHi, canGrant, canGrantReply);
  } else if (how.isBlocking) {
    setState(k, sender, ThreadState.BlockedOnSend);
    sender.blockedOn = endpoint;
    sender.badgeLo = badgeLo;
    sender.badgeHi = badgeHi;
    sender.canGrant = canGrant;
    sender.canGrantReply = canGrantReply;
    sender.isCall = how.isCall;
    endpoint.queue.insert(sender);
    k.trace.emit(KernelEvent.Blocked, sender.id, sender.state, endpoint.id, 0, 0, 0);
  }
}

function sendToReceiver(
  k: KernelState,
  sender: Tcb,
  endpoint: Endpoint,
  how: SendRights,
  badgeLo: number,
  badgeHi: number,
  canGrant: boolean,
  canGrantReply: boolean,
): void {
  const receiver = endpoint.queue.head;
  assert(receiver !== null, "an endpoint with receivers has a first one");
  const { reply } = receiver;
  leaveQueue(receiver);
  const wantsAnswer = how.isCall || sender.fault !== null;
  const answeredBy = wantsAnswer && (canGrant || canGrantReply) ? reply : null;
  transfer(k, sender, endpoint, badgeLo, badgeHi, canGrant, receiver, answeredBy);
  if (answeredBy !== null) {
    pushReply(k, sender, receiver, answeredBy, how.canDonate);
  } else if (wantsAnswer) {
    setState(k, sender, ThreadState.Inactive);
  } else if (how.canDonate && receiver.sc === null && sender.sc !== null) {
    donate(k, sender.sc, receiver);
  }
  setState(k, receiver, ThreadState.Running);
  unblockSporadic(k, receiver.sc);
  offer(k, receiver);
}

/**
 * Receive at `endpoint`, with a reply object for callers or without. A signal to the bound notification comes first;
 * without a sender a blocking receiver is queued and a non-blocking one gets nothing (badge 0).
 */
export function receive(
  k: KernelState,
  receiver: Tcb,
  endpoint: Endpoint,
  reply: Reply | null,
  isBlocking: boolean,
): void {
  if (reply?.tcb != null && reply.tcb !== receiver) withdraw(k, reply.tcb);
  const notification = receiver.boundNotification;
  if (notification?.isActive) {
    takeSignal(k, receiver, notification);
    return;
  }
  if (notification !== null && isBlocking) returnToNotification(k, receiver, notification);
  if (endpoint.hasSenders) {
    receiveFromSender(k, receiver, endpoint, reply);
  } else if (isBlocking) {
    setState(k, receiver, ThreadState.BlockedOnReceive);
    receiver.blockedOn = endpoint;
    receiver.reply = reply;
    if (reply !== null) reply.tcb = receiver;
    endpoint.queue.insert(receiver);
    k.trace.emit(KernelEvent.Blocked, receiver.id, receiver.state, endpoint.id, reply === null ? 0 : reply.id, 0, 0);
  } else {
    setRegister(k, receiver, Register.a0, 0, 0);
  }
}

function receiveFromSender(k: KernelState, receiver: Tcb, endpoint: Endpoint, reply: Reply | null): void {
  const sender = endpoint.queue.head;
  assert(sender !== null, "an endpoint with senders has a first one");
  leaveQueue(sender);
  const wantsAnswer = sender.isCall || sender.fault !== null;
  const answeredBy = wantsAnswer && (sender.canGrant || sender.canGrantReply) ? reply : null;
  transfer(k, sender, endpoint, sender.badgeLo, sender.badgeHi, sender.canGrant, receiver, answeredBy);
  unblockSporadic(k, sender.sc);
  if (answeredBy !== null) {
    const canDonate = sender.sc !== null && sender.fault?.tag !== seL4_Fault_Timeout;
    pushReply(k, sender, receiver, answeredBy, canDonate);
  } else if (wantsAnswer) {
    setState(k, sender, ThreadState.Inactive);
  } else {
    setState(k, sender, ThreadState.Running);
    offer(k, sender);
  }
}

/** The sender's fault if it has one, else its message. */
function transfer(
  k: KernelState,
  sender: Tcb,
  endpoint: Endpoint,
  badgeLo: number,
  badgeHi: number,
  canGrant: boolean,
  receiver: Tcb,
  answeredBy: Reply | null,
): void {
  const replyId = answeredBy === null ? 0 : answeredBy.id;
  if (sender.fault === null) transferMessage(k, sender, endpoint, badgeLo, badgeHi, canGrant, receiver, replyId);
  else transferFault(k, sender, sender.fault, badgeLo, badgeHi, receiver, replyId);
}
