/**
 * The derivation tree, kept as a list: a slot's descendants follow it, and whether the next slot is a child is
 * told by the two capabilities and the flags alone.
 *
 * A capability is a possible parent when `revocable`; children lie inside its region. Among endpoint and
 * notification capabilities with a badge, `firstBadged` marks the one that was minted: copies of it are its
 * children, other mints with the same badge are not. Invariants: neighbours point at each other; every slot in
 * a list holds a capability; a root has no predecessor.
 */
import { CapTag } from "@tessera/libsel4/abi";
import { assert } from "../model/assert.js";
import { type Cap, nullCap, type UntypedCap, untypedCap } from "./cap.js";
import { isSameObject, isSameRegion } from "./region-test.js";
import type { Slot } from "./slot.js";

/** Put a root or a freshly made object's capability into an empty slot, directly behind `parent` if there is one. */
export function insertNew(slot: Slot, cap: Cap, parent: Slot | null): void {
  assert(slot.isEmpty, "a new capability goes into an empty slot");
  slot.cap = cap;
  slot.revocable = true;
  slot.firstBadged = true;
  if (parent !== null) linkBehind(slot, parent);
}

/** Put `cap`, derived from the one in `source`, into the empty slot `dest`. */
export function insertDerived(cap: Cap, source: Slot, dest: Slot): void {
  assert(dest.isEmpty, "a derived capability goes into an empty slot");
  const startsFamily = isRevocableWhenDerived(cap, source.cap);
  dest.cap = cap;
  dest.revocable = startsFamily;
  dest.firstBadged = startsFamily;
  linkBehind(dest, source);
  if (cap.type === CapTag.untyped && source.cap.type === CapTag.untyped) fillSource(source, source.cap, cap);
}

/** Of two capabilities to the same free memory only the copy may go on giving it out. */
function fillSource(source: Slot, original: UntypedCap, copy: UntypedCap): void {
  if (original.object === copy.object) source.cap = untypedCap(original.object, 2 ** original.object.sizeBits);
}

function isRevocableWhenDerived(cap: Cap, source: Cap): boolean {
  switch (cap.type) {
    case CapTag.endpoint:
    case CapTag.notification:
      return source.type === cap.type && (cap.badgeLo !== source.badgeLo || cap.badgeHi !== source.badgeHi);
    case CapTag.irqHandler:
      return source.type === CapTag.irqControl;
    case CapTag.untyped:
      return true;
    default:
      return false;
  }
}

/** Move what is in `source` to the empty slot `dest`, as `cap`; it keeps its place among its relatives. */
export function moveCap(cap: Cap, source: Slot, dest: Slot): void {
  assert(dest.isEmpty, "a capability is moved into an empty slot");
  dest.cap = cap;
  dest.revocable = source.revocable;
  dest.firstBadged = source.firstBadged;
  dest.prev = source.prev;
  dest.next = source.next;
  if (dest.prev !== null) dest.prev.next = dest;
  if (dest.next !== null) dest.next.prev = dest;
  clear(source);
}

/** Exchange two slots' contents and places; each gets the form of the capability given for it. */
export function swapCaps(capForB: Cap, a: Slot, capForA: Cap, b: Slot): void {
  const { prev, next, revocable, firstBadged } = a;
  a.cap = capForA;
  b.cap = capForB;
  a.revocable = b.revocable;
  a.firstBadged = b.firstBadged;
  b.revocable = revocable;
  b.firstBadged = firstBadged;
  if (next === b) {
    linkAround(b, a, prev, b.next);
  } else if (prev === b) {
    linkAround(a, b, b.prev, next);
  } else {
    place(a, b.prev, b.next);
    place(b, prev, next);
  }
}

function linkAround(first: Slot, second: Slot, before: Slot | null, after: Slot | null): void {
  place(first, before, second);
  place(second, first, after);
}

function place(slot: Slot, prev: Slot | null, next: Slot | null): void {
  slot.prev = prev;
  slot.next = next;
  if (prev !== null) prev.next = slot;
  if (next !== null) next.prev = slot;
}

/** Take the slot out of its list and empty it. */
export function removeCap(slot: Slot): void {
  const { prev, next } = slot;
  if (prev !== null) prev.next = next;
  if (next !== null) {
    next.prev = prev;
    // A family whose first member goes is headed by the next one.
    next.firstBadged = next.firstBadged || slot.firstBadged;
  }
  clear(slot);
}

function clear(slot: Slot): void {
  slot.cap = nullCap;
  slot.prev = null;
  slot.next = null;
  slot.revocable = false;
  slot.firstBadged = false;
}

function linkBehind(slot: Slot, before: Slot): void {
  place(slot, before, before.next);
}

/** Whether `child`, the successor of `parent` in the list, descends from it. */
export function isParentOf(parent: Slot, child: Slot): boolean {
  if (!parent.revocable) return false;
  const a = parent.cap;
  const b = child.cap;
  if (!isSameRegion(a, b)) return false;
  if (a.type !== CapTag.endpoint && a.type !== CapTag.notification) return true;
  if ((a.badgeLo | a.badgeHi) === 0) return true;
  assert(a.type === b.type, "the same region of an endpoint or notification has its type");
  return a.badgeLo === b.badgeLo && a.badgeHi === b.badgeHi && !child.firstBadged;
}

export function hasChildren(slot: Slot): boolean {
  return slot.next !== null && isParentOf(slot, slot.next);
}

/** Whether no other capability to the same object exists: deleting this one ends the object. */
export function isFinal(slot: Slot): boolean {
  const { prev, next } = slot;
  if (prev !== null && isSameObject(prev.cap, slot.cap)) return false;
  return next === null || !isSameObject(slot.cap, next.cap);
}
