/**
 * Deleting a capability, however much goes with it.
 *
 * The last capability to a CNode or TCB becomes a zombie in its slot, and the object's own slots are deleted one by one
 * with a preemption point after each. A CNode met on the way is not descended into: its zombie changes places with
 * what is in its own first slot, so that deletion needs no stack however deep things are nested.
 */
import { CapTag } from "@tessera/libsel4/abi";
import { type ZombieCap, zombieCap } from "../caps/cap.js";
import { swapCaps } from "../caps/mdb.js";
import { type Slot, updateCap } from "../caps/slot.js";
import { traceEmptied, traceFilled } from "../caps/trace-slot.js";
import { assert } from "../model/assert.js";
import type { Progress } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { preemptionPoint } from "../time/preemption.js";
import { finalise, vacate } from "./finalise.js";

/** Delete the capability in `slot`; an empty slot is done at once. */
export function deleteSlot(k: KernelState, slot: Slot): Progress {
  while (!slot.isEmpty) {
    const zombie = finaliseInto(k, slot);
    if (zombie === null) {
      vacate(k, slot);
    } else {
      if (reduceExposed(k, slot, zombie) === "preempted") return "preempted";
      if (preemptionPoint(k) === "preempted") return "preempted";
    }
  }
  return "done";
}

/** Finalise; null when the slot can be emptied, else the zombie that is in it now. */
function finaliseInto(k: KernelState, slot: Slot): ZombieCap | null {
  const remainder = finalise(k, slot);
  if (remainder.type !== CapTag.zombie) return null;
  if (remainder !== slot.cap) updateCap(slot, remainder);
  return isRemovable(remainder, slot) ? null : remainder;
}

/** Nothing is left to clear, but possibly the slot that the zombie itself stands in. */
function isRemovable(zombie: ZombieCap, slot: Slot): boolean {
  return zombie.remaining === 0 || (zombie.remaining === 1 && zombie.object.slot(0) === slot);
}

/** Delete the last slot of the object that is not clear yet, and count it off if the zombie is still there. */
function reduceExposed(k: KernelState, slot: Slot, zombie: ZombieCap): Progress {
  const last = zombie.object.slot(zombie.remaining - 1);
  if (deleteNested(k, last) === "preempted") return "preempted";
  const { cap } = slot;
  // What was deleted may have emptied this slot, or swapped another zombie into it.
  if (cap.type !== CapTag.zombie || cap.object !== zombie.object || cap.remaining !== zombie.remaining) return "done";
  assert(last.isEmpty || last === slot || isOwnZombie(last), "a slot that is counted off is clear");
  updateCap(slot, zombieCap(zombie.object, zombie.remaining - 1));
  return "done";
}

/** Delete a capability inside a zombie's object, without descending into another object. */
function deleteNested(k: KernelState, slot: Slot): Progress {
  while (!slot.isEmpty) {
    const zombie = finaliseInto(k, slot);
    if (zombie === null) {
      vacate(k, slot);
      return "done";
    }
    const own = zombie.object.slot(0);
    if (own === slot) return "done";
    traceEmptied(k, slot);
    if (!own.isEmpty) traceEmptied(k, own);
    swapCaps(zombie, slot, own.cap, own);
    traceFilled(k, own);
    if (!slot.isEmpty) traceFilled(k, slot);
    if (preemptionPoint(k) === "preempted") return "preempted";
  }
  return "done";
}

/** A zombie in the first slot of its own object keeps itself until its memory is reclaimed. */
function isOwnZombie(slot: Slot): boolean {
  return slot.cap.type === CapTag.zombie && slot.cap.object.slot(0) === slot;
}
