import { load } from "@tessera/hal-sim/isa";
import {
  CapTag,
  seL4_CapASIDControl,
  seL4_CapBootInfoFrame,
  seL4_CapDomain,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadIPCBuffer,
  seL4_CapInitThreadSC,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  seL4_DebugCapIdentify,
  seL4_RISCV_Page_GetAddress,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { scene } from "../support/scene.js";

const programs = { *one() {}, *two() {} };

describe("BootInfo as the root task reads it", () => {
  it("names slots region by region, in the recorded order", () => {
    scene(function* ({ bootinfo }) {
      yield* load(bootinfo.ipcBuffer);
      expect(bootinfo.userImagePaging).toEqual({ start: 16, end: 18 });
      expect(bootinfo.schedcontrol).toEqual({ start: 18, end: 19 });
      expect(bootinfo.userImageFrames).toEqual({ start: 19, end: 22 });
      expect(bootinfo.untyped.start).toBe(22);
      expect(bootinfo.untyped.end - bootinfo.untyped.start).toBe(bootinfo.untypedList.length);
      expect(bootinfo.empty).toEqual({ start: bootinfo.untyped.end, end: 4096 });
      expect([bootinfo.extraBIPages, bootinfo.ioSpaceCaps, bootinfo.sharedFrames]).toEqual(
        Array(3).fill({ start: 0, end: 0 }),
      );
    }, programs);
  });

  it("has the capabilities that it says there are, and no others", () => {
    scene(function* ({ bootinfo }) {
      const tags = new Map<number, number>([
        [seL4_CapInitThreadTCB, CapTag.thread],
        [seL4_CapInitThreadCNode, CapTag.cnode],
        [seL4_CapInitThreadVSpace, CapTag.pageTable],
        [seL4_CapIRQControl, CapTag.irqControl],
        [seL4_CapASIDControl, CapTag.asidControl],
        [seL4_CapInitThreadASIDPool, CapTag.asidPool],
        [seL4_CapBootInfoFrame, CapTag.frame],
        [seL4_CapInitThreadIPCBuffer, CapTag.frame],
        [seL4_CapDomain, CapTag.domain],
        [seL4_CapInitThreadSC, CapTag.schedContext],
        [bootinfo.schedcontrol.start, CapTag.schedControl],
      ]);
      const regions = [
        [bootinfo.userImagePaging, CapTag.pageTable],
        [bootinfo.userImageFrames, CapTag.frame],
        [bootinfo.untyped, CapTag.untyped],
      ] as const;
      for (const [{ start, end }, tag] of regions) for (let slot = start; slot < end; slot++) tags.set(slot, tag);
      for (let slot = 0; slot < bootinfo.empty.start + 4; slot++) {
        expect([slot, yield* seL4_DebugCapIdentify(slot)]).toEqual([slot, tags.get(slot) ?? CapTag.null]);
      }
    }, programs);
  });

  it("lies behind the image and the IPC buffer, all mapped for reading", () => {
    scene(function* ({ bootinfo }) {
      expect(bootinfo.ipcBuffer).toBe(0x10000 + 3 * 0x1000);
      // Word 4 of BootInfo is the address of the IPC buffer.
      expect(yield* load(bootinfo.ipcBuffer + 0x1000 + 32)).toBe(bootinfo.ipcBuffer);
      for (let page = 0; page < 3; page++) yield* load(0x10000 + page * 0x1000);
    }, programs);
  });

  it("lists the image's frames in the order of its pages, and none of them as untyped memory", () => {
    scene(function* ({ bootinfo }) {
      const { start } = bootinfo.userImageFrames;
      const first = yield* seL4_RISCV_Page_GetAddress(start);
      const second = yield* seL4_RISCV_Page_GetAddress(start + 1);
      expect(second.paddr - first.paddr).toBe(0x1000);
      expect(bootinfo.untypedList.some(({ paddr }) => paddr === first.paddr)).toBe(false);
    }, programs);
  });
});

describe("The root CNode", () => {
  it("has as many slots as the option rootCNodeBits says", () => {
    for (const bits of [8, 10, 16]) {
      const { value } = scene(
        function* ({ bootinfo }) {
          yield* load(bootinfo.ipcBuffer);
          return [bootinfo.initThreadCNodeSizeBits, bootinfo.empty.end];
        },
        {},
        { kernel: { rootCNodeBits: bits } },
      );
      expect(value).toEqual([bits, 2 ** bits]);
    }
  });
});
