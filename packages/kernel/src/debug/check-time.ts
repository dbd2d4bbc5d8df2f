/** Time is conserved: what passed for every scheduling context, for nobody and while idle is all that passed since boot. */
import { CapTag } from "@tessera/libsel4/abi";
import type { Slot } from "../caps/slot.js";
import type { KernelState } from "../model/state.js";
import type { SchedContext } from "../time/sched-context.js";

export function checkTime(k: KernelState, slots: ReadonlySet<Slot>): string[] {
  const contexts = new Set<SchedContext>([k.idleSc]);
  for (const { cap } of slots) if (cap.type === CapTag.schedContext) contexts.add(cap.object);
  let accounted = k.endedTime + k.consumed;
  for (const sc of contexts) accounted += sc.total;
  const passed = k.now - k.bootTime;
  return accounted === passed ? [] : [`${passed} ticks have passed since boot, but ${accounted} are accounted for`];
}
