import { CapTag } from "@tessera/libsel4";
import { untypedCap } from "../../src/caps/cap.js";
import { plantedBugs } from "../support/planted.js";

/** Objects name their memory once and for all; a planted bug moves them. */
interface Movable {
  paddr: number;
}

plantedBugs("untyped memory", [
  [
    "two objects at one address",
    /overlaps object/,
    (crowd) => {
      const endpoint = crowd.object(CapTag.endpoint);
      (endpoint as Movable).paddr = crowd.object(CapTag.notification).paddr + 16;
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
]);
