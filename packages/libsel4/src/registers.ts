/**
 * How a message gets into registers and out of them again: a0 capability or badge, a1 message info, a2 to a5 the first
 * four message registers, a7 the number of the call.
 *
 * Only the words that the message has are moved, in both directions: what lies behind its length keeps its value.
 */
import { type Port, Register } from "@tessera/hal-sim/isa";
import { messageInfoLength, seL4_FastMessageRegisters } from "./abi/index.js";
import { wordHigh, wordLow } from "./arguments.js";
import { seL4_MessageInfo_t } from "./message-info.js";
import type { WordLike } from "./types.js";

/** Register := a checked word. */
export function setRegister(cpu: Port, register: Register, name: string, value: WordLike): void {
  if (typeof value === "number" && (value | 0) === value && value >= 0) cpu.setLow(register, value);
  else cpu.setPair(register, wordLow(name, value), wordHigh(value));
}

/** a1 := the message info; a2.. := the staged message registers that it counts. */
export function loadMessage(cpu: Port, info: seL4_MessageInfo_t): void {
  if (!(info instanceof seL4_MessageInfo_t))
    throw new TypeError(`info must come from seL4_MessageInfo_new, not ${info}`);
  const length = messageInfoLength(info.lo);
  cpu.loadMessage(info.lo, info.hi, length < seL4_FastMessageRegisters ? length : seL4_FastMessageRegisters);
}

/** a1 := an empty message info: what a receive that brings no message leaves there. */
export function clearMessage(cpu: Port): void {
  cpu.setPair(Register.a1, 0, 0);
}
