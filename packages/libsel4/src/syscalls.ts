/**
 * The eleven system calls of the MCS API, and Signal and Poll, which C defines by them. `yield*` each of them.
 *
 * They never return an error code. What goes wrong before anything was done is a fault of the calling thread, sent to
 * its fault handler, and a reply of the handler makes the call again:
 *
 * - CapFault in the send phase (Send, Call; Signal is a Send): `dest` or one of the capabilities to be sent cannot be
 *   looked up. The non-blocking sends do nothing instead.
 * - CapFault in the receive phase (all that receive, the non-blocking ones too): `src` cannot be looked up, is neither
 *   endpoint nor notification, lacks the Read right, or is a notification bound to another thread; for calls with a
 *   `reply`: `src` is an endpoint and `reply` cannot be looked up or is no reply object.
 *
 * `dest` may be any capability that takes messages. On a kernel object a Send performs the invocation and drops its
 * outcome; what is no such capability at all (an empty slot, no Write right) makes a Send do nothing and a Call return
 * label seL4_InvalidCapability.
 * All check their arguments first: TypeError or RangeError when one is no word. Sources: seL4 manual, "System Calls"
 * (kernel services and objects; MCS) and "IPC".
 */
import { port, Register, type Syscall } from "@tessera/hal-sim/isa";
import {
  seL4_SysCall,
  seL4_SysNBRecv,
  seL4_SysNBSend,
  seL4_SysNBSendRecv,
  seL4_SysNBSendWait,
  seL4_SysNBWait,
  seL4_SysRecv,
  seL4_SysReplyRecv,
  seL4_SysSend,
  seL4_SysWait,
  seL4_SysYield,
} from "./abi/index.js";
import type { seL4_MessageInfo_t } from "./message-info.js";
import { sendMessage, sendNothing, setRegister } from "./registers.js";
import { type Received, receiveResult, replyResult, voidResult } from "./results.js";
import type { seL4_CPtr } from "./types.js";

/**
 * Send the message under construction and wait until it is taken.
 * Can block: on an endpoint until a receiver takes the message; never on other objects. Allocates nothing.
 * Errors: CapFault (send phase).
 * @param dest endpoint (Write right), notification, reply object or kernel object
 * @param info label, capabilities and words to be sent
 */
export function seL4_Send(dest: seL4_CPtr, info: seL4_MessageInfo_t): Syscall<void> {
  sendMessage(port(), seL4_SysSend, "dest", dest, info);
  return voidResult;
}

/**
 * Send the message under construction if a receiver is waiting, else drop it.
 * Cannot block. Allocates nothing. Errors: none; a capability that cannot be looked up makes it do nothing.
 * @param dest endpoint (Write right), notification, reply object or kernel object
 * @param info label, capabilities and words to be sent
 */
export function seL4_NBSend(dest: seL4_CPtr, info: seL4_MessageInfo_t): Syscall<void> {
  sendMessage(port(), seL4_SysNBSend, "dest", dest, info);
  return voidResult;
}

/**
 * Send the message under construction, lend the receiver this thread's scheduling context if it has none of its own,
 * and wait for the reply. The message registers hold the reply's words afterwards.
 * Can block: until the message is taken and until the reply comes; forever when nobody replies, for instance when the
 * capability has neither Grant nor GrantReply or the receiver has given no reply object. On kernel objects: only as
 * long as the invocation takes. Allocates nothing by itself.
 * Errors: CapFault (send phase). A kernel object answers with a label of seL4_InvalidArgument .. seL4_NotEnoughMemory.
 * @param dest endpoint (Write right; Grant or GrantReply to get a reply), or any other capability that takes messages
 * @param info label, capabilities and words to be sent
 * @returns the message info of the reply
 */
export function seL4_Call(dest: seL4_CPtr, info: seL4_MessageInfo_t): Syscall<seL4_MessageInfo_t> {
  sendMessage(port(), seL4_SysCall, "dest", dest, info);
  return replyResult;
}

/**
 * Wait for a message. A Call that arrives leaves its right to a reply in `reply`.
 * Can block: until a message comes, or a signal to the notification bound to this thread. Allocates nothing; the
 * capability that a message may bring goes to the receive path.
 * Errors: CapFault (receive phase).
 * @param src endpoint or notification, with the Read right
 * @param reply reply object; not looked at when `src` is a notification. Whoever still waits for a reply by it is cut
 *   off: that thread becomes inactive
 * @returns `badge` of the sender's capability, or the notification word with an empty `info`
 */
export function seL4_Recv(src: seL4_CPtr<"Endpoint" | "Notification">, reply: seL4_CPtr<"Reply">): Syscall<Received> {
  const cpu = port();
  setRegister(cpu, Register.a6, "reply", reply);
  sendNothing(cpu, seL4_SysRecv, "src", src);
  return receiveResult;
}

/**
 * As `seL4_Recv`, if a message or a signal is there; else badge 0 and an empty `info`.
 * Cannot block. Allocates nothing. Errors: CapFault (receive phase).
 * @param src endpoint or notification, with the Read right
 * @param reply reply object; is taken from whoever waits by it even when no message is there
 */
