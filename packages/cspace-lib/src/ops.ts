/**
 * Operations on the capabilities of a CSpace: the CNode, Untyped and IRQControl invocations, with the root, the
 * index and the depth filled in from a `cspace_t`.
 *
 * Each is one system call and returns its seL4_Error. None of them allocates; the slot was taken before, and stays
 * taken when its capability is deleted. Errors common to all that name a slot: FailedLookup when the CSpace is
 * destroyed or the slot lies outside of it. All are invocations of `root_cnode`, so the caller runs on the CSpace
 * that made these (seL4 manual, "CSpace operations").
 */
import type { Syscall } from "@tessera/hal-sim/isa";
import {
  type seL4_CapRights_t,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  seL4_CNode_Mutate,
  seL4_CNode_Revoke,
  type seL4_CPtr,
  type seL4_Error,
  seL4_IRQControl_GetTrigger,
  seL4_Untyped_Retype,
  seL4_WordBits,
  type WordLike,
} from "@tessera/libsel4";
import { BOT_LVL_SLOTS, type cspace_t, TOP_LVL_DEPTH } from "./cspace.js";

/**
 * Copy a capability with no more than `rights`.
 * Errors: DeleteFirst (`dest_cptr` is in use), FailedLookup (`src_cptr` is empty), RevokeFirst (an untyped that has
 * children), IllegalOperation (what cannot be copied: a page table not yet mapped, IRQControl).
 */
export function cspace_copy(
  dest: cspace_t,
  dest_cptr: seL4_CPtr,
  src: cspace_t,
  src_cptr: seL4_CPtr,
  rights: seL4_CapRights_t,
): Syscall<seL4_Error> {
  return seL4_CNode_Copy(dest.root_cnode, dest_cptr, seL4_WordBits, src.root_cnode, src_cptr, seL4_WordBits, rights);
}

/**
 * Copy a capability with no more than `rights` and give the copy a badge; for a CNode capability, a guard word.
 * Errors: as `cspace_copy`; IllegalOperation also for an endpoint or notification that has a badge already.
 */
export function cspace_mint(
  dest: cspace_t,
  dest_cptr: seL4_CPtr,
  src: cspace_t,
  src_cptr: seL4_CPtr,
  rights: seL4_CapRights_t,
  badge: WordLike,
): Syscall<seL4_Error> {
  return seL4_CNode_Mint(
    dest.root_cnode,
    dest_cptr,
    seL4_WordBits,
    src.root_cnode,
    src_cptr,
    seL4_WordBits,
    rights,
    badge,
  );
}

/**
 * Move a capability: it keeps its place in the derivation tree, `src_cptr` is empty afterwards.
 * Errors: DeleteFirst (`dest_cptr` is in use), FailedLookup (`src_cptr` is empty).
 */
export function cspace_move(
  dest: cspace_t,
  dest_cptr: seL4_CPtr,
  src: cspace_t,
  src_cptr: seL4_CPtr,
): Syscall<seL4_Error> {
  return seL4_CNode_Move(dest.root_cnode, dest_cptr, seL4_WordBits, src.root_cnode, src_cptr, seL4_WordBits);
}

/**
 * Move a CNode capability and give it another guard word.
 * Errors: as `cspace_move`; IllegalOperation for endpoints and notifications, whose badge cannot be changed.
 */
export function cspace_mutate(
  dest: cspace_t,
  dest_cptr: seL4_CPtr,
  src: cspace_t,
  src_cptr: seL4_CPtr,
  badge: WordLike,
): Syscall<seL4_Error> {
  return seL4_CNode_Mutate(dest.root_cnode, dest_cptr, seL4_WordBits, src.root_cnode, src_cptr, seL4_WordBits, badge);
}

/** Delete the capability in a slot; an empty slot is no error. The slot stays allocated. */
export function cspace_delete(c: cspace_t, cptr: seL4_CPtr): Syscall<seL4_Error> {
  return seL4_CNode_Delete(c.root_cnode, cptr, seL4_WordBits);
}

/** Delete everything derived from the capability in a slot, which itself stays. */
export function cspace_revoke(c: cspace_t, cptr: seL4_CPtr): Syscall<seL4_Error> {
  return seL4_CNode_Revoke(c.root_cnode, cptr, seL4_WordBits);
}

/**
 * A capability to handle an interrupt.
 * @param level 1 = edge-triggered, 0 = level-triggered
 * Errors: RevokeFirst (there is a handler for it), RangeError (no such interrupt), DeleteFirst (`cptr` is in use).
 */
export function cspace_irq_control_get(
  dest: cspace_t,
  cptr: seL4_CPtr,
  irq_cap: seL4_CPtr<"IRQControl">,
  irq: number,
  level: number,
): Syscall<seL4_Error> {
  return seL4_IRQControl_GetTrigger(irq_cap, irq, level, dest.root_cnode, cptr, seL4_WordBits);
}

/**
 * Make one object out of untyped memory.
 * @param ut the untyped, in the caller's own CSpace
 * @param target a free slot of `c`
 * @param type object type
 * @param size_bits log2 of the bytes of an untyped or scheduling context, of the slots of a CNode; else ignored
 * Errors: NotEnoughMemory, DeleteFirst (`target` is in use), InvalidArgument (no such type or size),
 * RangeError (`size_bits` too large, or `c` has no slot `target`); in a CSpace of two levels FailedLookup when
 * `target` was never allocated and lies where there is no CNode yet, or beyond all.
 */
export function cspace_untyped_retype(
  c: cspace_t,
  ut: seL4_CPtr<"Untyped">,
  target: seL4_CPtr,
  type: number,
  size_bits: number,
): Syscall<seL4_Error> {
  if (!c.two_level) {
    // Depth 0 names the root CNode itself, in which the target is an offset.
    return seL4_Untyped_Retype(ut, type, size_bits, c.root_cnode, 0, 0, target, 1);
  }
  const top = Math.floor(target / BOT_LVL_SLOTS);
  return seL4_Untyped_Retype(ut, type, size_bits, c.root_cnode, top, TOP_LVL_DEPTH, target % BOT_LVL_SLOTS, 1);
}
