/**
 * How much of a CSpace is left: what a test compares before and after, to find a slot that was not given back, and
 * uses up, to see what happens when there is none.
 */
import { bf_get_bit, CNODE_SLOTS, cspace_alloc_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";

/**
 * The number of free slots of a CSpace of one level.
 * @throws TypeError for one of two levels: its bitmaps lie in simulated memory, and it grows
 */
export function freeSlots(cspace: cspace_t): number {
  if (cspace.two_level) throw new TypeError("freeSlots: a CSpace of two levels has no number of free slots, it grows");
  let free = 0;
  for (let slot = 0; slot < CNODE_SLOTS(cspace.top_lvl_size_bits); slot++) {
    if (!bf_get_bit(cspace.top_bf, slot)) free++;
  }
  return free;
}

/** Allocate slots of a CSpace of one level until `left` are free. Returns those taken, for `cspace_free_slot`. */
export function* leaveSlots(cspace: cspace_t, left: number): Thread<seL4_CPtr[]> {
  const taken: seL4_CPtr[] = [];
  for (let free = freeSlots(cspace); free > left; free--) taken.push(yield* cspace_alloc_slot(cspace));
  return taken;
}
