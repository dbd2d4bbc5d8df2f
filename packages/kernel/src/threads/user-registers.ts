/** The registers of a thread as kernel code reads and writes them; see the register file in hal-sim/isa. */
import { Register } from "@tessera/hal-sim/isa";
import type { KernelState } from "../model/state.js";
import { wordOf } from "../model/word.js";
import type { Tcb } from "./tcb.js";

/** Message registers that travel in CPU registers: a2..a5. */
export const FIRST_MESSAGE_REGISTER = Register.a2;
export const MESSAGE_REGISTERS = 4;

export function registerLow(k: KernelState, tcb: Tcb, register: number): number {
  return k.words[tcb.regs + 2 * register] as number;
}

export function registerHigh(k: KernelState, tcb: Tcb, register: number): number {
  return k.words[tcb.regs + 2 * register + 1] as number;
}

export function registerWord(k: KernelState, tcb: Tcb, register: number): number {
  return wordOf(registerLow(k, tcb, register), registerHigh(k, tcb, register));
}

export function setRegister(k: KernelState, tcb: Tcb, register: number, lo: number, hi: number): void {
  const index = tcb.regs + 2 * register;
  // Said to be int32, so that the engine need not think of fractions.
  k.words[index] = lo | 0;
  k.words[index + 1] = hi | 0;
}

export function copyRegister(k: KernelState, from: Tcb, fromRegister: number, to: Tcb, toRegister: number): void {
  setRegister(k, to, toRegister, registerLow(k, from, fromRegister), registerHigh(k, from, fromRegister));
}

/** The thread is to execute its trapping instruction again. */
export function restartAtFault(k: KernelState, tcb: Tcb): void {
  copyRegister(k, tcb, Register.FaultIP, tcb, Register.NextIP);
}
