/**
 * Cutting an untyped into halves, and the halves of one of them, down to a wanted piece.
 *
 * Each cut makes two child untypeds in two new slots and leaves the parent full; its capability stays in its slot,
 * unused. All slots are taken before the first cut, so running out of them changes nothing; what the kernel refuses
 * is undone backwards.
 */
import {
  cspace_alloc_slot,
  cspace_delete,
  cspace_free_slot,
  type cspace_t,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull, type seL4_CPtr, seL4_NoError, seL4_UntypedObject } from "@tessera/libsel4";
import { ut_t } from "./table.js";

/** Take `count` slots, or none and return null. */
export function* takeSlots(cspace: cspace_t, count: number): Thread<seL4_CPtr[] | null> {
  const slots: seL4_CPtr[] = [];
  while (slots.length < count) {
    const slot = yield* cspace_alloc_slot(cspace);
    if (slot === seL4_CapNull) {
      yield* freeSlots(cspace, slots);
      return null;
    }
    slots.push(slot);
  }
  return slots;
}

/** Give slots back that hold nothing. */
export function* freeSlots(cspace: cspace_t, slots: readonly seL4_CPtr[]): Thread<void> {
  for (const slot of slots) yield* cspace_free_slot(cspace, slot);
}

/** Slots that `splitTo` uses up. */
export function slotsToSplit(from_bits: number, to_bits: number): number {
  return 2 * (from_bits - to_bits);
}

/**
 * Halve `from` until the piece of 2^`size_bits` bytes that holds `paddr` is left.
 * @param slots as many as `slotsToSplit` says; used up on success
 * @returns the pieces that cover `from`, the wanted one last; null when the kernel refused, and then `from` is whole
 */
export function* splitTo(
  from: ut_t,
  size_bits: number,
  paddr: number,
  slots: readonly seL4_CPtr[],
  cspace: cspace_t,
): Thread<ut_t[] | null> {
  const pieces: ut_t[] = [];
  let whole = from;
  for (let used = 0; whole.size_bits > size_bits; used += 2) {
    const halves = yield* halve(whole, slots[used]!, slots[used + 1]!, cspace);
    if (halves === null) {
      yield* deleteAll(cspace, slots.slice(0, used));
      return null;
    }
    const [low, high] = halves;
    const inHigh = paddr >= high.paddr;
    pieces.push(inHigh ? low : high);
    whole = inHigh ? high : low;
  }
  pieces.push(whole);
  return pieces;
}

/** The two halves of `whole` in the two slots, or null. */
function* halve(
  whole: ut_t,
  lowSlot: seL4_CPtr,
  highSlot: seL4_CPtr,
  cspace: cspace_t,
): Thread<readonly [low: ut_t, high: ut_t] | null> {
  const bits = whole.size_bits - 1;
  for (const slot of [lowSlot, highSlot]) {
    const err = yield* cspace_untyped_retype(cspace, whole.cap, slot, seL4_UntypedObject, bits);
    if (err === seL4_NoError) continue;
    if (slot === highSlot) yield* cspace_delete(cspace, lowSlot);
    return null;
  }
  const { table, paddr, device } = whole;
  return [
    new ut_t(table, lowSlot as seL4_CPtr<"Untyped">, bits, paddr, device),
    new ut_t(table, highSlot as seL4_CPtr<"Untyped">, bits, paddr + 2 ** bits, device),
  ];
}

/** Newest first: a parent can be cut again only when it has no children. */
function* deleteAll(cspace: cspace_t, slots: readonly seL4_CPtr[]): Thread<void> {
  for (const slot of [...slots].reverse()) yield* cspace_delete(cspace, slot);
}
