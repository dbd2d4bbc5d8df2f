/**
 * Which slots are in use: allocation is book-keeping of the caller's and does not concern the kernel.
 *
 * The lowest free slot is handed out first, so a freed slot is the next one used. A slot that is freed keeps its
 * capability: delete it first.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull, type seL4_CPtr } from "@tessera/libsel4";
import { bf_clr_bit, bf_first_free, bf_set_bit, bf_words } from "./bitfield.js";
import { CNODE_SLOTS, type cspace_t } from "./cspace.js";

/**
 * Take the lowest free slot.
 * @returns its address, or seL4_CapNull (0) when the CSpace is full or destroyed
 */
// biome-ignore lint/correctness/useYield: a CSpace of one level never grows, one of two levels makes CNodes here.
export function* cspace_alloc_slot(c: cspace_t): Thread<seL4_CPtr> {
  const slots = CNODE_SLOTS(c.top_lvl_size_bits);
  const slot = bf_first_free(bf_words(slots), c.top_bf);
  if (slot >= slots) return seL4_CapNull;
  bf_set_bit(c.top_bf, slot);
  return slot as seL4_CPtr;
}

/**
 * Give a slot back, which must be empty by then: the capability in it is not deleted. Slot 0 is ignored, so that
 * the result of a failed allocation can be freed.
 * @throws RangeError when the CSpace has no such slot
 */
export function cspace_free_slot(c: cspace_t, slot: seL4_CPtr): void {
  if (slot === seL4_CapNull) return;
  const slots = CNODE_SLOTS(c.top_lvl_size_bits);
  if (!(slot > 0 && slot < slots)) {
    throw new RangeError(`cspace_free_slot: the CSpace has slots 1 to ${slots - 1}, not ${slot}`);
  }
  bf_clr_bit(c.top_bf, slot);
}
