/** What the methods of TCBs do, once decoded. */

import { Register } from "@tessera/hal-sim/isa";
import { FRAME_REGISTERS, USER_CONTEXT_REGISTERS } from "@tessera/libsel4/abi";
import { deleteSlot } from "../authority/delete.js";
import { resume, suspend } from "../authority/suspend.js";
import type { Slot } from "../caps/slot.js";
import { requeue, unbindNotificationFrom } from "../ipc/cancel.js";
import { bindNotification } from "../ipc/notification.js";
import { KernelEvent } from "../model/events.js";
import type { Progress } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { isRunnable, type Tcb, TcbSlot } from "../threads/tcb.js";
import { copyRegister, registerHigh, registerLow, restartAtFault, setRegister } from "../threads/user-registers.js";
import { requestReschedule } from "../time/request.js";
import { bindThread, unbindThread } from "../time/sched-context.js";
import { reply } from "./reply.js";
import type { Installed, TcbInvocation } from "./tcb.js";
import { install } from "./tcb-roots.js";

/** Bits of CopyRegisters' first word. */
const CopyFlag = { SuspendSource: 1, ResumeTarget: 2, Frame: 4, Integer: 8 } as const;

export function performTcb(k: KernelState, inv: TcbInvocation): Progress {
  const { tcb } = inv;
  switch (inv.op) {
    case "tcb-read":
      readRegisters(k, tcb, inv.suspends, inv.count);
      return "done";
    case "tcb-write":
      writeRegisters(k, tcb, inv.resumes, inv.count);
      return "done";
    case "tcb-copy":
      copyRegisters(k, tcb, inv.source, inv.flags);
      return "done";
    case "tcb-roots":
      return installRoots(k, inv);
    case "tcb-timeout":
      return install(k, tcb, inv.invoked, TcbSlot.TimeoutHandler, inv.handler.cap, inv.handler.source);
    case "tcb-priority":
      setPriority(k, tcb, inv.priority);
      return "done";
    case "tcb-mcp":
      tcb.mcp = inv.mcp;
      return "done";
    case "tcb-sched-params":
      return setSchedParams(k, inv);
    case "tcb-suspend":
      suspend(k, tcb);
      return "done";
    case "tcb-resume":
      resume(k, tcb);
      return "done";
    case "tcb-bind":
      bindNotification(tcb, inv.notification);
      return "done";
    case "tcb-unbind":
      unbindNotificationFrom(tcb);
      return "done";
    case "tcb-tls":
      setRegister(k, tcb, Register.tp, inv.lo, inv.hi);
      rescheduleIfCurrent(k, tcb);
      return "done";
    case "tcb-flags":
      tcb.flags = inv.flags;
      reply(k, [inv.flags, 0]);
      return "done";
  }
}

function readRegisters(k: KernelState, tcb: Tcb, suspends: boolean, count: number): void {
  if (suspends) suspend(k, tcb);
  const pairs: number[] = [];
  for (let i = 0; i < count; i++) {
    const register = USER_CONTEXT_REGISTERS[i] as number;
    pairs.push(registerLow(k, tcb, register), registerHigh(k, tcb, register));
  }
  reply(k, pairs);
}

function writeRegisters(k: KernelState, tcb: Tcb, resumes: boolean, count: number): void {
  for (let i = 0; i < count; i++) {
    setRegister(k, tcb, USER_CONTEXT_REGISTERS[i] as number, k.args.low(k, 2 + i), k.args.high(k, 2 + i));
  }
  restartAtFault(k, tcb);
  if (resumes) resume(k, tcb);
}

function copyRegisters(k: KernelState, to: Tcb, from: Tcb, flags: number): void {
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

function installRoots(k: KernelState, inv: Extract<TcbInvocation, { op: "tcb-roots" }>): Progress {
  const { tcb, invoked } = inv;
  if (installOne(k, tcb, invoked, TcbSlot.FaultHandler, inv.faultHandler) === "preempted") return "preempted";
  if (installOne(k, tcb, invoked, TcbSlot.CSpace, inv.cspace) === "preempted") return "preempted";
  if (installOne(k, tcb, invoked, TcbSlot.VSpace, inv.vspace) === "preempted") return "preempted";
  if (inv.buffer !== null) {
    if (deleteSlot(k, tcb.slot(TcbSlot.Buffer)) === "preempted") return "preempted";
    tcb.bufferLo = inv.bufferLo;
    tcb.bufferHi = inv.bufferHi;
    install(k, tcb, invoked, TcbSlot.Buffer, inv.buffer.cap, inv.buffer.source);
  }
  const cspace = inv.cspace?.cap.object?.id ?? 0;
  k.trace.emit(KernelEvent.Configured, tcb.id, cspace, inv.vspace?.cap.object?.id ?? 0, 0, 0, 0);
  if (inv.reschedules) rescheduleIfCurrent(k, tcb);
  return "done";
}

function installOne(k: KernelState, tcb: Tcb, invoked: Slot, index: number, what: Installed | null): Progress {
  if (what === null) return "done";
  return install(k, tcb, invoked, index, what.cap, what.source);
}

function setSchedParams(k: KernelState, inv: Extract<TcbInvocation, { op: "tcb-sched-params" }>): Progress {
  const { tcb, sc } = inv;
  if (install(k, tcb, inv.invoked, TcbSlot.FaultHandler, inv.handler.cap, inv.handler.source) === "preempted") {
    return "preempted";
  }
  tcb.mcp = inv.mcp;
  setPriority(k, tcb, inv.priority);
  if (sc === null) {
    if (tcb.sc !== null) unbindThread(k, tcb.sc);
  } else if (sc !== tcb.sc) {
    bindThread(k, sc, tcb);
  }
  return "done";
}

/** A thread that can run goes to the head of its new queue; one that waits is re-inserted in the queue it waits in. */
function setPriority(k: KernelState, tcb: Tcb, priority: number): void {
  const wasReady = tcb.inReadyQueue;
  k.readyQueues.remove(tcb);
  tcb.priority = priority;
  if (isRunnable(tcb)) {
    if (!wasReady && tcb !== k.current) return;
    k.readyQueues.prepend(tcb);
    requestReschedule(k);
  } else {
    requeue(tcb);
  }
}

function rescheduleIfCurrent(k: KernelState, tcb: Tcb): void {
  if (tcb === k.current) requestReschedule(k);
}
