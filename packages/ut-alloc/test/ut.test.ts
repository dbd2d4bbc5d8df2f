import { cspace_alloc_slot, cspace_copy, cspace_delete, cspace_free_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadTCB,
  seL4_DebugCapIdentify,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Page_GetAddress,
} from "@tessera/libsel4";
import { CapTag } from "@tessera/libsel4/abi";
import { freeSlots, leaveSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  alloc_retype,
  ut_alloc,
  ut_alloc_4k_untyped,
  ut_bootstrap,
  ut_free,
  ut_size,
  type ut_t,
} from "../src/index.js";
import { oneBlock } from "./one-block.js";

/** Run `main` with an allocator that has one block of at least 2^`bits` bytes and nothing else. */
function blockWorld(main: (cspace: cspace_t, pages: number) => Thread<void>, bits = 16): void {
  world({
    *root(bootinfo) {
      const block = oneBlock(bootinfo, bits);
      yield* main(ut_bootstrap(block), 2 ** (block.untypedList[0]!.sizeBits - 12));
    },
  });
}

/** Everything of one size that there is. */
function* takeAll(cspace: cspace_t, size_bits: number): Thread<ut_t[]> {
  const all: ut_t[] = [];
  for (let ut = yield* ut_alloc(size_bits, cspace); ut !== null; ut = yield* ut_alloc(size_bits, cspace)) all.push(ut);
  return all;
}

/** No two of them share a byte. */
function expectDisjoint(uts: readonly ut_t[]): void {
  const sorted = [...uts].sort((a, b) => a.paddr - b.paddr);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!;
    expect(before.paddr + 2 ** before.size_bits).toBeLessThanOrEqual(sorted[i]!.paddr);
  }
}

/** Slots that an untyped of this size costs when all has to be made of a block: its page, and two halves a cut. */
const slotsFor = (size_bits: number) => 1 + 2 * (12 - size_bits);

const SIZES = [4, 5, 6, 7, 8, 9, 10, 11, 12];

