/**
 * The send phase of a system call: find the capability, then send through it or do what its object offers.
 *
 * An address that does not resolve faults a blocking caller and silently ends a non-blocking send. Errors are told to
 * Call alone. Manual, sections "System calls" and "Kernel services".
 */
import { Register } from "@tessera/hal-sim/isa";
import { CapTag, seL4_MsgMaxLength, seL4_NoError } from "@tessera/libsel4/abi";
import type { Cap, EndpointCap, NotificationCap, ReplyCap } from "../caps/cap.js";
import { Right } from "../caps/rights.js";
import { Slot } from "../caps/slot.js";
import { answer, isAwaited } from "../faults/answer.js";
import { raiseFault } from "../faults/handler.js";
import { decode } from "../invocations/decode.js";
import { perform } from "../invocations/perform.js";
import { type SendRights, send } from "../ipc/endpoint.js";
import { extraCapHigh, extraCapLow, findExtraSlots } from "../ipc/extra-caps.js";
import { signal } from "../ipc/notification.js";
import { KernelEvent } from "../model/events.js";
import { invalidCapability, type LookupFailure, type Progress, SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { capFault } from "../threads/fault.js";
import { findBuffer } from "../threads/ipc-buffer.js";
import { replyFromKernel } from "../threads/message.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { MESSAGE_REGISTERS, registerHigh, registerLow } from "../threads/user-registers.js";

/** How a system call sends. */
export interface SendKind extends SendRights {
  /** Another phase follows: neither errors nor results can be told. */
  readonly isFirstPhase: boolean;
}

export const SEND: SendKind = { isBlocking: true, isCall: false, canDonate: false, isFirstPhase: false };
export const NB_SEND: SendKind = { isBlocking: false, isCall: false, canDonate: false, isFirstPhase: false };
export const CALL: SendKind = { isBlocking: true, isCall: true, canDonate: true, isFirstPhase: false };
export const FIRST_PHASE: SendKind = { isBlocking: false, isCall: false, canDonate: true, isFirstPhase: true };

const NO_WORDS: readonly number[] = [];

/** Invoke the capability in `slot`, which is what address (hi, lo) names, with the message in `current`'s registers. */
export function invoke(
  k: KernelState,
  current: Tcb,
  slot: Slot | LookupFailure,
  lo: number,
  hi: number,
  kind: SendKind,
): Progress {
  if (!(slot instanceof Slot)) {
    unresolved(k, current, lo, hi, slot, kind, "the address does not resolve");
    return "done";
  }
  const info = registerLow(k, current, Register.a1);
  const caps = (info >>> 7) & 3;
  const buffer = caps !== 0 || isKernelObject(slot.cap) ? findBuffer(k, current, false) : -1;
  if (!findExtraCaps(k, current, buffer, buffer < 0 ? 0 : caps, kind)) return "done";
  const result = invokeSlot(k, current, slot, info, buffer, kind);
  if (result === "preempted") return result;
  if (result === "done") succeed(k, current, kind);
  else refuse(k, current, lo, hi, kind, result);
  return "done";
}

/** What is invoked and no message is sent through. */
function isKernelObject({ type }: Cap): boolean {
  return type !== CapTag.endpoint && type !== CapTag.notification && type !== CapTag.reply;
}

/** Find the slots of the extra capabilities. False: one does not resolve, which has faulted a blocking caller. */
function findExtraCaps(k: KernelState, current: Tcb, buffer: number, count: number, kind: SendKind): boolean {
  const failure = findExtraSlots(k, current, buffer, count);
  if (failure === null) return true;
  const at = k.args.caps;
  const why = `extra capability ${at + 1} of the message does not resolve`;
  unresolved(k, current, extraCapLow(k, buffer, at), extraCapHigh(k, buffer, at), failure, kind, why);
  return false;
}

function unresolved(
  k: KernelState,
  current: Tcb,
  lo: number,
  hi: number,
  failure: LookupFailure,
  kind: SendKind,
  why: string,
): void {
  if (kind.isBlocking) raiseFault(k, current, capFault(lo, hi, false, failure, why));
  else k.explainer?.unresolved(current, lo, hi, why);
}

function invokeSlot(
  k: KernelState,
  current: Tcb,
  slot: Slot,
  info: number,
  buffer: number,
  kind: SendKind,
): Progress | SyscallError {
  const { cap } = slot;
  switch (cap.type) {
    case CapTag.endpoint:
      return sendThrough(k, current, cap, kind);
    case CapTag.notification:
      return signalThrough(k, current, cap);
    case CapTag.reply:
      return answerThrough(k, current, cap, kind);
    default:
      return invokeObject(k, current, slot, info, buffer, kind);
  }
}

/** The caller is told that it is done, unless it waits for an answer, or was told something else. */
function succeed(k: KernelState, current: Tcb, kind: SendKind): void {
  if (current.state !== ThreadState.Restart) return;
  if (kind.isCall) replyFromKernel(k, current, seL4_NoError, NO_WORDS);
  current.state = ThreadState.Running;
}

function refuse(k: KernelState, current: Tcb, lo: number, hi: number, kind: SendKind, error: SyscallError): void {
  k.explainer?.refused(current, lo, hi, error);
  if (kind.isCall) replyFromKernel(k, current, error.code, error.words);
  current.state = ThreadState.Running;
}

function sendThrough(k: KernelState, current: Tcb, cap: EndpointCap, kind: SendKind): Progress | SyscallError {
  if ((cap.rights & Right.Write) === 0) {
    return invalidCapability(0, "sending needs an endpoint capability with the Write right");
  }
  current.state = ThreadState.Restart;
  const canGrant = (cap.rights & Right.Grant) !== 0;
  const canGrantReply = (cap.rights & Right.GrantReply) !== 0;
  send(k, current, cap.object, kind, cap.badgeLo, cap.badgeHi, canGrant, canGrantReply);
  return "done";
}

function signalThrough(k: KernelState, current: Tcb, cap: NotificationCap): Progress | SyscallError {
  if ((cap.rights & Right.Write) === 0) {
    return invalidCapability(0, "signalling needs a notification capability with the Write right");
  }
  current.state = ThreadState.Restart;
  signal(k, cap.object, cap.badgeLo, cap.badgeHi);
  return "done";
}

function answerThrough(k: KernelState, current: Tcb, cap: ReplyCap, kind: SendKind): Progress {
  // A server that has nobody to answer yet may begin with ReplyRecv: that is no mistake.
  if (!kind.isFirstPhase && !isAwaited(cap.object)) k.explainer?.unanswerable(current);
  current.state = ThreadState.Restart;
  answer(k, current, cap.object, (cap.rights & Right.Grant) !== 0);
  return "done";
}

function invokeObject(
  k: KernelState,
  current: Tcb,
  slot: Slot,
  info: number,
  buffer: number,
  kind: SendKind,
): Progress | SyscallError {
  const { args } = k;
  const { cap } = slot;
  const label = registerHigh(k, current, Register.a1) * 0x100000 + (info >>> 12);
  const sent = Math.min(info & 0x7f, seL4_MsgMaxLength);
  const length = buffer < 0 ? Math.min(sent, MESSAGE_REGISTERS) : sent;
  args.fill(current, buffer, label, length, kind.isCall);
  const decoded = decode(k, args, slot, kind.isFirstPhase);
  const isRefused = decoded instanceof SyscallError;
  const object = cap.object === null ? 0 : cap.object.id;
  k.trace.emit(
    KernelEvent.Invoked,
    current.id,
    label | 0,
    isRefused ? decoded.code : seL4_NoError,
    cap.type,
    object,
    0,
  );
  if (isRefused) return decoded;
  current.state = ThreadState.Restart;
  return perform(k, decoded);
}
