/**
 * The fast path of the two calls that servers live by: a Call to a thread that waits for it, and the ReplyRecv that
 * answers it. Everything that they need is checked first; when all of it holds, the message, the reply object, the time
 * and the CPU change hands here, in one go. When anything does not, nothing has changed and the general way is taken
 * (invoke.ts, receive.ts, sched/schedule.ts), which does the same in more steps: the same registers, links and trace
 * records. Tests run recordings and random crowds both ways and compare the hashes.
 */
import { Register } from "@tessera/hal-sim/isa";
import { CapTag, seL4_WordBits } from "@tessera/libsel4/abi";
import type { EndpointCap } from "../caps/cap.js";
import { quickLookup } from "../caps/lookup.js";
import { Right } from "../caps/rights.js";
import { findExtraSlots } from "../ipc/extra-caps.js";
import { popHead, pushHead, type Reply } from "../ipc/reply.js";
import { messageOrigin, transferMessage } from "../ipc/transfer.js";
import { switchRoot } from "../memory/vspace.js";
import { assert } from "../model/assert.js";
import { KernelEvent, MessageKind } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { takeOver } from "../sched/schedule.js";
import { findBuffer } from "../threads/ipc-buffer.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { MESSAGE_REGISTERS } from "../threads/user-registers.js";
import { releaseTime } from "../time/queues.js";
import type { SchedContext } from "../time/sched-context.js";

const A0 = 2 * Register.a0;
const A1 = 2 * Register.a1;
const A2 = 2 * Register.a2;
const A6 = 2 * Register.a6;

/** The number of capabilities and the length in an info word: as one number, at most 4 when registers hold it all. */
const CAPS_AND_LENGTH = 0x1ff;
const EXTRA_CAPS_SHIFT = 7;
/** What a message keeps of its sender's info word when all of it arrives. */
const CAPS_AND_UNWRAPPED = 0xf80;
const ANSWERABLE = Right.Grant | Right.GrantReply;

/** seL4_Call by `caller` through `cap`, if a thread waits for it. False: nothing was done. */
export function fastCall(k: KernelState, caller: Tcb, cap: EndpointCap): boolean {
  const info = k.words[caller.regs + A1] as number;
  if ((cap.rights & Right.Write) === 0 || (cap.rights & ANSWERABLE) === 0) return false;
  const { queue } = cap.object;
  const callee = queue.head;
  if (callee === null) return false;
  // A sender in the queue has no reply object.
  const { reply } = callee;
  const { sc } = caller;
  if (reply === null || sc === null || !isNext(k, callee) || callee.sc?.isSporadic === true) return false;
  if (!canBeSent(k, caller, info)) return false;

  queue.remove(callee);
  callee.blockedOn = null;
  callee.reply = null;
  if ((info & CAPS_AND_LENGTH) <= MESSAGE_REGISTERS) {
    deliver(k, caller, callee, info, cap.badgeLo, cap.badgeHi, messageOrigin(MessageKind.Ipc, reply.id));
  } else {
    const canGrant = (cap.rights & Right.Grant) !== 0;
    transferMessage(k, caller, cap.object, cap.badgeLo, cap.badgeHi, canGrant, callee, reply.id);
  }
  assert(reply.tcb === callee && reply.nextSc === null && reply.nextReply === null, "a receiver's reply is free");
  reply.tcb = caller;
  caller.reply = reply;
  caller.state = ThreadState.BlockedOnReply;
  if (callee.sc === null) lend(k, sc, caller, callee, reply);
  switchTo(k, callee);
  return true;
}

/** seL4_ReplyRecv by `server`, if somebody waits for the answer and nobody has sent meanwhile. False: nothing was done. */
export function fastReplyRecv(k: KernelState, server: Tcb): boolean {
  const { words } = k;
  const { regs } = server;
  const info = words[regs + A1] as number;
  if (server.boundNotification !== null) return false;
  const space = server.cspace.cap;
  const replySlot = quickLookup(
    space,
    words[regs + A6] as number,
    words[regs + A6 + 1] as number,
    seL4_WordBits,
    false,
  );
  const slot = quickLookup(space, words[regs + A0] as number, words[regs + A0 + 1] as number, seL4_WordBits, false);
  if (replySlot === null || slot === null || replySlot.cap.type !== CapTag.reply) return false;
  const { cap } = slot;
  if (cap.type !== CapTag.endpoint || (cap.rights & Right.Read) === 0) return false;
  const endpoint = cap.object;
  if (endpoint.queue.head !== null && endpoint.queue.head.state !== ThreadState.BlockedOnReceive) return false;
  const reply = replySlot.cap.object;
  const caller = reply.tcb;
  if (caller === null || caller.state !== ThreadState.BlockedOnReply || caller.fault !== null) return false;
  if (!isNext(k, caller) || !returns(reply, server, caller) || !canBeSent(k, server, info)) return false;

  if (caller.sc === null) giveBack(k, reply, server, caller);
  caller.reply = null;
  if ((info & CAPS_AND_LENGTH) <= MESSAGE_REGISTERS) {
    deliver(k, server, caller, info, 0, 0, messageOrigin(MessageKind.Reply, reply.id));
  } else {
    const canGrant = (replySlot.cap.rights & Right.Grant) !== 0;
    transferMessage(k, server, null, 0, 0, canGrant, caller, reply.id);
  }
  caller.state = ThreadState.Running;
  reply.tcb = server;
  server.reply = reply;
  server.state = ThreadState.BlockedOnReceive;
  server.blockedOn = endpoint;
  endpoint.queue.insert(server);
  k.trace.emit(KernelEvent.Blocked, server.id, server.state, endpoint.id, reply.id, 0, 0);
  switchTo(k, caller);
  return true;
}

