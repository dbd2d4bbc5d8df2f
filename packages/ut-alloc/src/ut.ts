/**
 * Allocating untyped memory by size: `ut_alloc`, `ut_alloc_4k_untyped`, `ut_free`, `ut_size`.
 *
 * What is not free in the wanted size is cut from the least larger one, and what is not free at all is made of a
 * block. All slots that this takes are taken first; when they, or memory, have run out, nothing has changed.
 * A table is its holder's own, like every variable: threads that share one must take turns.
 *
 * Source of names and behaviour: `sos/src/ut.h` of the course's system.
 */
import { type cspace_t, cspace_untyped_retype } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_MinUntypedBits, seL4_NoError, seL4_PageBits, seL4_UntypedObject } from "@tessera/libsel4";
import { freeSlots, slotsToSplit, splitTo, takeSlots } from "./split.js";
import { type ut_block, type ut_t, ut_table_of, type ut_table_t } from "./table.js";

/**
 * Allocate 2^`size_bits` bytes of untyped memory. Cannot block. An untyped of another size that has to be cut takes
 * two slots a cut; a 4 KiB one that has to be made first, one.
 * @param size_bits 4 to 12
 * @param cspace the CSpace that the caller runs on, of `ut_bootstrap` or `sos_bootstrap`
 * @returns null when the size is none of these, or memory or slots have run out. As with C's pointer the type does
 * not say so: compare with null where it can happen
 * @throws RangeError when `size_bits` is no whole number, TypeError when `cspace` has no allocator of its own
 */
export function* ut_alloc(size_bits: number, cspace: cspace_t): Thread<ut_t> {
  const ut = yield* allocate(ut_table_of(cspace), size_bits, cspace);
  return ut as ut_t;
}

/**
 * Allocate 4 KiB of untyped memory. Its address, which C writes to a pointer, is `paddr` of the record. Cannot block.
 * Takes no slot after `sos_bootstrap`, and one for each new page after `ut_bootstrap`.
 * @returns null when memory or slots have run out
 * @throws TypeError when `cspace` has no allocator of its own
 */
export function* ut_alloc_4k_untyped(cspace: cspace_t): Thread<ut_t | null> {
  return yield* allocate(ut_table_of(cspace), seL4_PageBits, cspace);
}

/**
 * Give untyped memory back, for the next `ut_alloc` of its size. Every capability made of it must be deleted. Plain:
 * the kernel is not asked, the untyped keeps its slot, and halves are never merged.
 * @throws TypeError when it is null: the allocation had failed; Error when it is free already
 */
export function ut_free(ut: ut_t): void {
  if (ut === null) throw new TypeError("ut_free(null): there is nothing to free, since the allocation had failed");
  if (ut.free) throw new Error(`ut_free: the untyped at 0x${ut.paddr.toString(16)} is free already`);
  if (ut.device) ut.free = true;
  else ut.table.push(ut);
}

/** Bytes of memory that the allocator was given, in use or not; devices do not count. Plain. */
export function ut_size(cspace: cspace_t): number {
  return ut_table_of(cspace).size;
}

function* allocate(table: ut_table_t, size_bits: number, cspace: cspace_t): Thread<ut_t | null> {
  if (!Number.isInteger(size_bits)) {
    throw new RangeError(`ut_alloc(${size_bits}): size_bits, the logarithm of the bytes, must be a whole number`);
  }
  if (size_bits < seL4_MinUntypedBits || size_bits > seL4_PageBits) return null;
  const listed = table.leastFree(size_bits);
  const block = listed === null ? table.block() : null;
  if (listed === null && block === null) return null;

  const from_bits = listed ?? seL4_PageBits;
  const slots = yield* takeSlots(cspace, slotsToSplit(from_bits, size_bits) + (block === null ? 0 : 1));
  if (slots === null) return null;

  const whole = block === null ? table.pop(from_bits) : yield* makePage(table, block, slots.shift()!, cspace);
  if (whole === null) {
    yield* freeSlots(cspace, slots);
    return null;
  }
  return yield* cut(whole, size_bits, slots, cspace);
}

/** The highest piece of `whole`; the others go to the lists of their sizes. */
function* cut(whole: ut_t, size_bits: number, slots: seL4_CPtr[], cspace: cspace_t): Thread<ut_t | null> {
  const pieces = yield* splitTo(whole, size_bits, whole.paddr + 2 ** whole.size_bits - 1, slots, cspace);
  if (pieces === null) {
    yield* freeSlots(cspace, slots);
    whole.table.push(whole);
    return null;
  }
  const wanted = pieces.pop()!;
  for (const piece of pieces) piece.table.push(piece);
  wanted.free = false;
  return wanted;
}

/** The next 4 KiB of a block as an untyped in `slot`, which is given back when the kernel refuses. */
function* makePage(table: ut_table_t, block: ut_block, slot: seL4_CPtr, cspace: cspace_t): Thread<ut_t | null> {
  const err = yield* cspace_untyped_retype(cspace, block.cap, slot, seL4_UntypedObject, seL4_PageBits);
  if (err !== seL4_NoError) {
    yield* freeSlots(cspace, [slot]);
    return null;
  }
  return table.pageMade(block, slot as seL4_CPtr<"Untyped">);
}
