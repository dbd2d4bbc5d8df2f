/**
 * How a message gets into registers and out of them again: a0 capability or badge, a1 message info, a2 to a5 the first
 * four message registers, a7 the number of the call.
 *
 * Only the words that the message has are moved, in both directions: what lies behind its length keeps its value.
 */
import type { Port, Register } from "@tessera/hal-sim/isa";
import { messageInfoLength, seL4_FastMessageRegisters } from "./abi/index.js";
import { wordHigh, wordLow } from "./arguments.js";
import { seL4_MessageInfo_t } from "./message-info.js";
import type { WordLike } from "./types.js";

/** Register := a checked word. */
export function setRegister(cpu: Port, register: Register, name: string, value: WordLike): void {
  if (typeof value === "number" && (value | 0) === value && value >= 0) cpu.setLow(register, value);
  else cpu.setPair(register, wordLow(name, value), wordHigh(value));
}

/**
 * Trap with the message under construction: a0 := the checked word `value`, a1 := `info`, a2.. := the staged message
 * registers that it counts.
 */
export function sendMessage(cpu: Port, number: number, name: string, value: WordLike, info: seL4_MessageInfo_t): void {
  const lo = wordLow(name, value);
  if (!(info instanceof seL4_MessageInfo_t)) refuseInfo(info);
  const length = messageInfoLength(info.lo);
  const count = length < seL4_FastMessageRegisters ? length : seL4_FastMessageRegisters;
  cpu.messageCall(number, lo, wordHigh(value), info.lo, info.hi, count);
}

/** Trap without a message: a0 := the checked word `value`, a1 := what a receive that brings no message leaves there. */
export function sendNothing(cpu: Port, number: number, name: string, value: WordLike): void {
  cpu.messageCall(number, wordLow(name, value), wordHigh(value), 0, 0, 0);
}

function refuseInfo(info: unknown): never {
  throw new TypeError(`info must come from seL4_MessageInfo_new, not ${info}`);
}
