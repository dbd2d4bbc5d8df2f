/**
 * A CSpace: a CNode, and a bitmap of which of its slots are in use.
 *
 * Every capability address of a `cspace_t` is a slot number, resolved at depth 64: the guard of its root covers the
 * bits that the slots do not. Slot 0 is never handed out, so that 0 can mean "none". Made by `cspace_create_one_level`
 * or, for the CSpace that a program was started with, by `cspace_adopt`; ends with `cspace_destroy` (create.ts).
 *
 * `root_cnode` and `untyped` are capabilities in the CSpace of whoever made it (`bootstrap`), which is also where
 * the calls of this library are made from. The maker holds the `cspace_t`; the kernel knows nothing of it.
 */
import { type seL4_CPtr, seL4_SlotBits } from "@tessera/libsel4";
import type { backing_ut, cspace_alloc_t } from "./backing.js";

/** What `cspace_create_...` return: done, or nothing happened. */
export const CSPACE_NOERROR = 0;
export const CSPACE_ERROR = -1;

/** log2 of the bytes of every CNode that this library makes. */
export const CNODE_SIZE_BITS = 12;

/** log2 of the slots of a CNode of 2^`size_bits` bytes. */
export function CNODE_SLOT_BITS(size_bits: number): number {
  return size_bits - seL4_SlotBits;
}

/** Slots of a CNode of 2^`size_bits` bytes. */
export function CNODE_SLOTS(size_bits: number): number {
  return 2 ** CNODE_SLOT_BITS(size_bits);
}

/** Fields have C's names; `bot_lvl_nodes`, `n_bot_lvl_nodes` and `watermark` come with the second level. */
export interface cspace_t {
  /** The root CNode, a capability in `bootstrap`; seL4_CapNull once destroyed. */
  root_cnode: seL4_CPtr<"CNode">;
  /** Whether the slots of the root hold CNodes of their own. */
  two_level: boolean;
  /** log2 of the bytes of the root CNode. */
  top_lvl_size_bits: number;
  /** Which slots of the root are in use. */
  top_bf: Uint32Array;
  /** The memory of the root CNode; null when it was there before this library. */
  untyped: backing_ut | null;
  /** The CSpace that this one was made from, and whose slots hold its capabilities; null for the caller's own. */
  bootstrap: cspace_t | null;
  /** Memory for further CNodes; null when this CSpace cannot make any. */
  alloc: cspace_alloc_t | null;
}
