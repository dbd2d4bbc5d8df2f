/**
 * How a CSpace of two levels grows: one CNode of the second level at a time, and before the first that it would cover,
 * a page of book-keeping.
 *
 * Growing happens when no slot is free, yet a frame and page tables need slots: they go into the watermark, which the
 * new CNode fills up again. So at the start of each growth all slots of the watermark are empty. A CSpace that this
 * library made has CNodes for one page only, its first; only a larger root, such as the initial task's, takes more.
 * Whatever fails, everything taken is given back and nothing has changed.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapNull,
  seL4_CapTableObject,
  seL4_CNode_Delete,
  type seL4_CPtr,
  seL4_NoError,
  seL4_PageBits,
  seL4_RISCV_4K_Page,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import type { cspace_alloc_t } from "./backing.js";
import { bf_first_free, bf_words } from "./bitfield.js";
import { takeLowest, writeUntyped } from "./bot-level.js";
import {
  BOT_LVL_PER_NODE,
  type bot_lvl_node_t,
  CNODE_SIZE_BITS,
  CNODE_SLOT_BITS,
  CNODE_SLOTS,
  type cspace_t,
  TOP_LVL_DEPTH,
} from "./cspace.js";
import { cspace_delete, cspace_untyped_retype } from "./ops.js";

/** Adds a page of book-keeping to a CSpace; false: it could not, and nothing has changed. */
type AddNode = (c: cspace_t, alloc: cspace_alloc_t) => Thread<boolean>;

/**
 * Make the next CNode of the second level. False: memory has run out, or the CSpace is growing already, or has no
 * allocator; then nothing has changed.
 * @param add_node where a page of book-keeping comes from, if one is missing
 */
export function* grow(c: cspace_t, add_node: AddNode = addNodeByWatermark): Thread<boolean> {
  const { alloc } = c;
  if (alloc === null || c.growing) return false;
  c.growing = true;
  try {
    return yield* addCNode(c, alloc, add_node);
  } finally {
    c.growing = false;
  }
}

/** Mapping comes last: what fails after it would leave page tables behind. */
function* addCNode(c: cspace_t, alloc: cspace_alloc_t, add_node: AddNode): Thread<boolean> {
  const untyped = yield* alloc.alloc_4k_ut();
  if (untyped === null) return false;
  const top = c.bot_lvl_untypeds.length;
  const slot_bits = CNODE_SLOT_BITS(CNODE_SIZE_BITS);
  // Depth 0 names the root CNode itself, in which the target is an offset.
  const err = yield* seL4_Untyped_Retype(untyped.cap, seL4_CapTableObject, slot_bits, c.root_cnode, 0, 0, top, 1);
  if (err === seL4_NoError) {
    const covered = c.bot_lvl_nodes.length * BOT_LVL_PER_NODE;
    if (top < covered || (yield* add_node(c, alloc))) {
      yield* writeUntyped(c, top, untyped.cap);
      c.bot_lvl_untypeds.push(untyped);
      return true;
    }
    yield* seL4_CNode_Delete(c.root_cnode, top, TOP_LVL_DEPTH);
  }
  yield* alloc.free_4k_ut(untyped);
  return false;
}

/** For a CSpace that its holder runs on. */
function* addNodeByWatermark(c: cspace_t, alloc: cspace_alloc_t): Thread<boolean> {
  const [frame = seL4_CapNull, ...free_slots] = c.watermark;
  const made = yield* makeNode(c, alloc, frame, free_slots);
  if (made === null) return false;
  c.bot_lvl_nodes.push(made.node);
  c.watermark[0] = seL4_CapNull;
  free_slots.forEach((_, i) => {
    if ((made.used & (1 << i)) !== 0) c.watermark[i + 1] = seL4_CapNull;
  });
  return true;
}

/**
 * A frame in slot `frame` of `owner`, the CSpace that the caller runs on, mapped for book-keeping; null when that fails.
 * @returns `used`: which of `free_slots` hold page tables now
 */
export function* makeNode(
  owner: cspace_t,
  alloc: cspace_alloc_t,
  frame: seL4_CPtr<"Page">,
  free_slots: readonly seL4_CPtr[],
): Thread<{ readonly node: bot_lvl_node_t; readonly used: number } | null> {
  const untyped = yield* alloc.alloc_4k_ut();
  if (untyped === null) return null;
  const err = yield* cspace_untyped_retype(owner, untyped.cap, frame, seL4_RISCV_4K_Page, seL4_PageBits);
  if (err === seL4_NoError) {
    const { vaddr, used } = yield* alloc.map_frame(frame, free_slots);
    if (vaddr !== 0) return { node: { vaddr, frame, untyped }, used };
    yield* cspace_delete(owner, frame);
  }
  yield* alloc.free_4k_ut(untyped);
  return null;
}

/** Hold slots back for the next growth, the lowest free ones, in place of those that the last one used up. */
export function* refillWatermark(c: cspace_t): Thread<void> {
  for (let i = 0; i < c.watermark.length; i++) {
    if (c.watermark[i] !== seL4_CapNull) continue;
    const top = bf_first_free(bf_words(CNODE_SLOTS(c.top_lvl_size_bits)), c.top_bf);
    if (top >= c.bot_lvl_untypeds.length) return;
    c.watermark[i] = yield* takeLowest(c, top);
  }
}
