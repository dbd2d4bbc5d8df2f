/**
 * Operations on the capabilities of a CSpace: the CNode, Untyped and IRQControl invocations, with the root, the
 * index and the depth filled in from a `cspace_t`.
 *
 * Each is one system call, cannot block and returns its seL4_Error. None of them allocates; the slot was taken before,
 * and stays taken when its capability is deleted. All are invocations of `root_cnode` and resolve addresses at depth 64,
 * in CSpaces of one level and of two; the caller runs on the CSpace that made these.
 * "Slot errors" below: FailedLookup when the CSpace is destroyed, or has no such slot: beyond its end, or, with two
 * levels, where it has not grown to yet. The calls: seL4 manual, "Capability Spaces"; names and arguments:
 * the course's libsel4cspace.
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
 * Copy a capability.
 * Errors: slot errors for the destination; DeleteFirst: `dest_cptr` holds a capability; slot errors for the source;
 * FailedLookup: `src_cptr` is empty; RevokeFirst: an untyped that has given objects; IllegalOperation: what cannot be
 * copied (a page table not yet mapped, IRQControl).
 * @param dest where the copy goes @param dest_cptr an allocated slot of it
 * @param src where the original is @param src_cptr its slot
 * @param rights what the copy may have of the original's rights
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
 * As `cspace_copy`, and give the copy a badge (endpoint, notification) or a guard (CNode).
 * Errors: as `cspace_copy`; IllegalOperation also: the original has a badge already, or guard and slots of a CNode would
 * resolve more than 64 bits.
 * @param badge a badge of 64 bits, or a guard word (`seL4_CNode_CapData_new`)
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
 * Move a capability: rights, badge, mapping and derivation go along, `src_cptr` is empty afterwards, and still taken.
 * Errors: slot errors for the destination; DeleteFirst: `dest_cptr` holds a capability; slot errors for the source;
 * FailedLookup: `src_cptr` is empty.
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
 * As `cspace_move`, and give a CNode capability another guard.
 * Errors: as `cspace_move`; IllegalOperation: an endpoint or notification, whose badge cannot be changed, or guard and
 * slots of the CNode would resolve more than 64 bits.
 * @param badge a guard word (`seL4_CNode_CapData_new`)
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

/**
 * Delete the capability in a slot, and with the last one to an object the object; an empty slot is no error. The slot
 * stays allocated. Can take long and be interrupted (a CNode deletes what it holds); goes on by itself.
 * Errors: slot errors.
 */
export function cspace_delete(c: cspace_t, cptr: seL4_CPtr): Syscall<seL4_Error> {
  return seL4_CNode_Delete(c.root_cnode, cptr, seL4_WordBits);
}

/**
 * Delete everything derived from the capability in a slot, which itself stays. Can take long and be interrupted; goes on
 * by itself.
 * Errors: slot errors.
 */
export function cspace_revoke(c: cspace_t, cptr: seL4_CPtr): Syscall<seL4_Error> {
  return seL4_CNode_Revoke(c.root_cnode, cptr, seL4_WordBits);
}

/**
 * A capability to handle an interrupt.
 * Errors: RangeError: no such interrupt; RevokeFirst: there is a handler for it; slot errors; DeleteFirst: `cptr` holds a
 * capability; and those of invoking what is no IRQControl.
 * @param dest where the handler goes @param cptr an allocated slot of it
 * @param irq_cap in the caller's own CSpace @param irq number of the interrupt at the PLIC, 1 to 95
 * @param level 1 = edge-triggered, 0 = level-triggered
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
 * Errors: InvalidArgument: no such type, too small a size, or not what device memory is for; RangeError: `size_bits` is
 * too large, or `c` has one level and no slot `target`; slot errors for two levels; DeleteFirst: `target` holds a
 * capability; NotEnoughMemory: `ut` has not so much left.
 * @param c where the object's capability goes @param ut the untyped, in the caller's own CSpace
 * @param target an allocated slot of `c`
 * @param type object type
 * @param size_bits log2 of the bytes of an untyped or scheduling context, of the slots of a CNode; else ignored
 * @param name what people call the object (`seL4_Untyped_Retype`); not part of C's function
 */
export function cspace_untyped_retype(
  c: cspace_t,
  ut: seL4_CPtr<"Untyped">,
  target: seL4_CPtr,
  type: number,
  size_bits: number,
  name?: string,
): Syscall<seL4_Error> {
  if (!c.two_level) {
    // Depth 0 names the root CNode itself, in which the target is an offset.
    return seL4_Untyped_Retype(ut, type, size_bits, c.root_cnode, 0, 0, target, 1, name);
  }
  const top = Math.floor(target / BOT_LVL_SLOTS);
  return seL4_Untyped_Retype(ut, type, size_bits, c.root_cnode, top, TOP_LVL_DEPTH, target % BOT_LVL_SLOTS, 1, name);
}
