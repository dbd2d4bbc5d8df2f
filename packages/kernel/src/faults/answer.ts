/**
 * Replying: to a caller with a message, to a thread that faulted with what it is to do. The time lent for the call
 * goes back first; a thread whose time has come and is enough is offered.
 */
import { Register } from "@tessera/hal-sim/isa";
import {
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_MsgMaxLength,
  USER_CONTEXT_REGISTERS,
} from "@tessera/libsel4/abi";
import { type Reply, removeReply } from "../ipc/reply.js";
import { messageOrigin, transferMessage } from "../ipc/transfer.js";
import { KernelEvent, MessageKind } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import type { Fault } from "../threads/fault.js";
import { findBuffer } from "../threads/ipc-buffer.js";
import { messageHigh, messageLow } from "../threads/message.js";
import { isRunnable, type Tcb, ThreadState } from "../threads/tcb.js";
import { MESSAGE_REGISTERS, registerHigh, registerLow, setRegister } from "../threads/user-registers.js";
import { isSchedulable, offer, setState } from "../time/request.js";
import { postpone, unblockSporadic } from "../time/sched-context.js";
import { hasTimeoutHandler, raiseTimeout } from "./handler.js";

/** Whether somebody waits to be answered through `reply`. */
export function isAwaited(reply: Reply): boolean {
  return reply.tcb !== null && reply.tcb.state === ThreadState.BlockedOnReply;
}

/** `replier` answers whoever waits on `reply`; nothing happens when nobody does. */
export function answer(k: KernelState, replier: Tcb, reply: Reply, canGrant: boolean): void {
  const caller = reply.tcb;
  if (caller === null || caller.state !== ThreadState.BlockedOnReply) return;
  removeReply(k, reply);
  unblockSporadic(k, caller.sc);
  const { fault } = caller;
  if (fault === null) {
    transferMessage(k, replier, null, 0, 0, canGrant, caller, reply.id);
    setState(k, caller, ThreadState.Running);
  } else {
    caller.fault = null;
    setState(k, caller, answerFault(k, replier, caller, fault, reply.id) ? ThreadState.Restart : ThreadState.Inactive);
  }
  if (caller.sc !== null && isRunnable(caller)) giveTime(k, caller, fault?.tag === seL4_Fault_Timeout);
}

function giveTime(k: KernelState, caller: Tcb, wasTimeout: boolean): void {
  const { sc } = caller;
  if (sc === null || !isSchedulable(caller)) return;
  if (sc.refills.isReady(k.now) && sc.refills.isSufficient(0)) offer(k, caller);
  else if (hasTimeoutHandler(caller) && !wasTimeout) raiseTimeout(k, caller);
  else postpone(k, sc);
}

/** Registers that the words of the answer to a fault set, in order. Other faults set none. */
const UNKNOWN_SYSCALL_ANSWER: readonly number[] = [
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
const USER_EXCEPTION_ANSWER: readonly number[] = [Register.FaultIP, Register.sp];

/** Apply the answer to a fault; true when the thread is to go on. */
function answerFault(k: KernelState, replier: Tcb, faulter: Tcb, fault: Fault, replyId: number): boolean {
  const info = registerLow(k, replier, Register.a1);
  const hasLabel = info >>> 12 !== 0 || registerHigh(k, replier, Register.a1) !== 0;
  const length = Math.min(info & 0x7f, seL4_MsgMaxLength);
  const origin = messageOrigin(MessageKind.FaultReply, replyId);
  k.trace.emit(KernelEvent.Message, replier.id, faulter.id, 0, 0, info, origin);
  switch (fault.tag) {
    case seL4_Fault_UnknownSyscall:
      setRegisters(k, replier, faulter, length, UNKNOWN_SYSCALL_ANSWER);
      return !hasLabel;
    case seL4_Fault_UserException:
      setRegisters(k, replier, faulter, length, USER_EXCEPTION_ANSWER);
      return !hasLabel;
    case seL4_Fault_Timeout:
      setRegisters(k, replier, faulter, length, USER_CONTEXT_REGISTERS);
      return !hasLabel;
    default:
      return true;
  }
}

function setRegisters(k: KernelState, replier: Tcb, faulter: Tcb, length: number, registers: readonly number[]): void {
  const buffer = findBuffer(k, replier, false);
  const available = buffer < 0 ? Math.min(length, MESSAGE_REGISTERS) : length;
  for (let i = 0; i < available && i < registers.length; i++) {
    setRegister(
      k,
      faulter,
      registers[i] as number,
      messageLow(k, replier, buffer, i),
      messageHigh(k, replier, buffer, i),
    );
  }
}
