/**
 * Making a CSpace, taking over one that exists, destroying one.
 *
 * A CNode fresh from Retype has no guard and resolves only as many bits as it has slots. It is therefore made in a
 * slot of `bootstrap`, minted with the guard that stands for the rest of the 64 bits into a second one, which is
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
  seL4_SlotBits,
  type seL4_SlotRegion,
  seL4_WordBits,
} from "@tessera/libsel4";
import type { backing_ut, cspace_alloc_t } from "./backing.js";
import { bf_clr_bit, bf_create, bf_set_bit } from "./bitfield.js";
import {
  CNODE_SIZE_BITS,
  CNODE_SLOT_BITS,
  CNODE_SLOTS,
  CSPACE_ERROR,
  CSPACE_NOERROR,
  type cspace_t,
} from "./cspace.js";
import { cspace_delete, cspace_mint, cspace_revoke, cspace_untyped_retype } from "./ops.js";
import { cspace_alloc_slot, cspace_free_slot } from "./slots.js";

/** `target` is C's out-parameter, null when nothing was made. */
export type cspace_created =
  | { readonly error: typeof CSPACE_NOERROR; readonly target: cspace_t }
  | { readonly error: typeof CSPACE_ERROR; readonly target: null };

const FAILED: cspace_created = { error: CSPACE_ERROR, target: null };

/**
 * Make a CSpace of 128 slots, of which 127 can be used, out of 4 KiB of `bootstrap`'s memory. It costs one slot of
 * `bootstrap` (two for a moment), besides those that its allocator takes.
 * @param bootstrap the CSpace that the caller runs on
 * @returns error CSPACE_ERROR when slots or memory of `bootstrap` have run out, or when it has no allocator
 */
export function* cspace_create_one_level(bootstrap: cspace_t): Thread<cspace_created> {
  const alloc = bootstrap.alloc;
  if (alloc === null) return FAILED;
  const untyped = yield* alloc.alloc_4k_ut();
  if (untyped === null) return FAILED;
  const guard = seL4_CNode_CapData_new(0, seL4_WordBits - CNODE_SLOT_BITS(CNODE_SIZE_BITS));
  const root_cnode = yield* makeCNode(bootstrap, untyped, guard);
  if (root_cnode === null) {
    alloc.free_4k_ut(untyped);
    return FAILED;
  }
  const top_bf = bf_create(CNODE_SLOTS(CNODE_SIZE_BITS));
  bf_set_bit(top_bf, seL4_CapNull);
  const target = {
    root_cnode,
    two_level: false,
    top_lvl_size_bits: CNODE_SIZE_BITS,
    top_bf,
    untyped,
    bootstrap,
    alloc: null,
  };
  return { error: CSPACE_NOERROR, target };
}

/** A CNode of this library's size with guard word `guard`, in a new slot of `bootstrap`; null when that fails. */
function* makeCNode(bootstrap: cspace_t, untyped: backing_ut, guard: number): Thread<seL4_CPtr<"CNode"> | null> {
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
  cspace_free_slot(bootstrap, temporary);
  if (made) return root as seL4_CPtr<"CNode">;
  cspace_free_slot(bootstrap, root);
  return null;
}

/**
 * A `cspace_t` for the CSpace that the calling program runs on: one CNode, whose guard covers the rest of 64 bits.
 * @param root_cnode the capability to it, in itself
 * @param slot_bits log2 of its slots
 * @param empty the slots that are free; all others count as in use
 * @param alloc memory for further CSpaces made from this one, null for none
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
  for (let slot = empty.start; slot < empty.end; slot++) bf_clr_bit(top_bf, slot);
  bf_set_bit(top_bf, seL4_CapNull);
  const top_lvl_size_bits = slot_bits + seL4_SlotBits;
  return { root_cnode, two_level: false, top_lvl_size_bits, top_bf, untyped: null, bootstrap: null, alloc };
}

/**
 * Destroy a CSpace: the capabilities in it die with it, its slot and its memory return to where they came from.
 * Everything made of its untyped is revoked, so copies of its root die too; a thread that still uses one faults
 * at its next system call.
 * @throws Error for a CSpace that this library did not make, or that is destroyed already, or whose untyped is gone
 */
export function* cspace_destroy(c: cspace_t): Thread<void> {
  const { bootstrap, untyped } = c;
  if (bootstrap === null || untyped === null) {
    throw new Error("cspace_destroy: a CSpace can only be destroyed once, and only by the one that made it");
  }
  // Before the memory goes back: who gets it next must not find children.
  const err = yield* cspace_revoke(bootstrap, untyped.cap);
  if (err !== seL4_NoError) throw new Error(`cspace_destroy: revoking its untyped failed (seL4_Error ${err})`);
  cspace_free_slot(bootstrap, c.root_cnode);
  bootstrap.alloc?.free_4k_ut(untyped);
  c.root_cnode = seL4_CapNull as seL4_CPtr<"CNode">;
  c.top_bf.fill(0xffffffff);
  c.untyped = null;
  c.bootstrap = null;
}
