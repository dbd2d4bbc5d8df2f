/**
 * Looking at the clock: the time stamp of an entry, and the preemption points of long operations. An operation is
 * preempted when an interrupt is pending, the domain's time is over, or the budget is; its thread then executes the
 * same system call again.
 */
import { CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION, MIN_BUDGET_TICKS } from "@tessera/libsel4/abi";
import type { Progress } from "../model/result.js";
import type { KernelState } from "../model/state.js";

/** Time since the last stamp has been consumed by the current scheduling context, and by the domain. */
export function stampTime(k: KernelState): void {
  const now = k.clock.ticks;
  const elapsed = now - k.now;
  k.now = now;
  k.consumed += elapsed;
  const { domains } = k;
  if (domains.count > 1) {
    domains.timeLeft = elapsed + MIN_BUDGET_TICKS >= domains.timeLeft ? 0 : domains.timeLeft - elapsed;
  }
}

/** Account for a unit of long work; every so many units look whether something else must run. */
export function preemptionPoint(k: KernelState): Progress {
  k.clock.advance(k.machine.cost.kernelWorkUnit);
  k.workUnits += 1;
  if (k.workUnits < CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION) return "done";
  k.workUnits = 0;
  stampTime(k);
  const isExhausted = !k.currentSc.refills.isSufficient(k.consumed);
  if (!k.cpu.interruptPending() && !k.domains.isExpired && !isExhausted) return "done";
  k.preemptions += 1;
  if (isExhausted) k.exhaustions += 1;
  return "preempted";
}
