/** Registers of threads: reading, writing and copying them. A thread's own are in use by the call that asks. */
import { CapTag, FRAME_REGISTERS, USER_CONTEXT_REGISTERS } from "@tessera/libsel4/abi";
import { resume, suspend } from "../authority/suspend.js";
import {
  illegalOperation,
  invalidCapability,
  rangeError,
  type SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";
import { copyRegister, registerHigh, registerLow, restartAtFault, setRegister } from "../threads/user-registers.js";
import { requestReschedule } from "../time/request.js";
import type { Arguments } from "./arguments.js";
import { reply } from "./reply.js";
import type { TcbInvocation } from "./tcb-invocation.js";

const OWN_REGISTERS = "a thread cannot do this to itself: its registers are in use by this very call";

/** Bits of CopyRegisters' first word. */
const CopyFlag = { SuspendSource: 1, ResumeTarget: 2, Frame: 4, Integer: 8 } as const;

export function decodeRead(k: KernelState, args: Arguments, tcb: Tcb): TcbInvocation | SyscallError {
  if (args.length < 2) return truncatedMessage(2, 0, args);
  const count = args.word(k, 1);
  if (count < 1 || count > USER_CONTEXT_REGISTERS.length) {
    return rangeError(1, USER_CONTEXT_REGISTERS.length, "the number of registers", args.low(k, 1), args.high(k, 1));
  }
  if (tcb === k.current) return illegalOperation(OWN_REGISTERS);
  return { op: "tcb-read", tcb, suspends: (args.low(k, 0) & 1) !== 0, count };
}

export function decodeWrite(k: KernelState, args: Arguments, tcb: Tcb): TcbInvocation | SyscallError {
  if (args.length < 2) return truncatedMessage(2, 0, args);
  const count = args.word(k, 1);
  if (args.length - 2 < count) return truncatedMessage(2 + count, 0, args);
  if (tcb === k.current) return illegalOperation(OWN_REGISTERS);
  return {
    op: "tcb-write",
    tcb,
    resumes: (args.low(k, 0) & 1) !== 0,
    count: Math.min(count, USER_CONTEXT_REGISTERS.length),
  };
}

export function decodeCopy(k: KernelState, args: Arguments, tcb: Tcb): TcbInvocation | SyscallError {
  if (args.length < 1 || !args.hasExtra(1)) return truncatedMessage(1, 1, args);
  const source = args.cap(0);
  if (source.type !== CapTag.thread) return invalidCapability(1, "registers are copied from a TCB", args.extraSlot(0));
  return { op: "tcb-copy", tcb, source: source.object, flags: args.low(k, 0) & 15 };
}

export function readRegisters(k: KernelState, tcb: Tcb, suspends: boolean, count: number): void {
  if (suspends) suspend(k, tcb);
  const pairs: number[] = [];
  for (let i = 0; i < count; i++) {
    const register = USER_CONTEXT_REGISTERS[i] as number;
    pairs.push(registerLow(k, tcb, register), registerHigh(k, tcb, register));
  }
  reply(k, pairs);
}

export function writeRegisters(k: KernelState, tcb: Tcb, resumes: boolean, count: number): void {
  for (let i = 0; i < count; i++) {
    setRegister(k, tcb, USER_CONTEXT_REGISTERS[i] as number, k.args.low(k, 2 + i), k.args.high(k, 2 + i));
  }
  restartAtFault(k, tcb);
  if (resumes) resume(k, tcb);
}

export function copyRegisters(k: KernelState, to: Tcb, from: Tcb, flags: number): void {
  if ((flags & CopyFlag.SuspendSource) !== 0) suspend(k, from);
  if ((flags & CopyFlag.ResumeTarget) !== 0) resume(k, to);
  if ((flags & CopyFlag.Frame) !== 0) {
    copyRange(k, from, to, 0, FRAME_REGISTERS);
    restartAtFault(k, to);
  }
  if ((flags & CopyFlag.Integer) !== 0) copyRange(k, from, to, FRAME_REGISTERS, USER_CONTEXT_REGISTERS.length);
  rescheduleIfCurrent(k, to);
}

function copyRange(k: KernelState, from: Tcb, to: Tcb, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const register = USER_CONTEXT_REGISTERS[i] as number;
    copyRegister(k, from, register, to, register);
  }
}

/** What a thread changes of itself shows when it is switched to. */
export function rescheduleIfCurrent(k: KernelState, tcb: Tcb): void {
  if (tcb === k.current) requestReschedule(k);
}
