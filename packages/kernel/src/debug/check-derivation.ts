/** The derivation lists: neighbours name each other, nothing empty is linked, and no list runs in a circle. */
import { CapTag } from "@tessera/libsel4/abi";
import { isSameObject } from "../caps/region-test.js";
import type { Slot } from "../caps/slot.js";
import type { Bag } from "./bag.js";

export function checkDerivation(slots: Bag<Slot>, violations: string[]): void {
  const before = violations.length;
  let listed = 0;
  for (let i = 0; i < slots.count; i++) {
    const slot = slots.items[i] as Slot;
    const { prev, next } = slot;
    if (prev === null) {
      // No list has more members than there are slots; one that runs in a circle ends there too.
      for (let at: Slot | null = slot; at !== null && listed <= slots.count; at = at.next) listed += 1;
    } else {
      if (prev.next !== slot) violations.push(`${nameOf(slot)} is not the successor of its predecessor`);
      if (prev.isEmpty) violations.push(`${nameOf(slot)} has an empty neighbour`);
    }
    if (next === null) continue;
    if (next.prev !== slot) violations.push(`${nameOf(slot)} is not the predecessor of its successor`);
    if (next.isEmpty) violations.push(`${nameOf(slot)} has an empty neighbour`);
    if (isBadlyBadged(slot, next)) violations.push(`${nameOf(slot)} is followed by another badge without a head`);
  }
  if (violations.length > before || listed === slots.count) return;
  const what = listed < slots.count ? "one runs in a circle" : "some are in no CNode, thread or interrupt";
  violations.push(`${slots.count} capabilities are in lists of ${listed} in all: ${what}`);
}

/** Capabilities of one badge stand together, and the first of them is marked. */
function isBadlyBadged(slot: Slot, next: Slot): boolean {
  const a = slot.cap;
  if (a.type !== CapTag.endpoint && a.type !== CapTag.notification) return false;
  const b = next.cap;
  if (b.type !== a.type || !isSameObject(a, b)) return false;
  const differs = a.badgeLo !== b.badgeLo || a.badgeHi !== b.badgeHi;
  return differs && (b.badgeLo | b.badgeHi) !== 0 && !next.firstBadged && !next.revocable;
}

function nameOf(slot: Slot): string {
  const { cap } = slot;
  return `a capability of type ${cap.type} (object ${cap.object?.id ?? 0})`;
}
