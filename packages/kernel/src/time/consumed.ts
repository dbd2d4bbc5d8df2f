/** Reading the time a scheduling context has been charged: each reader takes all of it. */
import type { SchedContext } from "./sched-context.js";

/** Ticks charged since the last read; the counter begins again. */
export function takeConsumed(sc: SchedContext): number {
  const { consumed } = sc;
  sc.consumed = 0;
  return consumed;
}
