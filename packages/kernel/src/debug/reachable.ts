/** Each slot that holds a capability, for who looks once. */
import type { Slot } from "../caps/slot.js";
import type { KernelState } from "../model/state.js";
import { Census } from "./census.js";

export function reachableSlots(k: KernelState): Set<Slot> {
  const census = new Census(k);
  census.take();
  return new Set(census.slots.toArray());
}
