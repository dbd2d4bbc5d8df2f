/** Every label on every kind of capability: what is not one of its own is refused. */

import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapASIDControl,
  seL4_CapDomain,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadIPCBuffer,
  seL4_CapInitThreadSC,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  seL4_CapNull,
  seL4_IRQControl_Get,
  seL4_MessageInfo_new,
  seL4_NBSendRecv,
  seL4_SetCap,
  seL4_SetMR,
  seL4_Signal,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Kit, must } from "../support/kit.js";
import { invoke } from "../support/refusal.js";
import { scene } from "../support/scene.js";

const LABELS = 48;

/** From first to last label of an object's methods. */
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

function* irqHandler(kit: Kit): Thread<number> {
  const slot = kit.slots();
  must(yield* seL4_IRQControl_Get(seL4_CapIRQControl, 5, kit.cnode, slot, kit.depth));
  return slot;
}
function* existing(cptr: number): Thread<number> {
  yield* seL4_Signal(seL4_CapNull);
  return cptr;
}

const objects: readonly [kind: string, labels: readonly number[], make: (kit: Kit) => Thread<number>][] = [
  ["an untyped", [1], (kit) => kit.untyped(12)],
  ["a TCB", range(2, 17), () => existing(seL4_CapInitThreadTCB)],
  ["a CNode", range(18, 25), () => existing(seL4_CapInitThreadCNode)],
  ["IRQControl", [26, 46], () => existing(seL4_CapIRQControl)],
  ["an IRQ handler", [27, 28, 29], irqHandler],
  ["the domain capability", [30, 31, 32], () => existing(seL4_CapDomain)],
  ["SchedControl", [33], (kit) => existing(kit.bootinfo.schedcontrol.start)],
  ["a scheduling context", range(34, 38), () => existing(seL4_CapInitThreadSC)],
  ["a page table", [39, 40], () => existing(seL4_CapInitThreadVSpace)],
  ["a frame", [41, 42, 43], () => existing(seL4_CapInitThreadIPCBuffer)],
  ["ASIDControl", [44], () => existing(seL4_CapASIDControl)],
  ["an ASID pool", [45], () => existing(seL4_CapInitThreadASIDPool)],
];

describe("An invocation with a label that is none of the object's", () => {
  it.each(objects)("is an IllegalOperation: %s", (_, labels, make) => {
    scene(function* (kit) {
      const service = yield* make(kit);
      for (let label = 0; label < LABELS; label++) {
        if (labels.includes(label)) continue;
        expect([label, yield* invoke(service, label)]).toEqual([label, "IllegalOperation"]);
      }
      expect(yield* invoke(service, 2 ** 52 - 1)).toBe("IllegalOperation");
    });
  });

  it.each(objects.filter(([kind]) => !/TCB|scheduling context|IRQ handler|frame|page table/.test(kind)))(
    "and one of its own without its words is a TruncatedMessage: %s",
    (_, labels, make) => {
      scene(function* (kit) {
        const service = yield* make(kit);
        for (const label of labels) expect([label, yield* invoke(service, label)]).toEqual([label, "TruncatedMessage"]);
      });
    },
  );

  it("is welcome to endpoints, notifications and reply objects; the null capability refuses all (InvalidCapability 0)", () => {
    scene(function* (kit) {
      const notification = yield* kit.notification();
      const reply = yield* kit.reply();
      for (let label = 0; label < LABELS; label++) {
        expect(yield* invoke(notification, label)).toBe("NoError");
        expect(yield* invoke(reply, label)).toBe("NoError");
        expect(yield* invoke(seL4_CapNull, label)).toBe("InvalidCapability 0");
      }
    });
  });
});

describe("The first phase of a combined call", () => {
  it("does not invoke a TCB, CNode or scheduling context, and goes on to receive", () => {
    const seen: unknown[] = [];
    scene(function* (kit) {
      const ready = yield* kit.mint(yield* kit.notification(), 4);
      const cnode = yield* kit.cnodeOf(2);
      const target = yield* kit.endpoint();
      // CNode_Delete of the endpoint: dropped here.
      yield* seL4_Signal(ready);
      seL4_SetMR(0, target);
      seL4_SetMR(1, kit.depth);
      const received = yield* seL4_NBSendRecv(kit.cnode, seL4_MessageInfo_new(19, 0, 0, 2), ready, seL4_CapNull);
      seen.push(
        received.badge,
        yield* invoke(kit.cnode, 21, [kit.slots(), kit.depth, target, kit.depth, 15], [kit.cnode]),
      );
      // An untyped is invoked.
      yield* seL4_Signal(ready);
      const slot = kit.slots();
      [2, 0, 0, 0, slot, 1].forEach((word, i) => {
        seL4_SetMR(i, word);
      });
      seL4_SetCap(0, kit.cnode);
      yield* seL4_NBSendRecv(kit.memory, seL4_MessageInfo_new(1, 0, 1, 6), ready, seL4_CapNull);
      seen.push(yield* invoke(cnode, 21, [0, 2, slot, kit.depth, 15], [kit.cnode]));
    });
    expect(seen).toEqual([4, "NoError", "NoError"]);
  });
});
