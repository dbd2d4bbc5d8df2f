/** Time is conserved: what passed for every scheduling context, for nobody and while idle is all that passed since boot. */
import type { KernelState } from "../model/state.js";

export function checkTime(k: KernelState): string[] {
  let accounted = k.idleSc.total + k.endedTime + k.consumed;
  for (const sc of k.schedContexts) accounted += sc.total;
  const passed = k.now - k.bootTime;
  return accounted === passed ? [] : [`${passed} ticks have passed since boot, but ${accounted} are accounted for`];
}
