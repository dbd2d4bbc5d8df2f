/** From an invoked capability and a message to what is to be done, or to the error that says why not. */
import { CapTag } from "@tessera/libsel4/abi";
import type { Slot } from "../caps/slot.js";
import { invalidCapability, type SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import type { Arguments } from "./arguments.js";
import { type AsidInvocation, decodeAsidControl, decodeAsidPool } from "./asid.js";
import { type CNodeInvocation, decodeCNode } from "./cnode.js";
import { type DomainInvocation, decodeDomain } from "./domain.js";
import { decodeIrqControl, decodeIrqHandler, type IrqInvocation } from "./irq.js";
import { decodeSchedContext, type SchedContextInvocation } from "./sched-context.js";
import { type ConfigureSchedContext, decodeSchedControl } from "./sched-control.js";
import { decodeTcb } from "./tcb.js";
import type { TcbInvocation } from "./tcb-invocation.js";
import { decodeUntyped, type Retype } from "./untyped.js";
import { decodeFrame, decodePageTable, type VspaceInvocation } from "./vspace.js";

export type Invocation =
  | CNodeInvocation
  | Retype
  | TcbInvocation
  | SchedContextInvocation
  | ConfigureSchedContext
  | IrqInvocation
  | DomainInvocation
  | VspaceInvocation
  | AsidInvocation;

/**
 * Decode the message in `args` for the capability in `slot`. Nothing changes here. In the first phase of a combined
 * call, which cannot be told an error or a result, those objects that need the caller's attention answer no.
 */
export function decode(k: KernelState, args: Arguments, slot: Slot, isFirstPhase: boolean): Invocation | SyscallError {
  const { cap } = slot;
  switch (cap.type) {
    case CapTag.untyped:
      return decodeUntyped(k, args, slot, cap);
    case CapTag.frame:
      return decodeFrame(k, args, slot, cap);
    case CapTag.pageTable:
      return decodePageTable(k, args, slot, cap);
    case CapTag.asidControl:
      return decodeAsidControl(k, args);
    case CapTag.asidPool:
      return decodeAsidPool(k, args, cap);
    case CapTag.irqControl:
      return decodeIrqControl(k, args, slot);
    case CapTag.irqHandler:
      return decodeIrqHandler(args, cap.irq);
    default:
      return isFirstPhase && cap.type !== CapTag.null && cap.type !== CapTag.zombie
        ? invalidCapability(0, "this object cannot be invoked in the send phase of a combined call")
        : decodeAttentive(k, args, slot);
  }
}

function decodeAttentive(k: KernelState, args: Arguments, slot: Slot): Invocation | SyscallError {
  const { cap } = slot;
  switch (cap.type) {
    case CapTag.cnode:
      return decodeCNode(k, args, cap);
    case CapTag.thread:
      return decodeTcb(k, args, slot, cap.object);
    case CapTag.schedContext:
      return decodeSchedContext(k, args, cap.object);
    case CapTag.schedControl:
      return decodeSchedControl(k, args);
    case CapTag.domain:
      return decodeDomain(k, args);
    default:
      return invalidCapability(
        0,
        cap.type === CapTag.null ? "there is nothing to invoke" : "what is left of a deleted object cannot be invoked",
      );
  }
}
