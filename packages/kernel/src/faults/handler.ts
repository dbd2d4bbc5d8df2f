/**
 * Sending a fault to its handler: the thread makes a blocking send through the endpoint capability in its TCB, and is
 * treated like a caller. Without a handler the fault is reported and the thread stops. Manual, chapter "Exceptions".
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { Cap, EndpointCap } from "../caps/cap.js";
import { Right } from "../caps/rights.js";
import { type SendRights, send } from "../ipc/endpoint.js";
import { KernelEvent } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { type Fault, timeoutFault } from "../threads/fault.js";
import { type Tcb, TcbSlot, ThreadState } from "../threads/tcb.js";
import { registerLow } from "../threads/user-registers.js";
import { setState } from "../time/request.js";

const WITH_TIME: SendRights = { isBlocking: true, isCall: false, canDonate: true };
const WITHOUT_TIME: SendRights = { isBlocking: true, isCall: false, canDonate: false };

/** A handler must be able to be sent to, and to be given the reply. The null capability means no handler. */
export function isHandlerCap(cap: Cap): boolean {
  if (cap.type === CapTag.null) return true;
  return (
    cap.type === CapTag.endpoint &&
    (cap.rights & Right.Write) !== 0 &&
    (cap.rights & (Right.Grant | Right.GrantReply)) !== 0
  );
}

/** `tcb` has faulted: tell its handler, or stop it. */
export function raiseFault(k: KernelState, tcb: Tcb, fault: Fault): void {
  traceFault(k, tcb, fault);
  const cap = tcb.cap(TcbSlot.FaultHandler);
  k.explainer?.faulted(tcb, fault, cap.type === CapTag.endpoint);
  if (cap.type === CapTag.endpoint) {
    sendFault(k, tcb, fault, cap, tcb.sc === null ? WITHOUT_TIME : WITH_TIME);
  } else {
    setState(k, tcb, ThreadState.Inactive);
  }
}

export function hasTimeoutHandler(tcb: Tcb): boolean {
  return tcb.cap(TcbSlot.TimeoutHandler).type === CapTag.endpoint;
}

/** The thread's budget is used up. It keeps its scheduling context; the handler needs one of its own. */
export function raiseTimeout(k: KernelState, tcb: Tcb): void {
  const cap = tcb.cap(TcbSlot.TimeoutHandler);
  if (cap.type !== CapTag.endpoint || tcb.sc === null) return;
  const fault = timeoutFault(tcb.sc.badgeLo, tcb.sc.badgeHi);
  traceFault(k, tcb, fault);
  k.explainer?.faulted(tcb, fault, true);
  sendFault(k, tcb, fault, cap, WITHOUT_TIME);
}

function sendFault(k: KernelState, tcb: Tcb, fault: Fault, handler: EndpointCap, how: SendRights): void {
  tcb.fault = fault;
  const canGrant = (handler.rights & Right.Grant) !== 0;
  const canGrantReply = (handler.rights & Right.GrantReply) !== 0;
  send(k, tcb, handler.object, how, handler.badgeLo, handler.badgeHi, canGrant, canGrantReply);
}

function traceFault(k: KernelState, tcb: Tcb, fault: Fault): void {
  const pc = registerLow(k, tcb, 0);
  k.trace.emit(KernelEvent.Faulted, tcb.id, fault.tag, fault.wordLo, fault.wordHi, fault.code, pc);
}
