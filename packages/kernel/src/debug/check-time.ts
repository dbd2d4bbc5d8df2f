/** Time is conserved: what passed for every scheduling context, for nobody and while idle is all that passed since boot. */
import type { KernelState } from "../model/state.js";

export function checkTime(k: KernelState, violations: string[]): void {
  let accounted = k.idleSc.total + k.endedTime + k.consumed;
  for (const sc of k.schedContexts) accounted += sc.total;
  const passed = k.now - k.bootTime;
  if (accounted !== passed)
    violations.push(`${passed} ticks have passed since boot, but ${accounted} are accounted for`);
}
