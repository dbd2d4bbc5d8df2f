/**
 * A CSpace: CNodes, and which of their slots are in use.
 *
 *     one level    root CNode, 128 slots                                  address = slot
 *     two levels   root CNode -> CNodes of 128 slots, made when needed    address = top index * 128 + bottom index
 *
 * Every address is resolved at depth 64: the guard of the root covers the bits that the slots do not. Slot 0 is never
 * handed out, so that 0 can mean "none". Made by `cspace_create_one_level` and `cspace_create_two_level` (create.ts)
 * or, for the CSpace that a program runs on, by `cspace_adopt...` (adopt.ts); ends with `cspace_destroy` (destroy.ts).
 *
 * `root_cnode`, frames and untypeds are capabilities in the CSpace of whoever made it (`bootstrap`, or itself), which
 * is also where the calls of this library are made from. The maker holds the `cspace_t`; the kernel knows nothing of it.
 * Invariants: a set bit of `top_bf` is a slot in use (one level) or a CNode without a free slot (two levels); the CNodes
 * that exist are those of top index 0 to `bot_lvl_untypeds.length` - 1; their bitmaps lie in `bot_lvl_nodes`.
 */
import { type seL4_CPtr, seL4_SlotBits, seL4_WordBits } from "@tessera/libsel4";
import type { backing_ut, cspace_alloc_t } from "./backing.js";

/** What `cspace_create_...` return: done, or nothing happened. */
export const CSPACE_NOERROR = 0;
/** Nothing was made, and nothing has changed. */
export const CSPACE_ERROR = -1;

/** log2 of the bytes of every CNode that this library makes. */
export const CNODE_SIZE_BITS = 12;

/** CNodes whose slots one page of book-keeping covers. */
export const BOT_LVL_PER_NODE = 169;

/** Page tables that mapping a page can take, at the most. C's number: Sv39 needs two. */
export const MAPPING_SLOTS = 3;

/** Slots that a CSpace of two levels holds back, so that it can grow: for a frame, and for mapping it. */
export const WATERMARK_SLOTS = MAPPING_SLOTS + 1;

/**
 * The first slot that a CSpace of two levels made by this library hands out. Those below are 0, the watermark, and one
 * that in C holds the frame of its book-keeping.
 */
export const FIRST_SLOT = 1 + WATERMARK_SLOTS + 1;

/** log2 of the slots of a CNode of 2^`size_bits` bytes. */
export function CNODE_SLOT_BITS(size_bits: number): number {
  return size_bits - seL4_SlotBits;
}

/** Slots of a CNode of 2^`size_bits` bytes. */
export function CNODE_SLOTS(size_bits: number): number {
  return 2 ** CNODE_SLOT_BITS(size_bits);
}

/** Slots of a CNode of the second level. */
export const BOT_LVL_SLOTS = CNODE_SLOTS(CNODE_SIZE_BITS);

/** Bits that name a slot of the root of a CSpace of two levels, guard included. */
export const TOP_LVL_DEPTH = seL4_WordBits - CNODE_SLOT_BITS(CNODE_SIZE_BITS);

/** A page of book-keeping, in simulated memory; bot-level.ts says what is on it. */
export interface bot_lvl_node_t {
  /** Where the caller has it mapped. */
  readonly vaddr: number;
  /** Its frame, in the CSpace that the caller runs on. */
  readonly frame: seL4_CPtr<"Page">;
  /** The memory of the frame; null when it was there before this library. */
  readonly untyped: backing_ut | null;
}

/** Fields have C's names where C has them. */
export interface cspace_t {
  /** The root CNode, a capability in `bootstrap`; seL4_CapNull once destroyed. */
  root_cnode: seL4_CPtr<"CNode">;
  /** Whether the slots of the root hold CNodes of their own. */
  readonly two_level: boolean;
  /** log2 of the bytes of the root CNode. */
  readonly top_lvl_size_bits: number;
  /** Which slots of the root are in use; in a CSpace of two levels, which have no free slot below them. */
  readonly top_bf: Uint32Array;
  /** The pages of book-keeping, BOT_LVL_PER_NODE CNodes each; none in a CSpace of one level. C's `n_bot_lvl_nodes` is its length. */
  readonly bot_lvl_nodes: bot_lvl_node_t[];
  /** The memory of each CNode of the second level, by top index; null when it was there before this library. */
  readonly bot_lvl_untypeds: (backing_ut | null)[];
  /** The memory of the root CNode; null when it was there before this library. */
  untyped: backing_ut | null;
  /** The CSpace that this one was made from, and whose slots hold its capabilities; null for the caller's own. */
  bootstrap: cspace_t | null;
  /** Memory for further CNodes; null when this CSpace cannot make any. */
  readonly alloc: cspace_alloc_t | null;
  /** Slots held back, WATERMARK_SLOTS or none; seL4_CapNull for one that growing has used up. */
  readonly watermark: seL4_CPtr[];
  /** A CNode is being made: the call-backs that this needs get no slot from here. */
  growing: boolean;
}
