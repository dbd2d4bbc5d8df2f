/** SchedControl_ConfigureFlags: filling a scheduling context with time. Manual, seL4_SchedControl. */
import {
  CapTag,
  MAX_PERIOD_US_HIGH,
  MAX_PERIOD_US_LOW,
  MIN_BUDGET_TICKS,
  MIN_BUDGET_US,
  MIN_REFILLS,
  SchedControlConfigureFlags,
  seL4_SchedContext_Sporadic,
  TICKS_PER_US,
} from "@tessera/libsel4/abi";
import {
  invalidCapability,
  noSuchMethod,
  type Progress,
  rangeError,
  rangeErrorPair,
  type SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { above } from "../model/word.js";
import { affords, settleTime } from "../sched/budget.js";
import { isRunnable } from "../threads/tcb.js";
import { isSchedulable, offer, requestReschedule } from "../time/request.js";
import { resumeSchedContext, type SchedContext } from "../time/sched-context.js";
import type { Arguments } from "./arguments.js";

/** Times in ticks. */
export interface ConfigureSchedContext {
  readonly op: "sched-control";
  readonly sc: SchedContext;
  readonly budget: number;
  readonly period: number;
  readonly maxRefills: number;
  /** Budget and period are the same word. */
  readonly isRoundRobin: boolean;
  readonly badgeLo: number;
  readonly badgeHi: number;
  readonly isSporadic: boolean;
}

export function decodeSchedControl(k: KernelState, args: Arguments): ConfigureSchedContext | SyscallError {
  if (args.label !== SchedControlConfigureFlags) return noSuchMethod(args.label);
  if (!args.hasExtra(1) || args.length < 5) return truncatedMessage(5, 1, args);
  if (isTooLong(k, args, 0)) return outOfRange(k, args, 0);
  if (isTooLong(k, args, 1)) return outOfRange(k, args, 1);
  const budget = args.word(k, 0) * TICKS_PER_US;
  const period = args.word(k, 1) * TICKS_PER_US;
  if (budget < MIN_BUDGET_TICKS) return outOfRange(k, args, 0);
  if (period < MIN_BUDGET_TICKS) return outOfRange(k, args, 1);
  if (isBudgetAbovePeriod(k, args)) return budgetAbovePeriod(k, args);
  const cap = args.cap(0);
  if (cap.type !== CapTag.schedContext)
    return invalidCapability(1, "what is configured is a scheduling context", args.extraSlot(0));
  const sc = cap.object;
  const extraRefills = args.word(k, 2);
  if (extraRefills > sc.maxExtraRefills) {
    const what = `the number of extra refills, for which an object of ${2 ** sc.sizeBits} bytes has room,`;
    return rangeError(0, sc.maxExtraRefills, what, args.low(k, 2), args.high(k, 2));
  }
  const isRoundRobin = args.low(k, 0) === args.low(k, 1) && args.high(k, 0) === args.high(k, 1);
  return {
    op: "sched-control",
    sc,
    budget,
    period,
    maxRefills: isRoundRobin ? MIN_REFILLS : extraRefills + MIN_REFILLS,
    isRoundRobin,
    badgeLo: args.low(k, 3),
    badgeHi: args.high(k, 3),
    isSporadic: (args.low(k, 4) & seL4_SchedContext_Sporadic) !== 0,
  };
}

/** Word 0 is the budget, word 1 the period. */
function outOfRange(k: KernelState, args: Arguments, i: number): SyscallError {
  const what = `the ${i === 0 ? "budget" : "period"} in microseconds`;
  return rangeErrorPair(MIN_BUDGET_US, MAX_PERIOD_US_LOW, MAX_PERIOD_US_HIGH, what, args.low(k, i), args.high(k, i));
}

function budgetAbovePeriod(k: KernelState, args: Arguments): SyscallError {
  const what = "the budget in microseconds, which the period bounds,";
  return rangeErrorPair(MIN_BUDGET_US, args.low(k, 1), args.high(k, 1), what, args.low(k, 0), args.high(k, 0));
}

function isTooLong(k: KernelState, args: Arguments, i: number): boolean {
  return above(args.low(k, i), args.high(k, i), MAX_PERIOD_US_LOW, MAX_PERIOD_US_HIGH);
}

function isBudgetAbovePeriod(k: KernelState, args: Arguments): boolean {
  return above(args.low(k, 0), args.high(k, 0), args.low(k, 1), args.high(k, 1));
}

export function performSchedControl(k: KernelState, inv: ConfigureSchedContext): Progress {
  const { sc } = inv;
  const { tcb } = sc;
  if (tcb !== null) {
    k.releaseQueue.remove(tcb);
    k.readyQueues.remove(tcb);
    // What the running context has used so far is charged by the old parameters.
    if (sc === k.currentSc && affords(k)) settleTime(k);
  }
  const isActiveUpdate = !inv.isRoundRobin && sc.refills.isConfigured && tcb !== null && isRunnable(tcb);
  if (isActiveUpdate) sc.refills.reconfigure(inv.maxRefills, inv.budget, inv.period, k.now);
  else sc.refills.configure(inv.maxRefills, inv.budget, inv.isRoundRobin ? 0 : inv.period, k.now);
  if (tcb !== null) {
    resumeSchedContext(k, sc);
    if (tcb === k.current) {
      // The timer still stands for the old budget.
      requestReschedule(k);
      k.reprogram = true;
    } else if (isRunnable(tcb) && isSchedulable(tcb)) {
      offer(k, tcb);
    }
  }
  sc.badgeLo = inv.badgeLo;
  sc.badgeHi = inv.badgeHi;
  sc.isSporadic = inv.isSporadic;
  return "done";
}
