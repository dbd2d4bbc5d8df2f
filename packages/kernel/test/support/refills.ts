/** Refills of a test: made in one call, and shown as a list. */
import { Refills } from "../../src/time/refill.js";

export function configured(max: number, budget: number, period: number, now: number): Refills {
  const refills = new Refills();
  refills.configure(max, budget, period === budget ? 0 : period, now);
  return refills;
}

export function list(refills: Refills): [time: number, amount: number][] {
  return Array.from({ length: refills.length }, (_, i) => [...refills.at(i)]);
}
