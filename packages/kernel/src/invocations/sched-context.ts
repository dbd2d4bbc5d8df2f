/** Methods of scheduling contexts: who runs on them, how much they consumed, yielding to one. Manual, seL4_SchedContext. */
import {
  CapTag,
  SchedContextBind,
  SchedContextConsumed,
  SchedContextUnbind,
  SchedContextUnbindObject,
  SchedContextYieldTo,
} from "@tessera/libsel4/abi";
import type { Slot } from "../caps/slot.js";
import type { Notification } from "../ipc/notification.js";
import { assert } from "../model/assert.js";
import {
  illegalOperation,
  invalidCapability,
  noSuchMethod,
  type Progress,
  type SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { answerYieldTo, replyConsumed } from "../sched/yield-to.js";
import { isBlocked, type Tcb, ThreadState } from "../threads/tcb.js";
import { isSchedulable, requestReschedule, setState } from "../time/request.js";
import {
  bindThread,
  forgetReplies,
  resumeSchedContext,
  type SchedContext,
  unbindNotification,
  unbindThread,
} from "../time/sched-context.js";
import type { Arguments } from "./arguments.js";
import { OWN_TIME } from "./tcb-scheduling.js";

export type SchedContextInvocation =
  | { readonly op: "sc-bind-thread"; readonly sc: SchedContext; readonly tcb: Tcb }
  | { readonly op: "sc-bind-notification"; readonly sc: SchedContext; readonly notification: Notification }
  | { readonly op: "sc-unbind" | "sc-unbind-thread" | "sc-unbind-notification"; readonly sc: SchedContext }
  | { readonly op: "sc-consumed" | "sc-yield-to"; readonly sc: SchedContext };

type Decoded = SchedContextInvocation | SyscallError;

export function decodeSchedContext(k: KernelState, args: Arguments, sc: SchedContext): Decoded {
  switch (args.label) {
    case SchedContextBind:
      return args.hasExtra(1) ? decodeBind(k, args.extraSlot(0), sc) : truncatedMessage(0, 1, args);
    case SchedContextUnbind:
      return sc.tcb !== null && sc.tcb === k.current ? illegalOperation(OWN_TIME) : { op: "sc-unbind", sc };
    case SchedContextUnbindObject:
      return args.hasExtra(1) ? decodeUnbindObject(k, args.extraSlot(0), sc) : truncatedMessage(0, 1, args);
    case SchedContextConsumed:
      return { op: "sc-consumed", sc };
    case SchedContextYieldTo:
      return decodeYieldTo(k, sc);
    default:
      return noSuchMethod(args.label);
  }
}

function decodeBind(k: KernelState, slot: Slot, sc: SchedContext): Decoded {
  const { cap } = slot;
  if (cap.type === CapTag.thread) {
    const tcb = cap.object;
    if (sc.tcb !== null) return illegalOperation("the scheduling context has a thread already");
    if (tcb.sc !== null) return illegalOperation("the thread has a scheduling context already", slot);
    if (isBlocked(tcb) && !sc.isReleased(k.now)) {
      return illegalOperation("a blocked thread needs a scheduling context whose time has come");
    }
    return { op: "sc-bind-thread", sc, tcb };
  }
  if (cap.type === CapTag.notification) {
    if (sc.notification !== null) return illegalOperation("the scheduling context has a notification already");
    if (cap.object.sc !== null) return illegalOperation("the notification has a scheduling context already", slot);
    return { op: "sc-bind-notification", sc, notification: cap.object };
  }
  return invalidCapability(1, "scheduling contexts are bound to threads and notifications", slot);
}

function decodeUnbindObject(k: KernelState, slot: Slot, sc: SchedContext): Decoded {
  const { cap } = slot;
  if (cap.type === CapTag.thread) {
    if (sc.tcb !== cap.object) return illegalOperation("the scheduling context is not bound to this thread", slot);
    if (cap.object === k.current) return illegalOperation(OWN_TIME);
    return { op: "sc-unbind-thread", sc };
  }
  if (cap.type === CapTag.notification) {
    return sc.notification === cap.object
      ? { op: "sc-unbind-notification", sc }
      : illegalOperation("the scheduling context is not bound to this notification", slot);
  }
  return invalidCapability(1, "scheduling contexts are bound to threads and notifications", slot);
}

function decodeYieldTo(k: KernelState, sc: SchedContext): Decoded {
  const { current } = k;
  if (sc.tcb === null || current === null) return illegalOperation("no thread runs on this scheduling context");
  if (sc.tcb === current) return illegalOperation("a thread cannot yield to itself");
  if (sc.tcb.priority > current.mcp) {
    return illegalOperation(
      `the thread has priority ${sc.tcb.priority}, and the caller's MCP allows ${current.mcp} at most`,
    );
  }
  if (current.yieldTo !== null) return illegalOperation("a YieldTo of the caller is pending");
  return { op: "sc-yield-to", sc };
}

export function performSchedContext(k: KernelState, inv: SchedContextInvocation): Progress {
  const { sc } = inv;
  switch (inv.op) {
    case "sc-bind-thread":
      bindThread(k, sc, inv.tcb);
      break;
    case "sc-bind-notification":
      assert(sc.notification === null && inv.notification.sc === null, "only what is unbound is bound");
      sc.notification = inv.notification;
      inv.notification.sc = sc;
      break;
    case "sc-unbind":
      if (sc.tcb !== null) unbindThread(k, sc);
      unbindNotification(sc);
      forgetReplies(sc);
      break;
    case "sc-unbind-thread":
      unbindThread(k, sc);
      break;
    case "sc-unbind-notification":
      unbindNotification(sc);
      break;
    case "sc-consumed":
      performConsumed(k, sc);
      break;
    case "sc-yield-to":
      performYieldTo(k, sc);
      break;
  }
  return "done";
}

/** The counter is read even when nobody waits for the result. */
function performConsumed(k: KernelState, sc: SchedContext): void {
  const { current } = k;
  if (k.args.isCall && current !== null) {
    replyConsumed(k, current, sc);
    setState(k, current, ThreadState.Running);
  } else {
    sc.consumed = 0;
  }
}

/** Let the thread of `sc` run before the caller, which is told the time consumed when it runs again. */
function performYieldTo(k: KernelState, sc: SchedContext): void {
  const { current } = k;
  const target = sc.tcb;
  if (current === null || target === null) return;
  if (sc.yieldFrom !== null) answerYieldTo(k, sc.yieldFrom);
  resumeSchedContext(k, sc);
  if (!isSchedulable(target)) {
    performConsumed(k, sc);
    return;
  }
  if (target.priority < current.priority) {
    k.readyQueues.remove(target);
    k.readyQueues.prepend(target);
    performConsumed(k, sc);
    return;
  }
  assert(sc.yieldFrom === null && current.yieldTo === null, "a thread yields to one scheduling context at a time");
  sc.yieldFrom = current;
  current.yieldTo = sc;
  k.readyQueues.remove(target);
  k.readyQueues.prepend(current);
  k.readyQueues.prepend(target);
  requestReschedule(k);
}
