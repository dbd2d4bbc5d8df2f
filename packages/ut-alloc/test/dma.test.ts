import type { cspace_t } from "@tessera/cspace-lib";
import { cspace_alloc_slot } from "@tessera/cspace-lib";
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadVSpace,
  seL4_NoError,
  seL4_RangeError,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_Page_GetAddress,
  seL4_Untyped_Retype,
  throwOnError,
} from "@tessera/libsel4";
import { expectNoLeaks, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  dma_init,
  type dma_t,
  SOS_DMA_SIZE_BITS,
  SOS_DMA_START,
  sos_dma_cache_clean,
  sos_dma_cache_clean_invalidate,
  sos_dma_cache_invalidate,
  sos_dma_malloc,
  sos_dma_phys_to_virt,
  sos_dma_virt_to_phys,
} from "../src/index.js";

const MIB_2 = 2 ** SOS_DMA_SIZE_BITS;
const VSPACE = seL4_CapInitThreadVSpace;

/** A page of 2 MiB and its physical address. */
function* largePage(bootinfo: seL4_BootInfo, cspace: cspace_t): Thread<{ cptr: number; paddr: number }> {
  const index = bootinfo.untypedList.findIndex(({ sizeBits, isDevice }) => !isDevice && sizeBits >= SOS_DMA_SIZE_BITS);
  const cptr = yield* cspace_alloc_slot(cspace);
  const [untyped, cnode] = [bootinfo.untyped.start + index, seL4_CapInitThreadCNode];
  throwOnError(yield* seL4_Untyped_Retype(untyped, seL4_RISCV_Mega_Page, SOS_DMA_SIZE_BITS, cnode, 0, 0, cptr, 1));
  return { cptr, paddr: (yield* seL4_RISCV_Page_GetAddress(cptr)).paddr };
}

function withDma(main: (dma: dma_t) => Thread<void>): void {
  world({
    *root(bootinfo, cspace) {
      const { cptr, paddr } = yield* largePage(bootinfo, cspace);
      const { error, dma } = yield* dma_init(cspace, VSPACE, cptr, paddr, SOS_DMA_START);
      expect(error).toBe(0);
      yield* main(dma!);
    },
  });
}

const plain = (main: (dma: dma_t) => void) =>
  // biome-ignore lint/correctness/useYield: handing out makes no system call
  withDma(function* (dma) {
    main(dma);
  });

describe("sos_dma_malloc", () => {
  it("gives memory that can be written, at addresses that belong together", () => {
    withDma(function* (dma) {
      const a = sos_dma_malloc(4096, 4096, dma);
      const b = sos_dma_malloc(4096, 4096, dma);
      yield* store(a.vaddr + 8, 1);
      yield* store(b.vaddr, 2);
      expect([yield* load(a.vaddr + 8), yield* load(b.vaddr)]).toEqual([1, 2]);
      expect(b.paddr - a.paddr).toBe(b.vaddr - a.vaddr);
      expect(sos_dma_phys_to_virt(b.paddr + 5, dma)).toBe(b.vaddr + 5);
      expect(sos_dma_virt_to_phys(b.vaddr + 5, dma)).toBe(b.paddr + 5);
    });
  });

  it("aligns to what is asked for, and to 128 bytes at least", () => {
    plain((dma) => {
      const offset = (size: number, align: number) => sos_dma_malloc(size, align, dma).paddr - dma.pstart;
      expect(offset(1, 1)).toBe(0);
      expect(offset(1, 1)).toBe(128);
      expect(offset(200, 4)).toBe(256);
      expect(offset(1, 4096)).toBe(4096);
      expect(offset(1, 256)).toBe(4352);
    });
  });

  it("gives every byte, and then addresses 0", () => {
    plain((dma) => {
      expect(sos_dma_malloc(MIB_2 + 1, 1, dma)).toEqual({ vaddr: 0, paddr: 0 });
      expect(sos_dma_malloc(MIB_2, 1, dma).paddr).toBe(dma.pstart);
      expect(sos_dma_malloc(1, 1, dma)).toEqual({ vaddr: 0, paddr: 0 });
    });
  });

  it("says what is no size and no alignment", () => {
    plain((dma) => {
      for (const size of [0, -1, 1.5, Number.NaN]) expect(() => sos_dma_malloc(size, 1, dma)).toThrow(RangeError);
      for (const align of [0, 3, -4, Number.NaN, 2 * MIB_2]) {
        expect(() => sos_dma_malloc(1, align, dma)).toThrow(/an alignment of/);
      }
    });
  });
});

describe("Translation and caches", () => {
  it("refuse addresses outside of the DMA page", () => {
    plain((dma) => {
      expect(() => sos_dma_phys_to_virt(dma.pstart - 1, dma)).toThrow(/does not lie in the DMA page/);
      expect(() => sos_dma_phys_to_virt(dma.pstart + MIB_2, dma)).toThrow(/does not lie in the DMA page/);
      expect(() => sos_dma_virt_to_phys(Number.NaN, dma)).toThrow(/does not lie in the DMA page/);
      for (const cache of [sos_dma_cache_clean, sos_dma_cache_invalidate, sos_dma_cache_clean_invalidate]) {
        expect(cache(dma.vstart, MIB_2, dma)).toBe(seL4_NoError);
        expect(cache(dma.vstart, MIB_2 + 1, dma)).toBe(seL4_RangeError);
        expect(cache(dma.vstart - 1, 1, dma)).toBe(seL4_RangeError);
      }
    });
  });
});

describe("dma_init", () => {
  it("is -1 where the page cannot be mapped, and leaves nothing behind", () => {
    world({
      *root(bootinfo, cspace, { kernel }) {
        const { cptr, paddr } = yield* largePage(bootinfo, cspace);
        const before = kernel.snapshot();
        for (const vstart of [SOS_DMA_START + 4096, 0]) {
          expect(yield* dma_init(cspace, VSPACE, cptr, paddr, vstart)).toEqual({ error: -1, dma: null });
        }
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        expect((yield* dma_init(cspace, VSPACE, cptr, paddr, SOS_DMA_START)).error).toBe(0);
      },
    });
  });
});
