/** Revoking a capability: deleting all its descendants, one at a time, with a preemption point after each. */
import { isParentOf } from "../caps/mdb.js";
import type { Slot } from "../caps/slot.js";
import type { Progress } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { preemptionPoint } from "../time/preemption.js";
import { deleteSlot } from "./delete.js";

/**
 * Delete what was derived from the capability in `slot`; it stays itself. When the slot lies in a CNode that goes away
 * with its descendants, it is emptied on the way and nothing more is found.
 */
export function revoke(k: KernelState, slot: Slot): Progress {
  for (let child = slot.next; child !== null && isParentOf(slot, child); child = slot.next) {
    if (deleteSlot(k, child) === "preempted") return "preempted";
    if (preemptionPoint(k) === "preempted") return "preempted";
  }
  return "done";
}
