/**
 * Making a CSpace of one level or of two.
 *
 * A CNode fresh from Retype has no guard and resolves only as many bits as it has slots. The root is therefore made in
 * a slot of `bootstrap`, minted with the guard that stands for the rest of the 64 bits into a second one, which is
 * `root_cnode`, and the first is given up. Whatever fails, everything taken is given back.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapNull,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  type seL4_CPtr,
  seL4_NoError,
  seL4_WordBits,
} from "@tessera/libsel4";
import type { backing_ut, cspace_alloc_t } from "./backing.js";
import { bf_create, bf_set_bit } from "./bitfield.js";
import { writeTaken } from "./bot-level.js";
import {
  CNODE_SIZE_BITS,
  CNODE_SLOT_BITS,
  CNODE_SLOTS,
  CSPACE_ERROR,
  CSPACE_NOERROR,
  type cspace_t,
  FIRST_SLOT,
  MAPPING_SLOTS,
  WATERMARK_SLOTS,
} from "./cspace.js";
import { cspace_destroy } from "./destroy.js";
import { grow, makeNode } from "./grow.js";
import { cspace_delete, cspace_mint, cspace_untyped_retype } from "./ops.js";
import { cspace_alloc_slot, cspace_free_slot } from "./slots.js";

/** `target` is C's out-parameter, null when nothing was made. */
export type cspace_created =
  | { readonly error: typeof CSPACE_NOERROR; readonly target: cspace_t }
  | { readonly error: typeof CSPACE_ERROR; readonly target: null };

const FAILED: cspace_created = { error: CSPACE_ERROR, target: null };

/**
 * Make a CSpace of 128 slots, of which 127 can be used. Cannot block.
 * Allocates 4 KiB of `bootstrap`'s memory, and one slot of `bootstrap` (two for a moment), besides those that its
 * allocator takes.
 * @param bootstrap the CSpace that the caller runs on
 * @returns error CSPACE_ERROR when slots or memory of `bootstrap` have run out, or when it has no allocator; then
 * nothing has changed, but that `bootstrap` may have grown
 */
export function* cspace_create_one_level(bootstrap: cspace_t): Thread<cspace_created> {
  const target = yield* makeRoot(bootstrap, 1, null);
  if (target === null) return FAILED;
  bf_set_bit(target.top_bf, seL4_CapNull);
  return { error: CSPACE_NOERROR, target };
}

/**
 * Make a CSpace that grows up to 16,384 slots, of which 16,378 can be used: the first one is 6. Cannot block.
 * Allocates of `bootstrap`'s memory 4 KiB for the root and 4 KiB for book-keeping, which its `map_frame` maps; of
 * `alloc` 4 KiB for the first 128 slots, and as much whenever 128 are full. Takes two slots of `bootstrap` (five for a
 * moment), those for page tables that mapping takes, and those that the allocators take.
 * @param bootstrap the CSpace that the caller runs on
 * @param alloc memory for the second level; its capabilities lie in `bootstrap`
 * @returns error CSPACE_ERROR when slots or memory have run out, mapping fails, or `bootstrap` has no allocator; then
 * nothing has changed, but that `bootstrap` may have grown
 */
export function* cspace_create_two_level(bootstrap: cspace_t, alloc: cspace_alloc_t): Thread<cspace_created> {
  const target = yield* makeRoot(bootstrap, 2, alloc);
  if (target === null) return FAILED;
  if (!(yield* grow(target, addNodeOfBootstrap))) {
    yield* cspace_destroy(target);
    return FAILED;
  }
  yield* writeTaken(target, FIRST_SLOT);
  return { error: CSPACE_NOERROR, target };
}

/** A CSpace that has its root and nothing in it; null when that fails. */
function* makeRoot(bootstrap: cspace_t, levels: 1 | 2, alloc: cspace_alloc_t | null): Thread<cspace_t | null> {
  const memory = bootstrap.alloc;
  if (memory === null) return null;
  const untyped = yield* memory.alloc_4k_ut();
  if (untyped === null) return null;
  const guard_bits = seL4_WordBits - levels * CNODE_SLOT_BITS(CNODE_SIZE_BITS);
  const root_cnode = yield* makeGuardedCNode(bootstrap, untyped, seL4_CNode_CapData_new(0, guard_bits));
  if (root_cnode === null) {
    yield* memory.free_4k_ut(untyped);
    return null;
  }
  const two_level = levels === 2;
  return {
    root_cnode,
    two_level,
    top_lvl_size_bits: CNODE_SIZE_BITS,
    top_bf: bf_create(CNODE_SLOTS(CNODE_SIZE_BITS)),
    bot_lvl_nodes: [],
    bot_lvl_untypeds: [],
    untyped,
    bootstrap,
    alloc,
    watermark: two_level ? Array.from({ length: WATERMARK_SLOTS }, (_, i) => i + 1) : [],
    growing: false,
  };
}

/** A CNode of this library's size with guard word `guard`, in a new slot of `bootstrap`; null when that fails. */
function* makeGuardedCNode(bootstrap: cspace_t, untyped: backing_ut, guard: number): Thread<seL4_CPtr<"CNode"> | null> {
  const temporary = yield* cspace_alloc_slot(bootstrap);
  const root = yield* cspace_alloc_slot(bootstrap);
  let made = false;
  if (temporary !== seL4_CapNull && root !== seL4_CapNull) {
    const slot_bits = CNODE_SLOT_BITS(CNODE_SIZE_BITS);
    let err = yield* cspace_untyped_retype(bootstrap, untyped.cap, temporary, seL4_CapTableObject, slot_bits);
    if (err === seL4_NoError) {
      err = yield* cspace_mint(bootstrap, root, bootstrap, temporary, seL4_AllRights, guard);
      yield* cspace_delete(bootstrap, temporary);
    }
    made = err === seL4_NoError;
  }
  yield* cspace_free_slot(bootstrap, temporary);
  if (made) return root as seL4_CPtr<"CNode">;
  yield* cspace_free_slot(bootstrap, root);
  return null;
}

/**
 * The one page of book-keeping of a CSpace made here. Its frame stays in `bootstrap`: who runs on the new CSpace shall
 * not have it in reach.
 */
function* addNodeOfBootstrap(target: cspace_t): Thread<boolean> {
  const bootstrap = target.bootstrap!;
  const slots: seL4_CPtr[] = [];
  for (let i = 0; i < 1 + MAPPING_SLOTS; i++) slots.push(yield* cspace_alloc_slot(bootstrap));
  const [frame = seL4_CapNull, ...free_slots] = slots;
  const made = slots.includes(seL4_CapNull) ? null : yield* makeNode(bootstrap, bootstrap.alloc!, frame, free_slots);
  if (made === null) yield* cspace_free_slot(bootstrap, frame);
  else target.bot_lvl_nodes.push(made.node);
  for (const [i, slot] of free_slots.entries()) {
    if (made === null || (made.used & (1 << i)) === 0) yield* cspace_free_slot(bootstrap, slot);
  }
  return made !== null;
}
