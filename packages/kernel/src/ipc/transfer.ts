/**
 * Moving a message from one thread to another: registers, buffer words, capabilities (manual, section "IPC and
 * message transfer"). Nothing here can fail: what cannot be moved is left out, and the receiver's info word says
 * what arrived.
 */
import { Register } from "@tessera/hal-sim/isa";
import { CapTag, IPCBufferWord, seL4_MsgMaxLength } from "@tessera/libsel4/abi";
import { derive } from "../caps/derive.js";
import { lookupSlot, lookupTarget } from "../caps/lookup.js";
import { insertDerived } from "../caps/mdb.js";
import { Slot } from "../caps/slot.js";
import { traceFilled } from "../caps/trace-slot.js";
import { KernelEvent, MessageKind } from "../model/events.js";
import { SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { findBuffer } from "../threads/ipc-buffer.js";
import type { Tcb } from "../threads/tcb.js";
import {
  copyRegister,
  FIRST_MESSAGE_REGISTER,
  MESSAGE_REGISTERS,
  registerHigh,
  registerLow,
  setRegister,
} from "../threads/user-registers.js";
import type { Endpoint } from "./endpoint.js";
import { findExtraSlots } from "./extra-caps.js";

/** Int32 indexes of words in an IPC buffer. */
const FIRST_MESSAGE_WORD = 2 * IPCBufferWord.Msg;
const CAPS_OR_BADGES = 2 * IPCBufferWord.CapsOrBadges;
const RECEIVE_CNODE = 2 * IPCBufferWord.ReceiveCNode;
const RECEIVE_INDEX = 2 * IPCBufferWord.ReceiveIndex;
const RECEIVE_DEPTH = 2 * IPCBufferWord.ReceiveDepth;

/** Fields of an info word's low half. */
const LENGTH_MASK = 0x7f;
const EXTRA_CAPS_SHIFT = 7;
const UNWRAPPED_SHIFT = 9;
const LABEL_LOW_MASK = ~0xfff;

/**
 * Transfer `sender`'s message. `endpoint` is the one it goes through (its capabilities arrive as badges), or null for
 * a reply. `canGrant`: capabilities may go along. `replyId`: the reply object used or supplied, 0 none.
 */
export function transferMessage(
  k: KernelState,
  sender: Tcb,
  endpoint: Endpoint | null,
  badgeLo: number,
  badgeHi: number,
  canGrant: boolean,
  receiver: Tcb,
  replyId: number,
): void {
  const info = registerLow(k, sender, Register.a1);
  const infoHi = registerHigh(k, sender, Register.a1);
  const length = Math.min(info & LENGTH_MASK, seL4_MsgMaxLength);
  const extraCaps = (info >>> EXTRA_CAPS_SHIFT) & 3;

  const copied = copyWords(k, sender, receiver, length);
  let capFields = 0;
  if (canGrant && extraCaps !== 0) capFields = transferCaps(k, sender, extraCaps, endpoint, receiver);
  setRegister(k, receiver, Register.a1, (info & LABEL_LOW_MASK) | copied | capFields, infoHi);
  setRegister(k, receiver, Register.a0, badgeLo, badgeHi);
  const kind = endpoint === null ? MessageKind.Reply : MessageKind.Ipc;
  traceMessage(k, sender, receiver, badgeLo, badgeHi, copied, messageOrigin(kind, replyId));
}

/** Registers always, the rest when both have a buffer. Returns how many words arrived. */
function copyWords(k: KernelState, sender: Tcb, receiver: Tcb, length: number): number {
  const inRegisters = Math.min(length, MESSAGE_REGISTERS);
  for (let i = 0; i < inRegisters; i++) {
    copyRegister(k, sender, FIRST_MESSAGE_REGISTER + i, receiver, FIRST_MESSAGE_REGISTER + i);
  }
  if (length <= MESSAGE_REGISTERS) return length;
  const from = findBuffer(k, sender, false);
  const to = findBuffer(k, receiver, true);
  if (from < 0 || to < 0) return MESSAGE_REGISTERS;
  const first = FIRST_MESSAGE_WORD + 2 * MESSAGE_REGISTERS;
  k.memory.copyWords(to + first, from + first, 2 * (length - MESSAGE_REGISTERS));
  return length;
}

/**
 * Transfer up to three capabilities and return the info word's fields for them: one goes to the receive slot, those to
 * the endpoint itself arrive as their badges.
 */
function transferCaps(k: KernelState, sender: Tcb, count: number, endpoint: Endpoint | null, receiver: Tcb): number {
  const from = findBuffer(k, sender, false);
  const to = findBuffer(k, receiver, true);
  if (from < 0 || to < 0) return 0;
  if (findExtraSlots(k, sender, from, count) !== null) return 0;
  let receiveSlot = findReceiveSlot(k, receiver, to);
  let unwrapped = 0;
  let moved = 0;
  for (let i = 0; i < count; i++) {
    const source = k.args.extraSlot(i);
    const { cap } = source;
    if (cap.type === CapTag.endpoint && cap.object === endpoint) {
      k.words[to + CAPS_OR_BADGES + 2 * moved] = cap.badgeLo;
      k.words[to + CAPS_OR_BADGES + 2 * moved + 1] = cap.badgeHi;
      unwrapped |= 1 << moved;
      k.trace.emit(KernelEvent.CapUnwrapped, receiver.id, cap.badgeLo, cap.badgeHi, moved, 0, 0);
    } else {
      if (receiveSlot === null) break;
      const derived = derive(source, cap);
      if (derived instanceof SyscallError || derived.type === CapTag.null) break;
      insertDerived(derived, source, receiveSlot);
      traceReceived(k, receiver, receiveSlot, moved);
      traceFilled(k, receiveSlot);
      receiveSlot = null;
    }
    moved += 1;
  }
  return (moved << EXTRA_CAPS_SHIFT) | (unwrapped << UNWRAPPED_SHIFT);
}

/** The empty slot the receiver's buffer names, or null. */
function findReceiveSlot(k: KernelState, receiver: Tcb, buffer: number): Slot | null {
  const w = k.words;
  const space = receiver.cspace.cap;
  const root = lookupSlot(space, w[buffer + RECEIVE_CNODE] as number, w[buffer + RECEIVE_CNODE + 1] as number);
  if (!(root instanceof Slot)) return null;
  const depthLo = w[buffer + RECEIVE_DEPTH] as number;
  const depthHi = w[buffer + RECEIVE_DEPTH + 1] as number;
  const lo = w[buffer + RECEIVE_INDEX] as number;
  const hi = w[buffer + RECEIVE_INDEX + 1] as number;
  const slot = lookupTarget(root.cap, lo, hi, depthLo, depthHi, false, "receive slot");
  return slot instanceof Slot && slot.isEmpty ? slot : null;
}

function traceReceived(k: KernelState, receiver: Tcb, slot: Slot, index: number): void {
  const { cap } = slot;
  const badged = cap.type === CapTag.endpoint || cap.type === CapTag.notification;
  const object = cap.object === null ? 0 : cap.object.id;
  k.trace.emit(
    KernelEvent.CapReceived,
    receiver.id,
    cap.type,
    object,
    badged ? cap.badgeLo : 0,
    badged ? cap.badgeHi : 0,
    index,
  );
}

/** The last field of a Message record: how it came about, and the reply object it goes with (0: none). */
export function messageOrigin(kind: number, replyId: number): number {
  return kind | (replyId << 2);
}

/** Record a message as the receiver has it now: `length` words, of which those in registers are kept. */
export function traceMessage(
  k: KernelState,
  sender: Tcb,
  receiver: Tcb,
  badgeLo: number,
  badgeHi: number,
  length: number,
  kind: number,
): void {
  const info = registerLow(k, receiver, Register.a1);
  k.trace.emit(KernelEvent.Message, sender.id, receiver.id, badgeLo, badgeHi, info, kind);
  for (let i = 0; i < length && i < MESSAGE_REGISTERS; i += 2) {
    const a = FIRST_MESSAGE_REGISTER + i;
    k.trace.emit(
      KernelEvent.MessageWords,
      sender.id,
      i,
      registerLow(k, receiver, a),
      registerHigh(k, receiver, a),
      i + 1 < length ? registerLow(k, receiver, a + 1) : 0,
      i + 1 < length ? registerHigh(k, receiver, a + 1) : 0,
    );
  }
}
