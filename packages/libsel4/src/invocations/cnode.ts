/**
 * CNodes: copying, moving and taking away capabilities. seL4 manual, "Capability Spaces".
 *
 * A slot is named by three things: a CNode at which to begin, an address below it, and how many bits of that address
 * to resolve. For the destination the CNode is the invoked one. Resolving it fails like this, before anything else:
 * - FailedLookup: the CNode is none (InvalidRoot), a guard differs (GuardMismatch), a CNode resolves more bits than
 *   are left or the walk ends with bits left over (DepthMismatch). Its first word is 1 when it was a source or pivot.
 * - RangeError 1..64: the depth.
 * "Slot errors" below means these.
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import {
  CNodeCancelBadgedSends,
  CNodeCopy,
  CNodeDelete,
  CNodeMint,
  CNodeMove,
  CNodeMutate,
  CNodeRevoke,
  CNodeRotate,
  type seL4_CapRights_t,
} from "../abi/index.js";
import { uint8 } from "../arguments.js";
import type { seL4_CNode, seL4_Error, WordLike } from "../types.js";
import { invoke, setArgument, setCapability } from "./call.js";

/**
 * Delete all capabilities that were derived from the one in a slot: copies of an original, badged ones minted from it,
 * objects made from an untyped. The slot itself keeps its capability. Revoking a copy removes nothing.
 * Can take long and be interrupted; goes on by itself. Allocates nothing, and frees what it deletes.
 * Errors: slot errors.
 * @param index address of the slot @param depth bits of `index`, 1 to 64
 */
export function seL4_CNode_Revoke(_service: seL4_CNode, index: WordLike, depth: number): Syscall<seL4_Error> {
  return invokeOnSlot(_service, CNodeRevoke, index, depth);
}

/**
 * Delete the capability in a slot; with the last one to an object the object goes too. An empty slot is no error.
 * Can take long (a CNode deletes what it holds) and be interrupted; goes on by itself. Allocates nothing.
 * Errors: slot errors.
 * @param index address of the slot @param depth bits of `index`, 1 to 64
 */
export function seL4_CNode_Delete(_service: seL4_CNode, index: WordLike, depth: number): Syscall<seL4_Error> {
  return invokeOnSlot(_service, CNodeDelete, index, depth);
}

/**
 * Take all senders out of an endpoint's queue that wait there by a capability with the same badge as the one in this
 * slot; they make their call again. With badge 0 nothing happens. Do it before a badge is given to somebody else.
 * Cannot block, allocates nothing.
 * Errors: slot errors; IllegalOperation: no endpoint capability with all four rights is there.
 * @param index address of the slot @param depth bits of `index`, 1 to 64
 */
export function seL4_CNode_CancelBadgedSends(
  _service: seL4_CNode,
  index: WordLike,
  depth: number,
): Syscall<seL4_Error> {
  return invokeOnSlot(_service, CNodeCancelBadgedSends, index, depth);
}

/**
 * Copy a capability into an empty slot, perhaps with fewer rights. A page's copy is not mapped.
 * Cannot block, allocates nothing.
 * Errors: slot errors for the destination; DeleteFirst: the destination is not empty; slot errors for the source;
 * FailedLookup, MissingCapability: the source is empty; RevokeFirst: an untyped that has given objects;
 * IllegalOperation: the type cannot be copied (IRQControl, a page table that is not mapped, an object being deleted).
 * @param dest_index address of the destination below `_service` @param dest_depth its bits, 1 to 64
 * @param src_root CNode at which the source's address begins
 * @param src_index address of the source @param src_depth its bits, 1 to 64
 * @param rights what the copy may have of the source's rights
 */
export function seL4_CNode_Copy(
  _service: seL4_CNode,
  dest_index: WordLike,
  dest_depth: number,
  src_root: seL4_CNode,
  src_index: WordLike,
  src_depth: number,
  rights: seL4_CapRights_t,
): Syscall<seL4_Error> {
  const cpu = port();
  setTwoSlots(dest_index, dest_depth, src_root, src_index, src_depth);
  setArgument(cpu, 4, "rights", rights);
  return invoke(cpu, _service, CNodeCopy, 1, 5);
}

/**
 * As `seL4_CNode_Copy`, and give the copy a badge (endpoint, notification) or a guard (CNode). Other types ignore it.
 * Cannot block, allocates nothing.
 * Errors: those of Copy; IllegalOperation also: the source has a badge already, or guard and slots of a CNode would
 * resolve more than 64 bits.
 * @param badge a badge of 64 bits, or a guard word (`seL4_CNode_CapData_new`)
 */
export function seL4_CNode_Mint(
  _service: seL4_CNode,
  dest_index: WordLike,
  dest_depth: number,
  src_root: seL4_CNode,
  src_index: WordLike,
  src_depth: number,
  rights: seL4_CapRights_t,
  badge: WordLike,
): Syscall<seL4_Error> {
  const cpu = port();
  setTwoSlots(dest_index, dest_depth, src_root, src_index, src_depth);
  setArgument(cpu, 4, "rights", rights);
  setArgument(cpu, 5, "badge", badge);
  return invoke(cpu, _service, CNodeMint, 1, 6);
}

