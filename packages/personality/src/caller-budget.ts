/** What callers have of their component's time: they pass messages on, and passive servers run on it. */

const LEAST_US = 100;
const ONE_IN = 20;

/** Microseconds that one caller of a component has in its period, of the component's `budgetUs`. */
export function callerBudget(budgetUs: number): number {
  return Math.max(LEAST_US, Math.floor(budgetUs / ONE_IN));
}
