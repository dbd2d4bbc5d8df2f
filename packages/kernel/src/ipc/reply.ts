/**
 * A reply object: who is owed an answer, and where the time lent for the call goes back to.
 *
 * Free, or linked to a receiver that will use it, or to a caller (BlockedOnReply). When a Call donated a scheduling
 * context, its reply is pushed on that context's stack: `nextSc` of the newest points at the context, `prev` at the
 * older reply below. Pushing and removing keep both ends of each link; a reply cut out of the middle cuts the stack.
 */
import { assert } from "../model/assert.js";
import { KernelObject } from "../model/kernel-object.js";
import type { KernelState } from "../model/state.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { setState } from "../time/request.js";
import { donate, type SchedContext } from "../time/sched-context.js";

/** log2 bytes a reply object takes from its untyped. */
const REPLY_BITS = 5;

export class Reply extends KernelObject {
  /** The caller that waits for an answer, or the receiver that supplied this object. */
  tcb: Tcb | null = null;
  /** The older reply below on the stack. */
  prev: Reply | null = null;
  /** The newer reply above; or, for the newest, the scheduling context itself. */
  nextReply: Reply | null = null;
  nextSc: SchedContext | null = null;

  get sizeBits(): number {
    return REPLY_BITS;
  }
}

/** `caller` waits for an answer through `reply`; its time goes to a passive `callee` when `canDonate`. */
export function pushReply(k: KernelState, caller: Tcb, callee: Tcb, reply: Reply, canDonate: boolean): void {
  assert(reply.tcb === null && reply.nextSc === null && reply.nextReply === null, "a reply that is pushed is free");
  assert(caller.reply === null, "a caller waits for one answer");
  reply.tcb = caller;
  caller.reply = reply;
  setState(k, caller, ThreadState.BlockedOnReply);
  const { sc } = caller;
  if (sc === null || callee.sc !== null || !canDonate) return;
  pushHead(sc, reply);
  donate(k, sc, callee);
}

/** Take the reply from its caller: the newest gives the time back, one in the middle cuts the stack there. */
export function removeReply(k: KernelState, reply: Reply): void {
  const caller = reply.tcb;
  assert(caller !== null && caller.state === ThreadState.BlockedOnReply, "a reply that is removed has a caller");
  const sc = reply.nextSc;
  if (sc !== null) {
    assert(sc.replyHead === reply, "the head of a stack and its scheduling context name each other");
    popHead(sc, reply);
    if (caller.sc === null) donate(k, sc, caller);
  } else {
    cutOut(reply);
  }
  release(k, reply, caller);
}

/** The caller goes away instead of being answered: nobody gets time back. */
export function abandonReply(k: KernelState, caller: Tcb): void {
  const { reply } = caller;
  assert(reply !== null && reply.tcb === caller, "a caller and its reply name each other");
  const sc = reply.nextSc;
  if (sc !== null) {
    assert(sc.replyHead === reply, "the head of a stack and its scheduling context name each other");
    sc.replyHead = null;
  }
  reply.nextSc = null;
  cutOut(reply);
  release(k, reply, caller);
}

/** A receiver no longer waits with this reply object. */
export function unlinkReceiver(reply: Reply): void {
  const { tcb } = reply;
  assert(tcb !== null && tcb.reply === reply, "a receiver and its reply name each other");
  tcb.reply = null;
  reply.tcb = null;
}

/** Put a reply on top of the stack of a context that is about to be donated. */
export function pushHead(sc: SchedContext, reply: Reply): void {
  const older = sc.replyHead;
  if (older !== null) {
    older.nextSc = null;
    older.nextReply = reply;
  }
  reply.prev = older;
  reply.nextSc = sc;
  sc.replyHead = reply;
}

/** Take the newest reply off the stack of a context that goes back. */
export function popHead(sc: SchedContext, reply: Reply): void {
  const older = reply.prev;
  sc.replyHead = older;
  if (older !== null) {
    older.nextReply = null;
    older.nextSc = sc;
  }
  reply.prev = null;
  reply.nextSc = null;
}

function cutOut(reply: Reply): void {
  if (reply.nextReply !== null) {
    assert(reply.nextReply.prev === reply, "a reply and the newer one above name each other");
    reply.nextReply.prev = null;
  }
  if (reply.prev !== null) {
    assert(reply.prev.nextReply === reply, "a reply and the older one below name each other");
    reply.prev.nextReply = null;
    reply.prev.nextSc = null;
  }
  reply.prev = null;
  reply.nextReply = null;
}

function release(k: KernelState, reply: Reply, caller: Tcb): void {
  reply.tcb = null;
  caller.reply = null;
  setState(k, caller, ThreadState.Inactive);
}
