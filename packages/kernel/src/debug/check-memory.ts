/**
 * Untyped memory: objects do not overlap, and what an untyped has still to give holds none. A capability derived from an
 * untyped lies inside it by the parent test, which the derivation lists are built on.
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { Slot } from "../caps/slot.js";

interface Extent {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

export function checkMemory(slots: ReadonlySet<Slot>): string[] {
  const objects = objectsInOrder(slots);
  const violations: string[] = [];
  for (let i = 1; i < objects.length; i++) {
    const [a, b] = [objects[i - 1] as Extent, objects[i] as Extent];
    if (a.end > b.start)
      violations.push(`object ${a.id} (up to ${hex(a.end)}) overlaps object ${b.id} (${hex(b.start)})`);
  }
  for (const { cap } of slots) {
    if (cap.type !== CapTag.untyped) continue;
    const size = 2 ** cap.object.sizeBits;
    if (cap.freeOffset < 0 || cap.freeOffset > size) {
      violations.push(`untyped ${cap.object.id} has given out ${cap.freeOffset} of ${size} bytes`);
    }
    const free = { start: cap.object.paddr + cap.freeOffset, end: cap.object.paddr + size };
    const intruder = firstInside(objects, free.start, free.end);
    if (intruder !== null) {
      violations.push(
        `object ${intruder.id} at ${hex(intruder.start)} lies in free memory of untyped ${cap.object.id}`,
      );
    }
  }
  return violations;
}

/** Every object that is not untyped memory, once, by address. */
function objectsInOrder(slots: ReadonlySet<Slot>): Extent[] {
  const extents = new Map<number, Extent>();
  for (const { cap } of slots) {
    if (cap.object === null || cap.type === CapTag.untyped) continue;
    const { id, paddr, sizeBits } = cap.object;
    extents.set(id, { id, start: paddr, end: paddr + 2 ** sizeBits });
  }
  return [...extents.values()].sort((a, b) => a.start - b.start);
}

/** The first object that reaches into [start, end), or null. */
function firstInside(objects: readonly Extent[], start: number, end: number): Extent | null {
  let low = 0;
  let high = objects.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((objects[middle] as Extent).end <= start) low = middle + 1;
    else high = middle;
  }
  const found = objects[low];
  return found !== undefined && found.start < end ? found : null;
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
