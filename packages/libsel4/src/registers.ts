/**
 * How a message gets into registers and out of them again: a0 capability or badge, a1 message info, a2 to a5 the first
 * four message registers, a7 the number of the call.
 *
 * Only the words that the message has are moved, in both directions: what lies behind its length keeps its value.
 */
import { type Port, Register } from "@tessera/hal-sim/isa";
import { IPCBufferWord, messageInfoLength, seL4_FastMessageRegisters } from "./abi/index.js";
import { wordHigh, wordLow } from "./arguments.js";
import { seL4_MessageInfo_t } from "./message-info.js";
import type { WordLike } from "./types.js";

/** Register := a checked word. */
export function setRegister(cpu: Port, register: Register, name: string, value: WordLike): void {
  cpu.setPair(register, wordLow(name, value), wordHigh(value));
}

/** a1 := the message info; a2.. := the staged message registers that it counts. */
export function loadMessage(cpu: Port, info: seL4_MessageInfo_t): void {
  if (!(info instanceof seL4_MessageInfo_t))
    throw new TypeError(`info must come from seL4_MessageInfo_new, not ${info}`);
  cpu.setPair(Register.a1, info.lo, info.hi);
  const words = Math.min(messageInfoLength(info.lo), seL4_FastMessageRegisters);
  for (let i = 0; i < words; i++) {
    const index = IPCBufferWord.Msg + i;
    cpu.setPair((Register.a2 + i) as Register, cpu.stagedLow(index), cpu.stagedHigh(index));
  }
}

/** Staged message registers := a2.., as many as the message info in a1 counts. */
export function keepMessage(cpu: Port): void {
  const words = Math.min(messageInfoLength(cpu.low(Register.a1)), seL4_FastMessageRegisters);
  for (let i = 0; i < words; i++) {
    const register = (Register.a2 + i) as Register;
    cpu.stage(IPCBufferWord.Msg + i, cpu.low(register), cpu.high(register));
  }
}

/** a1 := an empty message info: what a receive that brings no message leaves there. */
export function clearMessage(cpu: Port): void {
  cpu.setPair(Register.a1, 0, 0);
}

/** Make system call `number`, one of seL4_Sys... (all negative). */
export function trap(cpu: Port, number: number): void {
  cpu.setPair(Register.a7, number, -1);
  cpu.ecall();
}
