/**
 * Taking over a CSpace that exists: the one that the caller runs on, made by the kernel or by a bootstrap.
 *
 * What is there is not this library's to give back, so such a CSpace cannot be destroyed.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull, type seL4_CPtr, seL4_SlotBits, type seL4_SlotRegion } from "@tessera/libsel4";
import type { cspace_alloc_t } from "./backing.js";
import { bf_clr_range, bf_create, bf_set_bit } from "./bitfield.js";
import { writeTaken } from "./bot-level.js";
import { BOT_LVL_PER_NODE, BOT_LVL_SLOTS, type bot_lvl_node_t, type cspace_t, WATERMARK_SLOTS } from "./cspace.js";
import { refillWatermark } from "./grow.js";

/**
 * A `cspace_t` for the CSpace that the calling program runs on: one CNode, whose guard covers the rest of 64 bits.
 * @param root_cnode the capability to it, in itself
 * @param slot_bits log2 of its slots
 * @param empty the slots that are free; all others count as in use
 * @param alloc memory for further CSpaces made from this one, null for none
 * @throws RangeError when `empty` does not lie in it
 */
export function cspace_adopt(
  root_cnode: seL4_CPtr<"CNode">,
  slot_bits: number,
  empty: seL4_SlotRegion,
  alloc: cspace_alloc_t | null,
): cspace_t {
  const slots = 2 ** slot_bits;
  if (!(empty.start >= 0 && empty.start <= empty.end && empty.end <= slots)) {
    throw new RangeError(`cspace_adopt: slots ${empty.start} to ${empty.end} do not lie in a CNode of ${slots} slots`);
  }
  const top_bf = bf_create(slots).fill(0xffffffff);
  bf_clr_range(top_bf, empty.start, empty.end);
  bf_set_bit(top_bf, seL4_CapNull);
  return {
    root_cnode,
    two_level: false,
    top_lvl_size_bits: slot_bits + seL4_SlotBits,
    top_bf,
    bot_lvl_nodes: [],
    bot_lvl_untypeds: [],
    untyped: null,
    bootstrap: null,
    alloc,
    watermark: [],
    growing: false,
  };
}

/** What of a CSpace of two levels exists when it is adopted. */
export interface two_level_parts {
  /** The root, in itself, with a guard that covers what its slots and 7 bits of the second level do not. */
  readonly root_cnode: seL4_CPtr<"CNode">;
  /** log2 of the slots of the root. */
  readonly slot_bits: number;
  /** How many of these hold CNodes of 128 slots without a guard: the first ones. */
  readonly cnodes: number;
  /** Pages of zeroes for the book-keeping of these, or more. */
  readonly bot_lvl_nodes: readonly bot_lvl_node_t[];
  /** All slots below this one are in use, all behind it are free. */
  readonly first_free: number;
}

/**
 * A `cspace_t` for a CSpace of two levels that the calling program runs on, and that goes on growing. Cannot block,
 * allocates nothing; it stores into `bot_lvl_nodes` and holds back the first WATERMARK_SLOTS free slots.
 * @throws RangeError when the parts do not fit together: more CNodes than the root or the book-keeping has room for,
 * or too few for `first_free` and the watermark
 */
export function* cspace_adopt_two_level(parts: two_level_parts, alloc: cspace_alloc_t): Thread<cspace_t> {
  const { root_cnode, slot_bits, cnodes, bot_lvl_nodes, first_free } = parts;
  const room = Math.min(2 ** slot_bits, bot_lvl_nodes.length * BOT_LVL_PER_NODE);
  if (cnodes > room) throw new RangeError(`cspace_adopt_two_level: there is room for ${room} CNodes, not ${cnodes}`);
  if (!(first_free > 0 && first_free + WATERMARK_SLOTS <= cnodes * BOT_LVL_SLOTS)) {
    throw new RangeError(
      `cspace_adopt_two_level: ${cnodes} CNodes do not have ${WATERMARK_SLOTS} slots from ${first_free} up`,
    );
  }
  const c: cspace_t = {
    root_cnode,
    two_level: true,
    top_lvl_size_bits: slot_bits + seL4_SlotBits,
    top_bf: bf_create(2 ** slot_bits),
    bot_lvl_nodes: [...bot_lvl_nodes],
    bot_lvl_untypeds: new Array(cnodes).fill(null),
    untyped: null,
    bootstrap: null,
    alloc,
    watermark: new Array(WATERMARK_SLOTS).fill(seL4_CapNull),
    growing: false,
  };
  yield* writeTaken(c, first_free);
  yield* refillWatermark(c);
  return c;
}
