import { CapTag } from "@tessera/libsel4";
import { expect } from "vitest";
import { untypedCap } from "../../src/caps/cap.js";
import { insertDerived, insertNew } from "../../src/caps/mdb.js";
import type { Slot } from "../../src/caps/slot.js";
import { Region } from "../../src/memory/region.js";
import { SchedContext } from "../../src/time/sched-context.js";
import type { Crowd } from "../support/crowd.js";
import { plantedBugs } from "../support/planted.js";

/** Objects name their memory once and for all; a planted bug moves them. */
function move(object: { readonly paddr: number }, paddr: number): void {
  (object as unknown as { place: number }).place = paddr | 0;
}

/** A slot of the root CNode with nothing in it. */
function empty({ state: { rootCNode } }: Crowd): Slot {
  if (rootCNode === null) throw new Error("the root task has a CNode");
  return rootCNode.slot(rootCNode.size - 1);
}

plantedBugs("untyped memory", [
  [
    "two objects at one address",
    /overlaps object/,
    (crowd) => {
      const endpoint = crowd.object(CapTag.endpoint);
      move(endpoint, crowd.object(CapTag.notification).paddr + 16);
    },
  ],
  [
    "an untyped that has given out more than it is",
    /has given out \d+ of \d+ bytes/,
    (crowd) => {
      const slot = crowd.slot(CapTag.untyped);
      if (slot.cap.type === CapTag.untyped) slot.cap = untypedCap(slot.cap.object, 2 ** slot.cap.object.sizeBits + 16);
    },
  ],
  [
    "an untyped that would give out memory in use again",
    /lies in free memory of untyped/,
    (crowd) => {
      const slot = crowd.slot(CapTag.untyped, (_, { next }) => next !== null);
      if (slot.cap.type === CapTag.untyped) slot.cap = untypedCap(slot.cap.object, 16);
    },
  ],
  [
    "two objects inside a larger one, the second too",
    /overlaps object[\s\S]*overlaps object/,
    (crowd) => {
      const { paddr } = crowd.object(CapTag.cnode);
      move(crowd.object(CapTag.endpoint), paddr + 1024);
      move(crowd.object(CapTag.notification), paddr + 2048);
    },
  ],
  [
    "untyped memory that its parent would give out again",
    /untyped \d+ at 0x[0-9a-f]+ lies in free memory of untyped/,
    (crowd) => {
      const slot = crowd.slot(CapTag.untyped, (cap) => cap.freeOffset < 2 ** cap.object.sizeBits);
      if (slot.cap.type !== CapTag.untyped) return;
      const { paddr, sizeBits } = slot.cap.object;
      insertDerived(untypedCap(new Region(9999, paddr + 2 ** sizeBits - 16, 4, false), 0), slot, empty(crowd));
    },
  ],
  [
    "untyped memory that begins in another and ends outside of it",
    /untyped 9999 lies across the end of untyped/,
    (crowd) => {
      const slot = crowd.slot(CapTag.untyped);
      if (slot.cap.type !== CapTag.untyped) return;
      const { paddr, sizeBits } = slot.cap.object;
      insertNew(empty(crowd), untypedCap(new Region(9999, paddr + 16, sizeBits, false), 0), null);
    },
  ],
  [
    "capabilities to one object that do not stand together",
    /the capabilities to object \d+ do not stand together/,
    (crowd) => {
      const slot = crowd.slot(CapTag.schedContext);
      insertNew(empty(crowd), slot.cap, null);
    },
  ],
  [
    "an object on memory of a scheduling context that no capability leads to",
    /overlaps object 9999/,
    (crowd) => {
      const tcb = crowd.thread("caller");
      expect(tcb.sc).toBeNull();
      tcb.sc = new SchedContext(9999, crowd.object(CapTag.endpoint).paddr, 7);
    },
  ],
]);
