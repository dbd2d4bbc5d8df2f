/**
 * A slot: a capability and its place in the derivation list.
 *
 * Slots live in CNodes (created when first touched), TCBs and the IRQ table. Only this file and mdb.ts change
 * their fields. `prev` and `next` thread the slot into one list per root capability, in which descendants follow
 * their ancestors; `revocable` and `firstBadged` say where a family begins (see mdb.ts).
 */
import { type Cap, nullCap } from "./cap.js";

export class Slot {
  cap: Cap = nullCap;
  prev: Slot | null = null;
  next: Slot | null = null;
  revocable = false;
  firstBadged = false;

  get isEmpty(): boolean {
    return this.cap === nullCap;
  }
}

/** Replace the capability in a slot by another form of the same one: its place among its relatives stays. */
export function updateCap(slot: Slot, cap: Cap): void {
  slot.cap = cap;
}
