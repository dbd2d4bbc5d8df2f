/**
 * A CNode: 2^radix slots in the memory of one untyped. A slot is made when first touched; until then it costs eight bytes
 * of the host's.
 */
import { Slot } from "./slot.js";

/** log2 bytes of a slot in the real kernel's memory, which is what a CNode takes from its untyped. */
const SLOT_BITS = 5;

export class CNode {
  readonly id: number;
  readonly paddr: number;
  readonly radix: number;
  private readonly slots: (Slot | undefined)[];
  /** The slots that were ever touched, in the order they were. */
  readonly touched: Slot[] = [];

  constructor(id: number, paddr: number, radix: number) {
    this.id = id;
    this.paddr = paddr;
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
      this.touched.push(slot);
    }
    return slot;
  }

  /** Whether slot `index` holds nothing, without making it. */
  isEmptyAt(index: number): boolean {
    const slot = this.slots[index];
    return slot === undefined || slot.isEmpty;
  }

  /** The slots that hold something, with their indexes, in no particular order. */
  *occupied(): Generator<readonly [index: number, slot: Slot], void, undefined> {
    for (const slot of this.touched) if (!slot.isEmpty) yield [slot.index, slot];
  }
}
