/**
 * The eleven system calls: which capabilities they send through and receive from, whether they block, and in which order
 * (manual, section "System calls", MCS). Registers: a7 number, a0 capability, a1 message info, a6 reply capability; the
 * send phase of NBSendRecv takes its capability from t0, that of NBSendWait from a6.
 */
import { Register } from "@tessera/hal-sim/isa";
import {
  CapTag,
  seL4_SysCall,
  seL4_SysNBRecv,
  seL4_SysNBSend,
  seL4_SysNBSendRecv,
  seL4_SysNBSendWait,
  seL4_SysNBWait,
  seL4_SysRecv,
  seL4_SysReplyRecv,
  seL4_SysSend,
  seL4_SysWait,
} from "@tessera/libsel4/abi";
import { lookupSlot } from "../caps/lookup.js";
import { Slot } from "../caps/slot.js";
import type { Progress } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { chargeTurn } from "../sched/budget.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow } from "../threads/user-registers.js";
import { fastCall, fastReplyRecv } from "./fastpath.js";
import { CALL, FIRST_PHASE, invoke, NB_SEND, SEND, type SendKind } from "./invoke.js";
import { receivePhase } from "./receive.js";

/** How a system call ended: "returned" by the short way, with the CPU handed over already. */
type Outcome = Progress | "returned";

export function systemCall(k: KernelState, current: Tcb, number: number): Outcome {
  switch (number) {
    case seL4_SysCall:
      return call(k, current);
    case seL4_SysSend:
      return invokeAt(k, current, Register.a0, SEND);
    case seL4_SysNBSend:
      return invokeAt(k, current, Register.a0, NB_SEND);
    case seL4_SysReplyRecv:
      if (k.config.fastPath && fastReplyRecv(k, current) === true) return "returned";
      return sendThenReceive(k, current, Register.a6, true);
    case seL4_SysNBSendRecv:
      return sendThenReceive(k, current, Register.t0, true);
    case seL4_SysNBSendWait:
      return sendThenReceive(k, current, Register.a6, false);
    case seL4_SysRecv:
      receivePhase(k, current, true, true);
      return "done";
    case seL4_SysNBRecv:
      receivePhase(k, current, false, true);
      return "done";
    case seL4_SysWait:
      receivePhase(k, current, true, false);
      return "done";
    case seL4_SysNBWait:
      receivePhase(k, current, false, false);
      return "done";
    default:
      yieldTurn(k);
      return "done";
  }
}

/** A Call, by the short way if that can be taken. */
function call(k: KernelState, current: Tcb): Outcome {
  const lo = registerLow(k, current, Register.a0);
  const hi = registerHigh(k, current, Register.a0);
  const slot = lookupSlot(current.cspace.cap, lo, hi);
  if (slot instanceof Slot && slot.cap.type === CapTag.endpoint && k.config.fastPath) {
    if (fastCall(k, current, slot.cap) === true) return "returned";
  }
  return invoke(k, current, slot, lo, hi, CALL);
}

function invokeAt(k: KernelState, current: Tcb, register: number, kind: SendKind): Progress {
  const lo = registerLow(k, current, register);
  const hi = registerHigh(k, current, register);
  return invoke(k, current, lookupSlot(current.cspace.cap, lo, hi), lo, hi, kind);
}

/** The receive phase comes whatever became of the send phase, unless that was preempted. */
function sendThenReceive(k: KernelState, current: Tcb, destination: number, takesReply: boolean): Progress {
  if (invokeAt(k, current, destination, FIRST_PHASE) === "preempted") return "preempted";
  receivePhase(k, current, true, takesReply);
  return "done";
}

/** Give up the rest of the head refill. Only the time really used counts as consumed. */
function yieldTurn(k: KernelState): void {
  chargeTurn(k, k.currentSc.refills.headAmount, false);
}
