/**
 * The receive phase of a system call: wait at an endpoint or a notification. What cannot be received from faults the
 * caller, also in the non-blocking calls.
 */
import { Register } from "@tessera/hal-sim/isa";
import { CapTag } from "@tessera/libsel4/abi";
import type { Cap, NotificationCap } from "../caps/cap.js";
import { lookupSlot } from "../caps/lookup.js";
import { Right } from "../caps/rights.js";
import { raiseFault } from "../faults/handler.js";
import { receive } from "../ipc/endpoint.js";
import { receiveSignal } from "../ipc/notification.js";
import type { Reply } from "../ipc/reply.js";
import { LookupFailure, missingCapability } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { capFault } from "../threads/fault.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow } from "../threads/user-registers.js";

/** Receive at the address in a0; `takesReply`: a6 names the reply object for callers. */
export function receivePhase(k: KernelState, current: Tcb, isBlocking: boolean, takesReply: boolean): void {
  const lo = registerLow(k, current, Register.a0);
  const hi = registerHigh(k, current, Register.a0);
  const slot = lookupSlot(current.cspace.cap, lo, hi);
  if (slot instanceof LookupFailure) {
    raiseFault(k, current, capFault(lo, hi, true, slot, "the address does not resolve"));
    return;
  }
  const { cap } = slot;
  if (cap.type === CapTag.endpoint && (cap.rights & Right.Read) !== 0) {
    const reply = takesReply ? findReply(k, current) : null;
    if (reply !== FAULTED) receive(k, current, cap.object, reply, isBlocking);
  } else if (cap.type === CapTag.notification && mayWait(current, cap)) {
    receiveSignal(k, current, cap.object, isBlocking);
  } else {
    raiseFault(k, current, capFault(lo, hi, true, missingCapability(0), whyNotReceived(cap)));
  }
}

function whyNotReceived(cap: Cap): string {
  switch (cap.type) {
    case CapTag.null:
      return "there is nothing to receive from";
    case CapTag.endpoint:
      return "receiving needs an endpoint capability with the Read right";
    case CapTag.notification:
      return (cap.rights & Right.Read) === 0
        ? "waiting needs a notification capability with the Read right"
        : "the notification is bound to another thread, which alone may wait for it";
    default:
      return "messages are received from endpoints and notifications";
  }
}

/** A bound notification belongs to its thread. */
function mayWait(current: Tcb, cap: NotificationCap): boolean {
  const { boundTcb } = cap.object;
  return (cap.rights & Right.Read) !== 0 && (boundTcb === null || boundTcb === current);
}

const FAULTED = "faulted";

/** The reply object at the address in a6; its absence faults the caller. */
function findReply(k: KernelState, current: Tcb): Reply | typeof FAULTED {
  const lo = registerLow(k, current, Register.a6);
  const hi = registerHigh(k, current, Register.a6);
  const slot = lookupSlot(current.cspace.cap, lo, hi);
  if (!(slot instanceof LookupFailure) && slot.cap.type === CapTag.reply) return slot.cap.object;
  const failure = slot instanceof LookupFailure ? slot : missingCapability(0);
  raiseFault(k, current, capFault(lo, hi, true, failure, "the address in a6 is to name a reply object for callers"));
  return FAULTED;
}
