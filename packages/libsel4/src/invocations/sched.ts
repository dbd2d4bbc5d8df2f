/**
 * Scheduling contexts: the right to a budget of time in each period, and who has it. seL4 manual, "Mixed-Criticality
 * Scheduling".
 *
 * All times are microseconds. A budget equal to the period is round robin: used up, it is full again at the end of the
 * queue. Otherwise time that was used comes back one period after its use began.
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import {
  SchedContextBind,
  SchedContextConsumed,
  SchedContextUnbind,
  SchedContextUnbindObject,
  SchedContextYieldTo,
  SchedControlConfigureFlags,
  seL4_SchedContext_NoFlag,
} from "../abi/index.js";
import type { seL4_CPtr, seL4_Error, seL4_SchedContext, seL4_SchedControl, seL4_Word, WordLike } from "../types.js";
import { call, invoke, invokeBare, recordResult, resultWord, setArgument, setCapability } from "./call.js";

/** What `seL4_SchedContext_Consumed` and `seL4_SchedContext_YieldTo` return. */
export interface ConsumedResult {
  readonly error: seL4_Error;
  /** Microseconds that were used on the scheduling context since this was last asked. */
  readonly consumed: seL4_Word;
}

const consumedResult = recordResult((cpu, error): ConsumedResult => ({ error, consumed: resultWord(cpu, error, 0) }));

/**
 * Set budget and period of a scheduling context.
 * Cannot block, but the caller may have to wait when it configures what it runs on. Allocates nothing.
 * Errors: RangeError 20..230584300921369395: `budget` or `period`; RangeError 20..`period`: `budget` is greater;
 * InvalidCapability 1: `schedcontext` is none; RangeError 0..most: `extra_refills` (a context of 2^n bytes has room for
 * (2^n - 96) / 16 - 2).
 * @param schedcontext the scheduling context
 * @param budget microseconds, 20 to `period`
 * @param period microseconds; equal to `budget` = round robin
 * @param extra_refills how many more than two pieces the budget may fall into; ignored for round robin
 * @param badge a word that timeout faults report
 * @param flags seL4_SchedContext_NoFlag or seL4_SchedContext_Sporadic
 */
export function seL4_SchedControl_ConfigureFlags(
  _service: seL4_SchedControl,
  schedcontext: seL4_SchedContext,
  budget: WordLike,
  period: WordLike,
  extra_refills: WordLike,
  badge: WordLike,
  flags: WordLike,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "schedcontext", schedcontext);
  setArgument(cpu, 0, "budget", budget);
  setArgument(cpu, 1, "period", period);
  setArgument(cpu, 2, "extra_refills", extra_refills);
  setArgument(cpu, 3, "badge", badge);
  setArgument(cpu, 4, "flags", flags);
  return invoke(cpu, _service, SchedControlConfigureFlags, 1, 5);
}

/** As `seL4_SchedControl_ConfigureFlags` with seL4_SchedContext_NoFlag. Cannot block, allocates nothing, same errors. */
export function seL4_SchedControl_Configure(
  _service: seL4_SchedControl,
  schedcontext: seL4_SchedContext,
  budget: WordLike,
  period: WordLike,
  extra_refills: WordLike,
  badge: WordLike,
): Syscall<seL4_Error> {
  const flags = seL4_SchedContext_NoFlag;
  return seL4_SchedControl_ConfigureFlags(_service, schedcontext, budget, period, extra_refills, badge, flags);
}

/**
 * Bind a scheduling context to a thread, which then can run, or to a notification, which then lends it to a thread
 * without one that takes its signal.
 * Cannot block, but the thread may run next. Allocates nothing.
 * Errors: IllegalOperation: one of the two is bound already, or the thread is blocked and there is no budget now;
 * InvalidCapability 1: `cap` is neither TCB nor notification.
 * @param cap the thread or the notification
 */
export function seL4_SchedContext_Bind(
  _service: seL4_SchedContext,
  cap: seL4_CPtr<"TCB" | "Notification">,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "cap", cap);
  return invoke(cpu, _service, SchedContextBind, 1, 0);
}

/**
 * Take a scheduling context from whoever has it: its thread, its notification, and the callers that have lent it.
 * Cannot block, allocates nothing. Errors: IllegalOperation: the calling thread runs on it.
 */
export function seL4_SchedContext_Unbind(_service: seL4_SchedContext): Syscall<seL4_Error> {
  return invokeBare(_service, SchedContextUnbind);
}

/**
 * Take a scheduling context from one thread or notification.
 * Cannot block, allocates nothing.
 * Errors: IllegalOperation: it is not bound to `cap`, or `cap` is the calling thread; InvalidCapability 1: `cap` is
 * neither TCB nor notification.
 * @param cap the thread or the notification
 */
export function seL4_SchedContext_UnbindObject(
  _service: seL4_SchedContext,
  cap: seL4_CPtr<"TCB" | "Notification">,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "cap", cap);
  return invoke(cpu, _service, SchedContextUnbindObject, 1, 0);
}

/**
 * How much time was used on a scheduling context since this was last asked; the count starts again at 0. Time that its
 * thread is using just now is not in it yet.
 * Cannot block, allocates nothing. Errors: none of its own.
 */
export function seL4_SchedContext_Consumed(_service: seL4_SchedContext): Syscall<ConsumedResult> {
  call(port(), _service, SchedContextConsumed, 0, 0);
  return consumedResult;
}

/**
 * Let the thread of a scheduling context run before the caller, if its priority is at least the caller's; else put it
 * in front of its equals.
 * Can block: until that thread stops, or has used its budget. Allocates nothing.
 * Errors: IllegalOperation: the scheduling context has no thread, it is the caller's own, or that thread's priority is
 * above the caller's MCP.
 * @returns what was used, as `seL4_SchedContext_Consumed`
 */
export function seL4_SchedContext_YieldTo(_service: seL4_SchedContext): Syscall<ConsumedResult> {
  call(port(), _service, SchedContextYieldTo, 0, 0);
  return consumedResult;
}