describe("ut_alloc", () => {
  it("gives an untyped of each size from 16 bytes to 4 KiB, aligned, none over another", () => {
    world({
      *root(_, cspace) {
        const all: ut_t[] = [];
        for (const bits of SIZES) {
          const ut = yield* ut_alloc(bits, cspace);
          expect(ut).toMatchObject({ size_bits: bits, free: false, device: false });
          expect(ut.paddr % 2 ** bits).toBe(0);
          expect(yield* seL4_DebugCapIdentify(ut.cap)).toBe(CapTag.untyped);
          all.push(ut);
        }
        expectDisjoint(all);
      },
    });
  });

  it("says at which physical address the memory lies", () => {
    blockWorld(function* (cspace) {
      for (let i = 0; i < 3; i++) {
        const { ut, cptr } = yield* alloc_retype(seL4_RISCV_4K_Page, 12, cspace);
        expect((yield* seL4_RISCV_Page_GetAddress(cptr)).paddr).toBe(ut!.paddr);
      }
    });
  });

  it("refuses other sizes", () => {
    blockWorld(function* (cspace) {
      for (const bits of [3, 13, 0, -1]) expect(yield* ut_alloc(bits, cspace)).toBe(null);
    });
  });

  it("says that a size which is no whole number is none", () => {
    blockWorld(function* (cspace) {
      const before = freeSlots(cspace);
      for (const bits of [Number.NaN, 4.5, Infinity, undefined as unknown as number]) {
        let message = "";
        try {
          yield* ut_alloc(bits, cspace);
        } catch (error) {
          message = (error as Error).message;
        }
        expect(message).toBe(`ut_alloc(${bits}): size_bits, the logarithm of the bytes, must be a whole number`);
      }
      expect(freeSlots(cspace)).toBe(before);
    });
  });

  it("takes the second half first, and the first half next", () => {
    blockWorld(function* (cspace) {
      const second = yield* ut_alloc(11, cspace);
      const first = yield* ut_alloc(11, cspace);
      expect(second.paddr).toBe(first.paddr + 2048);
    });
  });

  it("hands out what was freed last first, and merges nothing", () => {
    blockWorld(function* (cspace) {
      const [a, b, c] = [yield* ut_alloc(7, cspace), yield* ut_alloc(7, cspace), yield* ut_alloc(7, cspace)];
      for (const ut of [a, c, b]) ut_free(ut);
      for (const expected of [b, c, a]) expect(yield* ut_alloc(7, cspace)).toBe(expected);
    });
  });

  it("hands out all of a block before it says null, each byte once, and again when all is freed", () => {
    blockWorld(function* (cspace, pages) {
      const all = yield* takeAll(cspace, 12);
      expect(all.length).toBe(pages);
      expectDisjoint(all);
      for (const ut of all) ut_free(ut);
      expect((yield* takeAll(cspace, 12)).length).toBe(pages);
    });
  });

  it("uses every byte of memory in small pieces", () => {
    blockWorld(function* (cspace, pages) {
      const all = yield* takeAll(cspace, 6);
      expect(all.length).toBe(pages * 64);
      expectDisjoint(all);
    }, 13);
  });

  it("changes nothing when memory has run out", () => {
    blockWorld(function* (cspace) {
      const all = yield* takeAll(cspace, 12);
      const before = freeSlots(cspace);
      for (const bits of SIZES) expect(yield* ut_alloc(bits, cspace)).toBe(null);
      expect(freeSlots(cspace)).toBe(before);
      const none = yield* ut_alloc(12, cspace);
      expect(() => ut_free(none)).toThrow(/^ut_free\(null\): .*the allocation had failed$/);
      ut_free(all[0]!);
      expect(yield* ut_alloc(12, cspace)).toBe(all[0]);
    });
  });

  it.each(SIZES)("of 2^%i bytes changes nothing when a slot is missing, and needs no more than it takes", (bits) => {
    blockWorld(function* (cspace) {
      const needed = slotsFor(bits);
      for (const left of [0, Math.floor(needed / 2), needed - 1]) {
        const before = freeSlots(cspace);
        const taken = yield* leaveSlots(cspace, left);
        expect(yield* ut_alloc(bits, cspace)).toBe(null);
        expect(freeSlots(cspace)).toBe(left);
        for (const slot of taken) yield* cspace_free_slot(cspace, slot);
        expect(freeSlots(cspace)).toBe(before);
      }
      yield* leaveSlots(cspace, needed);
      expect((yield* ut_alloc(bits, cspace)).size_bits).toBe(bits);
      expect(freeSlots(cspace)).toBe(0);
    });
  });

  it("undoes every step that came before one that the kernel refuses", () => {
    blockWorld(function* (cspace, pages) {
      const free = freeSlots(cspace);
      const first = yield* cspace_alloc_slot(cspace);
      yield* cspace_free_slot(cspace, first);
      for (let step = 0; step < slotsFor(4); step++) {
        // A capability in a slot that the bitmap believes to be free: Retype says DeleteFirst.
        yield* cspace_copy(cspace, first + step, cspace, seL4_CapInitThreadTCB, seL4_AllRights);
        expect(yield* ut_alloc(4, cspace)).toBe(null);
        yield* cspace_delete(cspace, first + step);
        // The page, once made, is in the list with its slot, and all other slots are free and empty again.
        expect(freeSlots(cspace)).toBe(step === 0 ? free : free - 1);
        for (let slot = first + 1; slot < first + slotsFor(4); slot++) {
          expect(yield* seL4_DebugCapIdentify(slot)).toBe(CapTag.null);
        }
      }
      expect((yield* ut_alloc(4, cspace)).size_bits).toBe(4);
      expect(freeSlots(cspace)).toBe(free - slotsFor(4));
      expect((yield* takeAll(cspace, 12)).length).toBe(pages - 1);
    });
  });

  it("says that a CSpace without an allocator has none", () => {
    blockWorld(function* (cspace) {
      let message = "";
      try {
        yield* ut_alloc(4, { ...cspace, alloc: null });
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/no untyped allocator/);
    });
  });
});

describe("ut_alloc_4k_untyped", () => {
  it("is ut_alloc of 4 KiB", () => {
    blockWorld(function* (cspace) {
      const ut = yield* ut_alloc_4k_untyped(cspace);
      ut_free(ut!);
      expect(yield* ut_alloc(12, cspace)).toBe(ut);
    });
  });
});

describe("ut_free", () => {
  it("makes memory usable again: a hundred frames in a row are one page", () => {
    blockWorld(function* (cspace) {
      const first = yield* alloc_retype(seL4_RISCV_4K_Page, 12, cspace);
      const left = freeSlots(cspace);
      let { cptr } = first;
      for (let i = 0; i < 100; i++) {
        yield* cspace_delete(cspace, cptr);
        yield* cspace_free_slot(cspace, cptr);
        ut_free(first.ut!);
        const again = yield* alloc_retype(seL4_RISCV_4K_Page, 12, cspace);
        expect(again).toEqual(first);
        cptr = again.cptr;
      }
      expect(freeSlots(cspace)).toBe(left);
    });
  });

  it("says so when the untyped is free already", () => {
    blockWorld(function* (cspace) {
      const ut = yield* ut_alloc(6, cspace);
      ut_free(ut);
      expect(() => ut_free(ut)).toThrow(/is free already/);
    });
  });
});

describe("ut_size", () => {
  it("is the memory that the kernel listed, devices left out, and does not change", () => {
    world({
      *root(bootinfo, cspace) {
        const memory = bootinfo.untypedList.filter((ut) => !ut.isDevice);
        const bytes = memory.reduce((sum, ut) => sum + 2 ** ut.sizeBits, 0);
        expect(ut_size(cspace)).toBe(bytes);
        yield* ut_alloc(4, cspace);
        expect(ut_size(cspace)).toBe(bytes);
      },
    });
  });
});
