import { CapTag } from "@tessera/libsel4";
import { isFinal, removeCap } from "../../src/caps/mdb.js";
import type { Slot } from "../../src/caps/slot.js";
import type { Crowd } from "../support/crowd.js";
import { plantedBugs } from "../support/planted.js";

/** Empty each slot that satisfies `test`, and end nothing with it. */
function forget(crowd: Crowd, test: (slot: Slot) => boolean): void {
  for (const slot of crowd.slots((_, slot) => test(slot))) removeCap(slot);
}

plantedBugs("existence", [
  [
    "a deleted thread that the kernel still knows",
    /thread "sender1" \(\d+\) exists, but no capability leads to it/,
    (crowd) => {
      const sender = crowd.thread("sender1");
      forget(crowd, ({ cap }) => cap.object === sender);
    },
  ],
  [
    "a thread that was ended before its last capability",
    /a capability names thread \d+, which has been ended/,
    (crowd) => {
      crowd.state.threads.delete(crowd.thread("sender1"));
    },
  ],
  [
    "a deleted scheduling context that the kernel still knows",
    /scheduling context \d+ is in use, but no capability leads to it/,
    (crowd) => {
      const slot = crowd.slot(CapTag.schedContext, ({ object }) => object.tcb === null && object.notification === null);
      if (!isFinal(slot)) throw new Error("another capability leads to it");
      removeCap(slot);
    },
  ],
  [
    "a scheduling context that was ended before its last capability",
    /a capability names scheduling context \d+, which has been ended/,
    (crowd) => {
      crowd.state.schedContexts.delete(crowd.object(CapTag.schedContext, ({ tcb }) => tcb === null));
    },
  ],
  [
    "an ended scheduling context that a capability names",
    /a capability names scheduling context \d+, which has been ended/,
    (crowd) => {
      crowd.object(CapTag.schedContext).isEnded = true;
    },
  ],
  [
    "an endpoint that threads wait for and that was deleted",
    /endpoint \d+ is in use, but no capability leads to it/,
    (crowd) => {
      const endpoint = crowd.thread("sender1").blockedOn;
      forget(crowd, ({ cap }) => cap.object === endpoint);
    },
  ],
  [
    "a notification that is bound to a thread and was deleted",
    /notification \d+ is in use, but no capability leads to it/,
    (crowd) => {
      const bound = crowd.thread("bound").boundNotification;
      forget(crowd, ({ cap }) => cap.object === bound);
    },
  ],
  [
    "a reply object that somebody waits behind and that was deleted",
    /reply object \d+ is in use, but no capability leads to it/,
    (crowd) => {
      const { reply } = crowd.thread("caller");
      forget(crowd, ({ cap }) => cap.object === reply);
    },
  ],
]);