/**
 * Move a capability into an empty slot: rights, badge, mapping and derivation go along, the source becomes empty.
 * Cannot block, allocates nothing.
 * Errors: slot errors for the destination; DeleteFirst: the destination is not empty; slot errors for the source;
 * FailedLookup, MissingCapability: the source is empty.
 * @param dest_index address of the destination below `_service` @param dest_depth its bits, 1 to 64
 * @param src_root CNode at which the source's address begins
 * @param src_index address of the source @param src_depth its bits, 1 to 64
 */
export function seL4_CNode_Move(
  _service: seL4_CNode,
  dest_index: WordLike,
  dest_depth: number,
  src_root: seL4_CNode,
  src_index: WordLike,
  src_depth: number,
): Syscall<seL4_Error> {
  setTwoSlots(dest_index, dest_depth, src_root, src_index, src_depth);
  return invoke(port(), _service, CNodeMove, 1, 4);
}

/**
 * As `seL4_CNode_Move`, and give a CNode capability another guard. Other types ignore `badge`.
 * Cannot block, allocates nothing.
 * Errors: those of Move; IllegalOperation: the source is an endpoint or notification (whatever `badge` is), or guard
 * and slots of a CNode would resolve more than 64 bits.
 * @param badge a guard word (`seL4_CNode_CapData_new`)
 */
export function seL4_CNode_Mutate(
  _service: seL4_CNode,
  dest_index: WordLike,
  dest_depth: number,
  src_root: seL4_CNode,
  src_index: WordLike,
  src_depth: number,
  badge: WordLike,
): Syscall<seL4_Error> {
  const cpu = port();
  setTwoSlots(dest_index, dest_depth, src_root, src_index, src_depth);
  setArgument(cpu, 4, "badge", badge);
  return invoke(cpu, _service, CNodeMutate, 1, 5);
}

/**
 * Two moves at once: the pivot's capability to the destination, the source's to the pivot, both with new guards. When
 * source and destination are the same slot, it swaps with the pivot.
 * Cannot block, allocates nothing.
 * Errors: slot errors for destination, source, pivot, in this order; IllegalOperation: the pivot is the source or the
 * destination; DeleteFirst: the destination is neither empty nor the source; FailedLookup, MissingCapability: source
 * or pivot is empty; IllegalOperation: one of them is an endpoint or notification, or its guard does not fit.
 * @param dest_index address of the destination below `_service` @param dest_depth its bits, 1 to 64
 * @param dest_badge guard word for what comes to the destination
 * @param pivot_root CNode at which the pivot's address begins
 * @param pivot_index address of the pivot @param pivot_depth its bits, 1 to 64
 * @param pivot_badge guard word for what comes to the pivot
 * @param src_root CNode at which the source's address begins
 * @param src_index address of the source @param src_depth its bits, 1 to 64
 */
export function seL4_CNode_Rotate(
  _service: seL4_CNode,
  dest_index: WordLike,
  dest_depth: number,
  dest_badge: WordLike,
  pivot_root: seL4_CNode,
  pivot_index: WordLike,
  pivot_depth: number,
  pivot_badge: WordLike,
  src_root: seL4_CNode,
  src_index: WordLike,
  src_depth: number,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "pivot_root", pivot_root);
  setCapability(cpu, 1, "src_root", src_root);
  setArgument(cpu, 0, "dest_index", dest_index);
  setArgument(cpu, 1, "dest_depth", uint8("dest_depth", dest_depth));
  setArgument(cpu, 2, "dest_badge", dest_badge);
  setArgument(cpu, 3, "pivot_index", pivot_index);
  setArgument(cpu, 4, "pivot_depth", uint8("pivot_depth", pivot_depth));
  setArgument(cpu, 5, "pivot_badge", pivot_badge);
  setArgument(cpu, 6, "src_index", src_index);
  setArgument(cpu, 7, "src_depth", uint8("src_depth", src_depth));
  return invoke(cpu, _service, CNodeRotate, 2, 8);
}

function invokeOnSlot(service: seL4_CNode, label: number, index: WordLike, depth: number): Syscall<seL4_Error> {
  const cpu = port();
  setArgument(cpu, 0, "index", index);
  setArgument(cpu, 1, "depth", uint8("depth", depth));
  return invoke(cpu, service, label, 0, 2);
}

/** The four words and the capability with which Copy, Mint, Move and Mutate begin. */
function setTwoSlots(
  dest_index: WordLike,
  dest_depth: number,
  src_root: seL4_CNode,
  src_index: WordLike,
  src_depth: number,
): void {
  const cpu = port();
  setCapability(cpu, 0, "src_root", src_root);
  setArgument(cpu, 0, "dest_index", dest_index);
  setArgument(cpu, 1, "dest_depth", uint8("dest_depth", dest_depth));
  setArgument(cpu, 2, "src_index", src_index);
  setArgument(cpu, 3, "src_depth", uint8("src_depth", src_depth));
}
