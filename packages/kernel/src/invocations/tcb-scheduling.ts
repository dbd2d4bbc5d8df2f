/** When a thread runs: its priority, the priority that it may give, and the scheduling context that it runs on. */
import { CapTag, TCBSetPriority } from "@tessera/libsel4/abi";
import type { Slot } from "../caps/slot.js";
import { isHandlerCap } from "../faults/handler.js";
import { requeue } from "../ipc/cancel.js";
import {
  illegalOperation,
  invalidCapability,
  type Progress,
  rangeError,
  SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { isBlocked, isRunnable, type Tcb, TcbSlot } from "../threads/tcb.js";
import { requestReschedule } from "../time/request.js";
import { bindThread, type SchedContext, unbindThread } from "../time/sched-context.js";
import type { Arguments } from "./arguments.js";
import type { TcbInvocation } from "./tcb-invocation.js";
import { badHandler, handlerArgument, install } from "./tcb-roots.js";

const BAD_AUTHORITY = "the authority is a TCB: its MCP bounds what may be given";
/** Said of every method that would do it. */
export const OWN_TIME = "the running thread cannot take its own time away";

/**
 * Nobody gives away more urgency than the authority has. What has passed is made an int32: a word is a double, and
 * the engine would keep the priorities of all threads as such.
 */
export function decodePriority(k: KernelState, args: Arguments, tcb: Tcb): TcbInvocation | SyscallError {
  if (args.length < 1 || !args.hasExtra(1)) return truncatedMessage(1, 1, args);
  const authority = args.cap(0);
  if (authority.type !== CapTag.thread) return invalidCapability(1, BAD_AUTHORITY, args.extraSlot(0));
  const value = args.word(k, 0);
  if (value > authority.object.mcp) {
    return aboveMcp(k, args, 0, args.label === TCBSetPriority ? "priority" : "MCP", authority.object.mcp);
  }
  return args.label === TCBSetPriority
    ? { op: "tcb-priority", tcb, priority: value | 0 }
    : { op: "tcb-mcp", tcb, mcp: value | 0 };
}

export function decodeSchedParams(
  k: KernelState,
  args: Arguments,
  invoked: Slot,
  tcb: Tcb,
): TcbInvocation | SyscallError {
  if (args.length < 2 || !args.hasExtra(3)) return truncatedMessage(2, 3, args);
  const authority = args.cap(0);
  if (authority.type !== CapTag.thread) return invalidCapability(1, BAD_AUTHORITY, args.extraSlot(0));
  const { mcp: limit } = authority.object;
  const mcp = args.word(k, 0);
  const priority = args.word(k, 1);
  if (mcp > limit) return aboveMcp(k, args, 0, "MCP", limit);
  if (priority > limit) return aboveMcp(k, args, 1, "priority", limit);
  const sc = decodeSchedContextFor(k, args.extraSlot(1), tcb);
  if (sc instanceof SyscallError) return sc;
  if (!isHandlerCap(args.cap(2))) return badHandler(3, args.extraSlot(2));
  return {
    op: "tcb-sched-params",
    tcb,
    invoked,
    handler: handlerArgument(args, 2),
    mcp: mcp | 0,
    priority: priority | 0,
    sc,
  };
}

/** The scheduling context to bind, null to unbind. */
function decodeSchedContextFor(k: KernelState, slot: Slot, tcb: Tcb): SchedContext | null | SyscallError {
  const { cap } = slot;
  if (cap.type === CapTag.null) return tcb === k.current ? illegalOperation(OWN_TIME) : null;
  if (cap.type !== CapTag.schedContext) {
    return invalidCapability(2, "what a thread runs on is a scheduling context", slot);
  }
  const sc = cap.object;
  if (sc !== tcb.sc && (tcb.sc !== null || sc.tcb !== null)) {
    return illegalOperation(
      tcb.sc !== null ? "the thread has a scheduling context already" : "the scheduling context has a thread already",
      slot,
    );
  }
  if (isBlocked(tcb) && !sc.isReleased(k.now)) {
    return illegalOperation("a blocked thread needs a scheduling context whose time has come", slot);
  }
  return sc;
}

/** Word `i` is beyond what the authority may give. */
function aboveMcp(k: KernelState, args: Arguments, i: number, what: string, limit: number): SyscallError {
  return rangeError(0, limit, `the ${what}, which the authority's MCP bounds,`, args.low(k, i), args.high(k, i));
}

export function setSchedParams(k: KernelState, inv: Extract<TcbInvocation, { op: "tcb-sched-params" }>): Progress {
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
export function setPriority(k: KernelState, tcb: Tcb, priority: number): void {
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
