/**
 * A slot: a capability, its place in the derivation list, and where it is.
 *
 * Slots live in CNodes (created when first touched), TCBs and the IRQ table; `home` and `index` say which. Only this file
 * and mdb.ts change their fields. `prev` and `next` thread the slot into one list per root capability, in which
 * descendants follow their ancestors; `revocable` and `firstBadged` say where a family begins (see mdb.ts). The two flags
 * share a word with the index, so that a million slots stay small.
 */
import type { Tcb } from "../threads/tcb.js";
import { type Cap, nullCap } from "./cap.js";
import type { CNode } from "./cnode.js";

const REVOCABLE = 1;
const FIRST_BADGED = 2;
const INDEX_SHIFT = 2;

export class Slot {
  cap: Cap = nullCap;
  prev: Slot | null = null;
  next: Slot | null = null;
  /** Whose slot it is; null for the slots of the IRQ table. */
  readonly home: CNode | Tcb | null;
  private word: number;

  constructor(home: CNode | Tcb | null, index: number) {
    this.home = home;
    this.word = index << INDEX_SHIFT;
  }

  get isEmpty(): boolean {
    return this.cap === nullCap;
  }

  /** Its number among the slots of its home. */
  get index(): number {
    return this.word >>> INDEX_SHIFT;
  }

  get revocable(): boolean {
    return (this.word & REVOCABLE) !== 0;
  }
  set revocable(is: boolean) {
    this.word = is ? this.word | REVOCABLE : this.word & ~REVOCABLE;
  }

  get firstBadged(): boolean {
    return (this.word & FIRST_BADGED) !== 0;
  }
  set firstBadged(is: boolean) {
    this.word = is ? this.word | FIRST_BADGED : this.word & ~FIRST_BADGED;
  }
}

/** Replace the capability in a slot by another form of the same one: its place among its relatives stays. */
export function updateCap(slot: Slot, cap: Cap): void {
  slot.cap = cap;
}
