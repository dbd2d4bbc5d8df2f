import { CapTag } from "@tessera/libsel4";
import { nullCap } from "../../src/caps/cap.js";
import { Slot } from "../../src/caps/slot.js";
import type { Crowd } from "../support/crowd.js";
import { plantedBugs } from "../support/planted.js";

/** A capability with another one behind it. */
function parent(crowd: Crowd): Slot {
  const [slot] = crowd.slots((_, { next }) => next !== null);
  if (slot === undefined) throw new Error("no two capabilities are related");
  return slot;
}

/** The last one that was minted with badge 5 and copied. */
function badged(crowd: Crowd): Slot {
  return crowd.slot(CapTag.endpoint, (cap, slot) => cap.badgeLo === 5 && slot.revocable);
}

plantedBugs("derivation tree", [
  [
    "a slot that its predecessor does not name",
    /is not the successor of its predecessor/,
    (crowd) => {
      parent(crowd).next = null;
    },
  ],
  [
    "a slot that its successor does not name",
    /is not the predecessor of its successor/,
    (crowd) => {
      parent(crowd).next!.prev = null;
    },
  ],
  [
    "a slot emptied without being taken out of its list",
    /has an empty neighbour/,
    (crowd) => {
      parent(crowd).next!.cap = nullCap;
    },
  ],
  [
    "a badged capability that lost the mark of its family",
    /is followed by another badge without a head/,
    (crowd) => {
      const slot = badged(crowd);
      slot.firstBadged = false;
      slot.revocable = false;
    },
  ],
  [
    "a list closed to a circle",
    /one runs in a circle/,
    (crowd) => {
      const [first] = crowd.slots((_, { prev, next }) => prev === null && next !== null);
      if (first === undefined) throw new Error("no list has two members");
      let last = first;
      while (last.next !== null) last = last.next;
      last.next = first;
      first.prev = last;
    },
  ],
  [
    "a capability in a slot that is in no CNode",
    /some are in no CNode, thread or interrupt/,
    (crowd) => {
      const { cap, next } = parent(crowd);
      const astray = new Slot(crowd.state.rootCNode, 0);
      astray.cap = cap;
      astray.prev = next!.prev;
      astray.next = next;
      next!.prev!.next = astray;
      next!.prev = astray;
    },
  ],
]);
