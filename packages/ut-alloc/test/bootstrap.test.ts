import { cspace_alloc_slot } from "@tessera/cspace-lib";
import type { seL4_BootInfo } from "@tessera/libsel4";
import { seL4_CapInitThreadCNode } from "@tessera/libsel4";
import { freeSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { ut_alloc, ut_alloc_4k_untyped, ut_bootstrap } from "../src/index.js";

describe("ut_bootstrap", () => {
  it("takes over the CNode that the root task runs on, with the slots that BootInfo calls empty", () => {
    world({
      // biome-ignore lint/correctness/useYield: bootstrapping makes no system call
      *root(bootinfo) {
        const cspace = ut_bootstrap(bootinfo);
        expect(cspace.root_cnode).toBe(seL4_CapInitThreadCNode);
        expect(2 ** (cspace.top_lvl_size_bits - 5)).toBe(2 ** bootinfo.initThreadCNodeSizeBits);
        expect(freeSlots(cspace)).toBe(bootinfo.empty.end - bootinfo.empty.start);
      },
    });
  });

  it("works in a root CNode of any size: a page costs one slot", () => {
    for (const rootCNodeBits of [9, 13]) {
      world({
        kernel: { rootCNodeBits },
        *root(bootinfo, cspace) {
          expect(bootinfo.initThreadCNodeSizeBits).toBe(rootCNodeBits);
          const slots = freeSlots(cspace);
          let pages = 0;
          while (pages < 300 && (yield* ut_alloc_4k_untyped(cspace)) !== null) pages++;
          expect(slots - freeSlots(cspace)).toBeLessThanOrEqual(pages);
          expect(pages).toBe(300);
        },
      });
    }
  });

  it("uses untypeds of less than a page as they are, and leaves large ones whole for long", () => {
    const untypedList = [
      { paddr: 0x80000000, sizeBits: 16, isDevice: false },
      { paddr: 0x80010000, sizeBits: 7, isDevice: false },
      { paddr: 0x80020000, sizeBits: 13, isDevice: false },
      { paddr: 0x80030000, sizeBits: 3, isDevice: false },
    ];
    world({
      *root(bootinfo: seL4_BootInfo) {
        const cspace = ut_bootstrap({ ...bootinfo, untypedList });
        const small = yield* ut_alloc(7, cspace);
        expect(small).toMatchObject({ paddr: 0x80010000, cap: bootinfo.untyped.start + 1 });
      },
    });
  });

  it("two allocators over different memory do not know of each other", () => {
    world({
      *root(bootinfo) {
        const [a, b] = [ut_bootstrap(bootinfo), ut_bootstrap(bootinfo)];
        yield* cspace_alloc_slot(a);
        expect(freeSlots(a)).toBe(freeSlots(b) - 1);
      },
    });
  });
});
