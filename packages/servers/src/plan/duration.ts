/**
 * Times as a composition writes them: `10ms`, and a budget of a period, `2ms/10ms`.
 */
import { MIN_BUDGET_US } from "@tessera/libsel4";

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 };
const DURATION = /^([0-9]+(?:\.[0-9]+)?)(us|ms|s)$/;
/** The longest time that a plan speaks of: a day. What is longer was meant otherwise. */
const MOST_US = 86_400_000_000;

/** The microseconds of a text such as `10ms` or `1.5ms`; null when it is none. */
export function parseDuration(text: string): number | null {
  const [, count = "", unit = ""] = DURATION.exec(text) ?? [];
  const us = Number(count) * (UNITS[unit] ?? Number.NaN);
  // 1.1ms are 1100.0000000000002us in floating point.
  const whole = Math.round(us);
  return Number.isFinite(us) && Math.abs(us - whole) < 1e-6 && whole <= MOST_US ? whole : null;
}

/** What a component may use of each period. */
export interface Budget {
  readonly budgetUs: number;
  readonly periodUs: number;
}

/** The budget that a text such as `2ms/10ms` says, or the sentence that says why it is none. */
export function parseBudget(text: string): Budget | string {
  if (typeof text !== "string") return `${text} is no budget: write a text such as "2ms/10ms"`;
  const [budget = "", period = "", ...more] = text.split("/");
  const budgetUs = parseDuration(budget);
  const periodUs = parseDuration(period);
  if (budgetUs === null || periodUs === null || more.length > 0) {
    return `"${text}" is no budget: write what it may use, a slash and the period, in us, ms or s, such as "2ms/10ms"`;
  }
  if (budgetUs > periodUs) return `"${text}" is more than all: what it may use comes first, then the period`;
  if (budgetUs < MIN_BUDGET_US) return `"${text}" is too little: the kernel gives no budget below ${MIN_BUDGET_US}us`;
  return { budgetUs, periodUs };
}
