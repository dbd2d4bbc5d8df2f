/** What a thread did, read from its registers: the system call, the method, and which address it invoked. */
import { Register } from "@tessera/hal-sim/isa";
import {
  CapTag,
  messageInfoLabel,
  methodName,
  seL4_SysNBSendRecv,
  seL4_SysNBSendWait,
  seL4_SysReplyRecv,
  syscallName,
} from "@tessera/libsel4/abi";
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow } from "../threads/user-registers.js";

export function callName(k: KernelState, tcb: Tcb): string {
  return `seL4_${syscallName(registerLow(k, tcb, Register.a7))}`;
}

/** The register that names the capability which is sent through, or received from. */
export function invokedRegister(k: KernelState, tcb: Tcb, isReceiving: boolean): Register {
  if (isReceiving) return Register.a0;
  switch (registerLow(k, tcb, Register.a7)) {
    case seL4_SysReplyRecv:
    case seL4_SysNBSendWait:
      return Register.a6;
    case seL4_SysNBSendRecv:
      return Register.t0;
    default:
      return Register.a0;
  }
}

/** The method that the label names, when what was invoked is an object that has methods. */
export function methodWords(k: KernelState, tcb: Tcb, type: number): string {
  if (WITHOUT_METHODS.has(type)) return "";
  return ` (${methodName(messageInfoLabel(registerLow(k, tcb, Register.a1), registerHigh(k, tcb, Register.a1)))})`;
}

/** These take every label: it is the message's own. */
const WITHOUT_METHODS: ReadonlySet<number> = new Set([
  CapTag.null,
  CapTag.endpoint,
  CapTag.notification,
  CapTag.reply,
  CapTag.zombie,
]);
