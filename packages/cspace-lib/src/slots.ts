/**
 * Which slots are in use: allocation is book-keeping of the caller's and does not concern the kernel.
 *
 * The lowest free slot is handed out first, so a freed slot is the next one used. A slot that is freed keeps its
 * capability: delete it first.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull, type seL4_CPtr } from "@tessera/libsel4";
import { bf_clr_bit, bf_first_free, bf_get_bit, bf_set_bit, bf_words } from "./bitfield.js";
import { clearSlot, takeLowest } from "./bot-level.js";
import { BOT_LVL_SLOTS, CNODE_SLOTS, type cspace_t, FIRST_SLOT } from "./cspace.js";
import { grow, refillWatermark } from "./grow.js";

/**
 * Take the lowest free slot. Cannot block.
 * Allocates, in a CSpace of two levels that has no free slot left: 4 KiB for a CNode of 128 slots, and for every 169th
 * of these 4 KiB more and what mapping a page takes.
 * @returns its address, or seL4_CapNull (0) when the CSpace is full or destroyed, or when it would have to grow and
 * memory has run out, its allocator fails, or it is just growing (a call-back of it asks)
 */
export function* cspace_alloc_slot(c: cspace_t): Thread<seL4_CPtr> {
  const tops = CNODE_SLOTS(c.top_lvl_size_bits);
  const top = bf_first_free(bf_words(tops), c.top_bf);
  if (top >= tops) return seL4_CapNull;
  if (!c.two_level) {
    bf_set_bit(c.top_bf, top);
    return top;
  }
  if (top < c.bot_lvl_untypeds.length) return yield* takeLowest(c, top);
  if (!(yield* grow(c))) return seL4_CapNull;
  const slot = yield* takeLowest(c, top);
  yield* refillWatermark(c);
  return slot;
}

/**
 * Give a slot back, which must be empty by then: the capability in it is not deleted. Slot 0 is ignored, so that
 * the result of a failed allocation can be freed. Cannot block, allocates nothing; CNodes stay when they are empty.
 * @throws RangeError when the CSpace has no such slot, or holds it back to grow; Error when it is free already, or the
 * CSpace is destroyed
 */
export function* cspace_free_slot(c: cspace_t, slot: seL4_CPtr): Thread<void> {
  if (slot === seL4_CapNull) return;
  if (c.root_cnode === seL4_CapNull) throw new Error(`cspace_free_slot(${slot}): the CSpace is destroyed`);
  checkSlot(c, slot);
  const wasTaken = c.two_level ? hasCNode(c, slot) && (yield* clearSlot(c, slot)) : clearTop(c, slot);
  if (!wasTaken) throw new Error(`cspace_free_slot(${slot}): the slot is free already`);
}

function checkSlot(c: cspace_t, slot: seL4_CPtr): void {
  const slots = CNODE_SLOTS(c.top_lvl_size_bits) * (c.two_level ? BOT_LVL_SLOTS : 1);
  if (!(Number.isInteger(slot) && slot > 0 && slot < slots)) {
    throw new RangeError(`cspace_free_slot(${slot}): the CSpace has slots 1 to ${slots - 1}`);
  }
  if (isHeldBack(c, slot)) throw new RangeError(`cspace_free_slot(${slot}): the CSpace holds this slot back`);
}

/** Whether the slot is one of those that a CSpace of two levels never hands out, or keeps to be able to grow. */
function isHeldBack(c: cspace_t, slot: seL4_CPtr): boolean {
  return c.watermark.includes(slot) || (c.two_level && c.bootstrap !== null && slot < FIRST_SLOT);
}

function clearTop(c: cspace_t, slot: seL4_CPtr): boolean {
  const wasTaken = bf_get_bit(c.top_bf, slot);
  bf_clr_bit(c.top_bf, slot);
  return wasTaken;
}

/** Whether the CNode of `slot` was made yet. */
function hasCNode(c: cspace_t, slot: seL4_CPtr): boolean {
  return slot < c.bot_lvl_untypeds.length * BOT_LVL_SLOTS;
}
