/**
 * Address resolution: from a CSpace root and a capability address to a slot (manual, section "Capability address
 * space"). Each level compares its guard with the next bits of the address and selects a slot with its radix.
 *
 * Two lookups stand on it. A capability address of a system call is resolved with all 64 bits, and what remains
 * when a slot is no CNode is ignored. A slot address of a CNode operation has a depth and must use it up.
 */
import { CapTag, seL4_WordBits } from "@tessera/libsel4/abi";
import {
  depthMismatch,
  failedLookup,
  guardMismatch,
  invalidRoot,
  type LookupFailure,
  rangeError,
  type SyscallError,
} from "../model/result.js";
import { maskHigh, maskLow, shiftedHigh, shiftedLow } from "../model/word.js";
import type { Cap, CNodeCap } from "./cap.js";
import { Slot } from "./slot.js";

/**
 * Resolve the low `bits` bits of an address from `root`, as far as CNodes go. When the walk meets a slot that is
 * no CNode with bits left over, `exact` decides whether that is a DepthMismatch or the result.
 */
function resolve(root: Cap, lo: number, hi: number, bits: number, exact: boolean): Slot | LookupFailure {
  if (root.type !== CapTag.cnode) return invalidRoot;
  let cnode: CNodeCap = root;
  let left = bits;
  for (;;) {
    const { guardSize } = cnode;
    const { radix } = cnode.object;
    if (guardSize !== 0 && !matchesGuard(cnode, lo, hi, left)) {
      return guardMismatch(left, guardSize, cnode.guardLo, cnode.guardHi);
    }
    const levelBits = guardSize + radix;
    if (levelBits > left) return depthMismatch(left, levelBits);
    left -= levelBits;
    const slot = cnode.object.slot((shiftedLow(lo, hi, left) & maskLow(radix)) >>> 0);
    if (left === 0) return slot;
    if (slot.cap.type !== CapTag.cnode) return exact ? depthMismatch(left, 0) : slot;
    cnode = slot.cap;
  }
}

function matchesGuard(cnode: CNodeCap, lo: number, hi: number, left: number): boolean {
  const size = cnode.guardSize;
  if (size > left) return false;
  const shift = left - size;
  return (
    (shiftedLow(lo, hi, shift) & maskLow(size)) === cnode.guardLo &&
    (shiftedHigh(hi, shift) & maskHigh(size)) === cnode.guardHi
  );
}

/** The slot at a capability address: all 64 bits, the remainder ignored. */
export function lookupSlot(root: Cap, lo: number, hi: number): Slot | LookupFailure {
  return quickLookup(root, lo, hi, seL4_WordBits, false) ?? resolve(root, lo, hi, seL4_WordBits, false);
}

/**
 * `resolve` for the common CSpace, whose addresses fit 32 bits and whose guards are zero; null when that is not so, or the
 * address does not resolve.
 */
export function quickLookup(root: Cap, lo: number, hi: number, bits: number, exact: boolean): Slot | null {
  if (root.type !== CapTag.cnode || hi !== 0) return null;
  let cnode: CNodeCap = root;
  let left = bits;
  for (;;) {
    const { object } = cnode;
    if ((cnode.guardLo | cnode.guardHi) !== 0) return null;
    const end = left - cnode.guardSize;
    const rest = left < 32 ? lo & ((1 << left) - 1) : lo;
    if (end < 32 && rest >>> end !== 0) return null;
    left = end - object.radix;
    if (left < 0) return null;
    const slot = object.slot(left < 32 ? (lo >>> left) & (object.size - 1) : 0);
    if (left === 0) return slot;
    if (slot.cap.type !== CapTag.cnode) return exact ? null : slot;
    cnode = slot.cap;
  }
}

/**
 * The slot at (index, depth) below `root`, for a CNode operation. `isSource` tells the caller which of its two
 * addresses failed, `what` the reader of an explanation. Errors: FailedLookup (root is no CNode, the walk failed, or
 * it ended before the depth was used up), RangeError (depth not 1..64).
 */
export function lookupTarget(
  root: Cap,
  lo: number,
  hi: number,
  depthLo: number,
  depthHi: number,
  isSource: boolean,
  what: string,
): Slot | SyscallError {
  if (root.type !== CapTag.cnode) {
    const address = { root, lo, hi, depthLo, depthHi, what };
    return failedLookup(isSource, invalidRoot, `the root of the ${what} is not a CNode`, address);
  }
  if (depthHi !== 0 || depthLo < 1 || depthLo > seL4_WordBits) {
    return rangeError(1, seL4_WordBits, `the depth of the ${what}`, depthLo, depthHi);
  }
  const slot = quickLookup(root, lo, hi, depthLo, true) ?? resolve(root, lo, hi, depthLo, true);
  if (slot instanceof Slot) return slot;
  return failedLookup(isSource, slot, `the ${what} does not resolve`, { root, lo, hi, depthLo, depthHi, what });
}