export function seL4_NBRecv(src: seL4_CPtr<"Endpoint" | "Notification">, reply: seL4_CPtr<"Reply">): Syscall<Received> {
  const cpu = port();
  setRegister(cpu, Register.a6, "reply", reply);
  sendNothing(cpu, seL4_SysNBRecv, "src", src);
  return receiveResult;
}

/**
 * Reply through `reply`, then wait for the next message with the same reply object: the loop of a server.
 * A lent scheduling context goes back with the reply.
 * Can block: only in the receive phase. Allocates nothing.
 * Errors: CapFault (receive phase). A reply that nobody waits for is dropped.
 * @param src endpoint or notification, with the Read right
 * @param info label, capabilities and words of the reply
 * @param reply reply object, for both phases
 * @returns the next message. When a signal came instead, `info` still is the reply's: tell them apart by `badge`
 */
export function seL4_ReplyRecv(
  src: seL4_CPtr<"Endpoint" | "Notification">,
  info: seL4_MessageInfo_t,
  reply: seL4_CPtr<"Reply">,
): Syscall<Received> {
  const cpu = port();
  setRegister(cpu, Register.a6, "reply", reply);
  sendMessage(cpu, seL4_SysReplyRecv, "src", src, info);
  return receiveResult;
}

/**
 * Send without blocking, then wait for a message. The receiver of the send gets this thread's scheduling context if it
 * has none; nothing brings it back by itself. The call with which a server becomes passive.
 * Can block: only in the receive phase. Allocates nothing.
 * Errors: CapFault (receive phase). A send that cannot be done is dropped; TCBs, CNodes, domains, scheduling contexts
 * and their controls are not invoked this way.
 * @param dest endpoint (Write right), notification, reply object or kernel object
 * @param info label, capabilities and words to be sent
 * @param src endpoint or notification, with the Read right
 * @param reply reply object for the receive phase
 * @returns as `seL4_ReplyRecv`
 */
export function seL4_NBSendRecv(
  dest: seL4_CPtr,
  info: seL4_MessageInfo_t,
  src: seL4_CPtr<"Endpoint" | "Notification">,
  reply: seL4_CPtr<"Reply">,
): Syscall<Received> {
  const cpu = port();
  setRegister(cpu, Register.t0, "dest", dest);
  setRegister(cpu, Register.a6, "reply", reply);
  sendMessage(cpu, seL4_SysNBSendRecv, "src", src, info);
  return receiveResult;
}

/**
 * As `seL4_NBSendRecv`, receiving without a reply object.
 * Can block: only in the receive phase. Allocates nothing. Errors: CapFault (receive phase).
 * @param dest endpoint (Write right), notification, reply object or kernel object
 * @param info label, capabilities and words to be sent
 * @param src endpoint or notification, with the Read right
 * @returns as `seL4_ReplyRecv`
 */
export function seL4_NBSendWait(
  dest: seL4_CPtr,
  info: seL4_MessageInfo_t,
  src: seL4_CPtr<"Endpoint" | "Notification">,
): Syscall<Received> {
  const cpu = port();
  setRegister(cpu, Register.a6, "dest", dest);
  sendMessage(cpu, seL4_SysNBSendWait, "src", src, info);
  return receiveResult;
}

/**
 * Wait for a signal, or for a message that needs no reply (a Call received this way cannot be answered: its caller
 * becomes inactive).
 * Can block: until one comes. Allocates nothing. Errors: CapFault (receive phase).
 * @param src notification or endpoint, with the Read right
 * @returns the notification word as `badge` with an empty `info`, or a message
 */
export function seL4_Wait(src: seL4_CPtr<"Endpoint" | "Notification">): Syscall<Received> {
  sendNothing(port(), seL4_SysWait, "src", src);
  return receiveResult;
}

/**
 * As `seL4_Wait`, if a signal or message is there; else badge 0 and an empty `info`.
 * Cannot block. Allocates nothing. Errors: CapFault (receive phase).
 * @param src notification or endpoint, with the Read right
 */
export function seL4_NBWait(src: seL4_CPtr<"Endpoint" | "Notification">): Syscall<Received> {
  sendNothing(port(), seL4_SysNBWait, "src", src);
  return receiveResult;
}

/**
 * Take a signal if there is one: C's name for `seL4_NBWait` on a notification.
 * Cannot block. Allocates nothing. Errors: CapFault (receive phase).
 * @param src notification, with the Read right
 * @returns the notification word as `badge`, 0 when there was none
 */
export function seL4_Poll(src: seL4_CPtr<"Notification">): Syscall<Received> {
  return seL4_NBWait(src);
}

/**
 * Signal a notification: its word is ORed with the capability's badge, or a waiter is woken with that badge.
 * Cannot block. Allocates nothing. Errors: CapFault (send phase). Without the Write right it does nothing.
 * @param dest notification, with the Write right
 */
export function seL4_Signal(dest: seL4_CPtr<"Notification">): Syscall<void> {
  sendNothing(port(), seL4_SysSend, "dest", dest);
  return voidResult;
}

/**
 * Give up the rest of the current budget: the thread goes behind those of its priority, or waits for its next refill.
 * Can block: until then. Allocates nothing. Errors: none.
 */
export function seL4_Yield(): Syscall<void> {
  const cpu = port();
  cpu.systemCall(seL4_SysYield);
  return voidResult;
}
