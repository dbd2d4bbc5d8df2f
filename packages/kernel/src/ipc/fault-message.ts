/** The message a fault becomes when its handler receives it (manual, chapter "Exceptions"; label = fault tag). */
import { Register } from "@tessera/hal-sim/isa";
import {
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  TICKS_PER_US,
} from "@tessera/libsel4/abi";
import { MessageKind } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { highOf, lowOf } from "../model/word.js";
import type { Fault } from "../threads/fault.js";
import { writeMessage } from "../threads/message.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow, setRegister } from "../threads/user-registers.js";
import { takeConsumed } from "../time/consumed.js";
import { messageOrigin, traceMessage } from "./transfer.js";

const UNKNOWN_SYSCALL_REGISTERS: readonly number[] = [
  Register.FaultIP,
  Register.sp,
  Register.ra,
  Register.a0,
  Register.a1,
  Register.a2,
  Register.a3,
  Register.a4,
  Register.a5,
  Register.a6,
];

/** Transfer `faulter`'s fault to its handler. Reading a timeout's consumed time resets it. */
export function transferFault(
  k: KernelState,
  faulter: Tcb,
  fault: Fault,
  badgeLo: number,
  badgeHi: number,
  handler: Tcb,
  replyId: number,
): void {
  const length = writeMessage(k, handler, faultWords(k, faulter, fault));
  setRegister(k, handler, Register.a1, (fault.tag << 12) | length, 0);
  setRegister(k, handler, Register.a0, badgeLo, badgeHi);
  traceMessage(k, faulter, handler, badgeLo, badgeHi, length, messageOrigin(MessageKind.Fault, replyId));
}

/** Pairs low, high. */
function faultWords(k: KernelState, faulter: Tcb, fault: Fault): number[] {
  const pc = [registerLow(k, faulter, Register.FaultIP), registerHigh(k, faulter, Register.FaultIP)];
  switch (fault.tag) {
    case seL4_Fault_CapFault:
      return [...pc, fault.wordLo, fault.wordHi, fault.code, 0, ...(fault.lookupFailure?.words() ?? [])];
    case seL4_Fault_UnknownSyscall:
      return [
        ...UNKNOWN_SYSCALL_REGISTERS.flatMap((r) => [registerLow(k, faulter, r), registerHigh(k, faulter, r)]),
        fault.code,
        fault.codeHi,
      ];
    case seL4_Fault_UserException:
      return [...pc, registerLow(k, faulter, Register.sp), registerHigh(k, faulter, Register.sp), fault.code, 0, 0, 0];
    case seL4_Fault_Timeout:
      return [fault.wordLo, fault.wordHi, ...consumedWords(faulter)];
    default:
      return [...pc, fault.wordLo, fault.wordHi, fault.code === 1 ? 1 : 0, 0, fault.code, 0];
  }
}

function consumedWords(faulter: Tcb): number[] {
  if (faulter.sc === null) return [];
  const microseconds = Math.floor(takeConsumed(faulter.sc) / TICKS_PER_US);
  return [lowOf(microseconds), highOf(microseconds)];
}
