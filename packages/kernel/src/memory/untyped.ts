/**
 * Untyped memory being given out: objects one behind the other from `freeOffset` up. The offset only grows, until all
 * children are gone; then the memory is zeroed again, in chunks from the top down, with a preemption point after each.
 */

import { type UntypedCap, untypedCap } from "../caps/cap.js";
import { hasChildren } from "../caps/mdb.js";
import { type Slot, updateCap } from "../caps/slot.js";
import { RESET_CHUNK_BYTES } from "../config.js";
import type { Progress } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { preemptionPoint } from "../time/preemption.js";

/** Bytes from the start of the untyped's block that are in use; none when it has no children. */
export function usedBytes(slot: Slot, cap: UntypedCap): number {
  return hasChildren(slot) ? cap.freeOffset : 0;
}

/** The first offset at which an object of 2^bits bytes may lie. */
export function alignUp(offset: number, bits: number): number {
  return Math.ceil(offset / 2 ** bits) * 2 ** bits;
}

/** Zero what was in use. The offset follows, so that a preempted reset goes on where it was. */
export function resetUntyped(k: KernelState, slot: Slot, cap: UntypedCap): Progress {
  const { object: region, freeOffset } = cap;
  if (freeOffset === 0) return "done";
  if (region.isDevice || 2 ** region.sizeBits < RESET_CHUNK_BYTES) {
    if (!region.isDevice) k.memory.zero(region.paddr, 2 ** region.sizeBits);
    updateCap(slot, untypedCap(region, 0));
    return "done";
  }
  for (let offset = chunkStart(freeOffset); offset >= 0; offset -= RESET_CHUNK_BYTES) {
    k.memory.zero(region.paddr + offset, RESET_CHUNK_BYTES);
    updateCap(slot, untypedCap(region, offset));
    if (preemptionPoint(k) === "preempted") return "preempted";
  }
  return "done";
}

function chunkStart(end: number): number {
  return alignUp(end, Math.log2(RESET_CHUNK_BYTES)) - RESET_CHUNK_BYTES;
}