/** Whether the capabilities of a message, if it has any, resolve: those that do not are the sender's mistake. */
function canBeSent(k: KernelState, sender: Tcb, info: number): boolean {
  const count = (info >>> EXTRA_CAPS_SHIFT) & 3;
  if (count === 0) return true;
  const buffer = findBuffer(k, sender, false);
  return buffer < 0 || findExtraSlots(k, sender, buffer, count) === null;
}

/**
 * Whether `tcb`, once it can run, is the thread that runs next, with nothing else to be done before. Nothing is left of
 * entries before: each ends with the timer and the page tables set. Nor must `tcb` wait for time: who waits for a message
 * has stopped with a budget left, or has no time of its own.
 */
function isNext(k: KernelState, tcb: Tcb): boolean {
  const { domains, releaseQueue } = k;
  return (
    tcb.domain === domains.current &&
    tcb.priority >= k.readyQueues.highestPriority(tcb.domain) &&
    (releaseQueue.head === null || releaseTime(releaseQueue.head) > k.now)
  );
}

/**
 * Whether the answer brings back the time that `server` runs on, or `caller` has its own and the reply none to bring.
 * Sporadic contexts of callers, and of callees, go the general way: it looks at their refills.
 */
function returns(reply: Reply, server: Tcb, caller: Tcb): boolean {
  const { sc } = caller;
  if (sc === null) return reply.nextSc === server.sc;
  return !sc.isSporadic && reply.nextSc === null && reply.nextReply === null && reply.prev === null;
}

/** The caller's context runs the callee from now on. */
function lend(k: KernelState, sc: SchedContext, caller: Tcb, callee: Tcb, reply: Reply): void {
  pushHead(sc, reply);
  move(k, sc, caller, callee);
}

/** The context that the newest reply heads goes back. */
function giveBack(k: KernelState, reply: Reply, server: Tcb, caller: Tcb): void {
  const sc = reply.nextSc;
  assert(sc !== null && sc.replyHead === reply, "the head of a stack and its scheduling context name each other");
  popHead(sc, reply);
  move(k, sc, server, caller);
}

function move(k: KernelState, sc: SchedContext, from: Tcb, to: Tcb): void {
  assert(sc.tcb === from && to.sc === null, "time goes from who has it to who has none");
  from.sc = null;
  sc.tcb = to;
  to.sc = sc;
  k.trace.emit(KernelEvent.Donated, sc.id, from.id, to.id, 0, 0, 0);
}

/** A message that is all in registers, as are most; `transferMessage` does the others. */
function deliver(k: KernelState, from: Tcb, to: Tcb, sent: number, badgeLo: number, badgeHi: number, origin: number) {
  const { words, trace } = k;
  const source = from.regs;
  const target = to.regs;
  const info = sent & ~CAPS_AND_UNWRAPPED;
  const length = sent & CAPS_AND_LENGTH;
  // Said to be int32, so that the engine need not think of fractions.
  words[target + A0] = badgeLo | 0;
  words[target + A0 + 1] = badgeHi | 0;
  words[target + A1] = info;
  words[target + A1 + 1] = words[source + A1 + 1] as number;
  trace.emit(KernelEvent.Message, from.id, to.id, badgeLo, badgeHi, info, origin);
  for (let i = 0; i < length; i += 2)
    deliverWords(k, from, source + A2 + 2 * i, target + A2 + 2 * i, i, i + 1 < length);
}

/** Words `i` and, if there is one, `i` + 1 of a message. */
function deliverWords(k: KernelState, from: Tcb, source: number, target: number, i: number, hasNext: boolean): void {
  const { words } = k;
  const lo = words[source] as number;
  const hi = words[source + 1] as number;
  words[target] = lo;
  words[target + 1] = hi;
  let nextLo = 0;
  let nextHi = 0;
  if (hasNext === true) {
    nextLo = words[source + 2] as number;
    nextHi = words[source + 3] as number;
    words[target + 2] = nextLo;
    words[target + 3] = nextHi;
  }
  k.trace.emit(KernelEvent.MessageWords, from.id, i, lo, hi, nextLo, nextHi);
}

function switchTo(k: KernelState, tcb: Tcb): void {
  tcb.state = ThreadState.Running;
  k.current = tcb;
  if (tcb.sc !== k.currentSc) takeOver(k);
  switchRoot(k, tcb);
  k.cpu.context = tcb.context;
  k.shortcuts += 1;
}
