/** The derivation lists: neighbours name each other, nothing empty is linked, and no list runs in a circle. */
import { CapTag } from "@tessera/libsel4/abi";
import { isSameObject } from "../caps/region-test.js";
import type { Slot } from "../caps/slot.js";

export function checkDerivation(slots: ReadonlySet<Slot>): string[] {
  const violations: string[] = [];
  let heads = 0;
  for (const slot of slots) {
    const { prev, next } = slot;
    if (prev === null) heads += 1;
    if (prev !== null && prev.next !== slot) violations.push(`${nameOf(slot)} is not the successor of its predecessor`);
    if (next !== null && next.prev !== slot) violations.push(`${nameOf(slot)} is not the predecessor of its successor`);
    if (prev?.isEmpty || next?.isEmpty) violations.push(`${nameOf(slot)} has an empty neighbour`);
    if (next !== null && isBadlyBadged(slot, next))
      violations.push(`${nameOf(slot)} is followed by another badge without a head`);
  }
  let listed = 0;
  for (const slot of slots) {
    if (slot.prev !== null) continue;
    for (let at: Slot | null = slot; at !== null && listed <= slots.size; at = at.next) listed += 1;
  }
  if (violations.length === 0 && listed !== slots.size) {
    violations.push(
      `${slots.size} capabilities are in lists of ${listed} in all (${heads} lists): one runs in a circle`,
    );
  }
  return violations;
}

/** Capabilities of one badge stand together, and the first of them is marked. */
function isBadlyBadged(slot: Slot, next: Slot): boolean {
  const a = slot.cap;
  const b = next.cap;
  if (a.type !== CapTag.endpoint && a.type !== CapTag.notification) return false;
  if (b.type !== a.type || !isSameObject(a, b)) return false;
  const differs = a.badgeLo !== b.badgeLo || a.badgeHi !== b.badgeHi;
  return differs && (b.badgeLo | b.badgeHi) !== 0 && !next.firstBadged && !next.revocable;
}

function nameOf(slot: Slot): string {
  const { cap } = slot;
  return `a capability of type ${cap.type} (object ${cap.object?.id ?? 0})`;
}
