import { load, store } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadVSpace,
  seL4_CapTableObject,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_EndpointObject,
  seL4_NoError,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Page_GetAddress,
  seL4_RISCV_Page_Map,
  seL4_SchedContextObject,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Kit, must } from "../support/kit.js";
import { invoke, refusal } from "../support/refusal.js";
import { scene } from "../support/scene.js";

const RETYPE = 1;

/** What is asked for, as the words of a retype into the root task's CNode. */
interface Asked {
  readonly type?: number;
  readonly size?: number;
  readonly index?: number;
  readonly depth?: number;
  readonly offset?: number;
  readonly count?: number;
}

const refused: readonly [answer: string, what: string, asked: Asked][] = [
  ["InvalidArgument 0", "an object type that does not exist", { type: 11 }],
  ["RangeError 0 38", "an untyped of 2^39 bytes", { type: seL4_UntypedObject, size: 39 }],
  ["RangeError 0 38", "a size of 64 bits, also for a type that ignores it", { type: seL4_EndpointObject, size: 64 }],
  ["InvalidArgument 1", "a CNode of one slot", { type: seL4_CapTableObject, size: 0 }],
  ["InvalidArgument 1", "an untyped of 8 bytes", { type: seL4_UntypedObject, size: 3 }],
  ["InvalidArgument 1", "a scheduling context of 64 bytes", { type: seL4_SchedContextObject, size: 6 }],
  ["FailedLookup 0 4", "a destination whose address does not resolve", { index: 2 ** 40, depth: 64 }],
  ["RangeError 1 64", "a destination at a depth of 65 bits", { depth: 65 }],
  ["FailedLookup 0 2", "a destination that is no CNode", { index: 1, depth: 64 }],
  ["RangeError 0 4095", "a slot behind the end of the CNode", { offset: 4096 }],
  ["RangeError 1 256", "no object at all", { count: 0 }],
  ["RangeError 1 256", "257 objects", { count: 257 }],
  ["RangeError 1 2", "more objects than there are slots", { offset: 4094, count: 3 }],
  ["DeleteFirst", "a slot that is taken", { offset: 1 }],
  ["NotEnoughMemory 4096", "more memory than there is", { type: seL4_RISCV_4K_Page, count: 2 }],
];

describe("Retype refuses", () => {
  it.each(refused)("%s: %s", (answer, _, { type = seL4_EndpointObject, size = 4, index = 0, depth = 0, ...rest }) => {
    scene(function* (kit) {
      const untyped = yield* kit.untyped(12);
      const { offset = 4000, count = 1 } = rest;
      const error = yield* seL4_Untyped_Retype(untyped, type, size, kit.cnode, index, depth, offset, count);
      expect(refusal(error)).toBe(answer);
    });
  });

  it("TruncatedMessage: five words, or no CNode", () => {
    scene(function* (kit) {
      const untyped = yield* kit.untyped(12);
      expect(yield* invoke(untyped, RETYPE, [2, 0, 0, 0, 4000], [kit.cnode])).toBe("TruncatedMessage");
      expect(yield* invoke(untyped, RETYPE, [2, 0, 0, 0, 4000, 1])).toBe("TruncatedMessage");
    });
  });

  it("InvalidArgument 1: a kernel object in device memory, but gives pages and untypeds of it", () => {
    scene(function* (kit) {
      const { untyped, untypedList } = kit.bootinfo;
      const device = untyped.start + untypedList.findIndex(({ isDevice, sizeBits }) => isDevice && sizeBits >= 13);
      const retype = (type: number, offset: number) =>
        seL4_Untyped_Retype(device, type, 12, kit.cnode, 0, 0, offset, 1);
      expect(refusal(yield* retype(seL4_TCBObject, 4000))).toBe("InvalidArgument 1");
      expect(yield* retype(seL4_RISCV_4K_Page, 4001)).toBe(seL4_NoError);
      expect(yield* retype(seL4_UntypedObject, 4002)).toBe(seL4_NoError);
    });
  });
});

/** The physical address of a new page out of `untyped`. */
function* pageFrom(kit: Kit, untyped: number) {
  const frame = yield* kit.make(seL4_RISCV_4K_Page, 0, 1, untyped);
  return { frame, paddr: (yield* seL4_RISCV_Page_GetAddress(frame)).paddr };
}

describe("Retype", () => {
  it("places objects one behind the other, each aligned to its size", () => {
    scene(function* (kit) {
      const untyped = yield* kit.untyped(15);
      const { paddr: first } = yield* pageFrom(kit, untyped);
      yield* kit.make(seL4_EndpointObject, 0, 1, untyped);
      const { paddr: second } = yield* pageFrom(kit, untyped);
      expect(second - first).toBe(0x2000);
    });
  });

  it("gives no memory back until all children are gone; then from the start, and zeroed", () => {
    scene(function* (kit) {
      const untyped = yield* kit.untyped(13);
      const one = yield* pageFrom(kit, untyped);
      const two = yield* pageFrom(kit, untyped);
      must(yield* seL4_RISCV_Page_Map(one.frame, seL4_CapInitThreadVSpace, 0x1f0000, seL4_ReadWrite, 0));
      yield* store(0x1f0000, 77);
      must(yield* seL4_CNode_Delete(kit.cnode, one.frame, kit.depth));
      const none = yield* seL4_Untyped_Retype(untyped, seL4_RISCV_4K_Page, 0, kit.cnode, 0, 0, 4000, 1);
      expect(refusal(none)).toBe("NotEnoughMemory 0");
      must(yield* seL4_CNode_Revoke(kit.cnode, untyped, kit.depth));
      const again = yield* pageFrom(kit, untyped);
      expect([again.paddr, two.paddr]).toEqual([one.paddr, one.paddr + 0x1000]);
      must(yield* seL4_RISCV_Page_Map(again.frame, seL4_CapInitThreadVSpace, 0x1f0000, seL4_ReadWrite, 0));
      expect(yield* load(0x1f0000)).toBe(0);
    });
  });

  it("fills a window of a CNode at any depth, or nothing of it", () => {
    scene(function* (kit) {
      const cnode = yield* kit.cnodeOf(4);
      const untyped = yield* kit.untyped(12);
      const into = (offset: number, count: number) =>
        seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, kit.cnode, cnode, kit.depth, offset, count);
      must(yield* into(5, 3));
      expect(refusal(yield* into(2, 4))).toBe("DeleteFirst");
      must(yield* into(2, 3));
      must(yield* into(8, 8));
      expect(refusal(yield* into(0, 3))).toBe("DeleteFirst");
    });
  });
});
