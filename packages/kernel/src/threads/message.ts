/**
 * Writing a message into a thread: words 0..3 to its registers, the rest to its IPC buffer if it has one that can
 * receive. Used for kernel replies and fault messages; transfers between threads are in ipc/transfer.ts.
 */
import { Register } from "@tessera/hal-sim/isa";
import type { KernelState } from "../model/state.js";
import { findBuffer } from "./ipc-buffer.js";
import type { Tcb } from "./tcb.js";
import { FIRST_MESSAGE_REGISTER, MESSAGE_REGISTERS, registerHigh, registerLow, setRegister } from "./user-registers.js";

/** Write message words given as pairs low, high. Returns how many arrived: 4 at most without a buffer. */
export function writeMessage(k: KernelState, tcb: Tcb, pairs: readonly number[]): number {
  const count = pairs.length / 2;
  const buffer = count > MESSAGE_REGISTERS ? findBuffer(k, tcb, true) : -1;
  const written = buffer < 0 ? Math.min(count, MESSAGE_REGISTERS) : count;
  for (let i = 0; i < written; i++) {
    writeMessageWord(k, tcb, buffer, i, pairs[2 * i] as number, pairs[2 * i + 1] as number);
  }
  return written;
}

function writeMessageWord(k: KernelState, tcb: Tcb, buffer: number, i: number, lo: number, hi: number): void {
  if (i < MESSAGE_REGISTERS) {
    setRegister(k, tcb, FIRST_MESSAGE_REGISTER + i, lo, hi);
  } else {
    k.words[buffer + 2 * (i + 1)] = lo;
    k.words[buffer + 2 * (i + 1) + 1] = hi;
  }
}

/** Word `i` of the message in `tcb`'s registers or its buffer (word index, only looked at beyond the registers). */
export function messageLow(k: KernelState, tcb: Tcb, buffer: number, i: number): number {
  if (i < MESSAGE_REGISTERS) return registerLow(k, tcb, FIRST_MESSAGE_REGISTER + i);
  return k.words[buffer + 2 * (i + 1)] as number;
}
export function messageHigh(k: KernelState, tcb: Tcb, buffer: number, i: number): number {
  if (i < MESSAGE_REGISTERS) return registerHigh(k, tcb, FIRST_MESSAGE_REGISTER + i);
  return k.words[buffer + 2 * (i + 1) + 1] as number;
}

/** The kernel's reply to a Call: label, message words (pairs low, high), badge 0. */
export function replyFromKernel(k: KernelState, tcb: Tcb, label: number, pairs: readonly number[]): void {
  const length = pairs.length === 0 ? 0 : writeMessage(k, tcb, pairs);
  setRegister(k, tcb, Register.a0, 0, 0);
  setRegister(k, tcb, Register.a1, (label << 12) | length, 0);
}
