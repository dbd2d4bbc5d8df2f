/**
 * A CNode: 2^radix slots in the memory of one untyped. A slot is made when first touched; until then it costs eight bytes
 * of the host's.
 */
import { KernelObject } from "../model/kernel-object.js";
import { Slot } from "./slot.js";

/** log2 bytes of a slot in the real kernel's memory, which is what a CNode takes from its untyped. */
const SLOT_BITS = 5;

/** When more than one slot in so many was touched, a list of these costs more than looking at all. */
const SPARSE = 8;

export class CNode extends KernelObject {
  readonly radix: number;
  private readonly slots: (Slot | undefined)[];
  /** The slots that were ever touched, in the order they were, while they are few; null when it is all the same. */
  private touched: Slot[] | null = [];

  constructor(id: number, paddr: number, radix: number) {
    super(id, paddr);
    this.radix = radix;
    this.slots = new Array(2 ** radix);
  }

  get size(): number {
    return 1 << this.radix;
  }

  get sizeBits(): number {
    return this.radix + SLOT_BITS;
  }

  /** Slot `index`, 0 <= index < size. */
  slot(index: number): Slot {
    let slot = this.slots[index];
    if (slot === undefined) {
      slot = new Slot(this, index);
      this.slots[index] = slot;
      if (this.touched !== null) this.remember(slot);
    }
    return slot;
  }

  /** Whether slot `index` holds nothing, without making it. */
  isEmptyAt(index: number): boolean {
    const slot = this.slots[index];
    return slot === undefined || slot.isEmpty;
  }

  /** All slots that were ever touched, in an order that a run repeats, and perhaps holes. */
  get touchedSlots(): readonly (Slot | undefined)[] {
    return this.touched ?? this.slots;
  }

  /** The slots that hold something, with their indexes, in no particular order. */
  *occupied(): Generator<readonly [index: number, slot: Slot], void, undefined> {
    for (const slot of this.touchedSlots) if (slot?.isEmpty === false) yield [slot.index, slot];
  }

  private remember(slot: Slot): void {
    this.touched?.push(slot);
    if (SPARSE * (this.touched?.length ?? 0) > this.size) this.touched = null;
  }
}
