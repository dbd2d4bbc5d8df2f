import { cspace_alloc_slot, type cspace_t, cspace_untyped_retype } from "@tessera/cspace-lib";
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AlignmentError,
  seL4_CapInitThreadVSpace,
  seL4_DeleteFirst,
  seL4_FailedLookup,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_LargePageBits,
  seL4_NoError,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_Page_Unmap,
  seL4_UserTop,
} from "@tessera/libsel4";
import { expectNoLeaks, freeSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  alloc_retype,
  bootstrap_cspace_map_frame,
  bootstrap_map_frame,
  free_paging_objects,
  MAP_FRAME_NO_MEMORY,
  map_frame,
  map_frame_cspace,
  type paging_object_t,
  SOS_UT_TABLE,
} from "../src/index.js";
import { runOut, runOutBySeed, type Work } from "./run-out.js";

const VSPACE = seL4_CapInitThreadVSpace;
const ACCESS = [seL4_ReadWrite, seL4_RISCV_ExecuteNever] as const;
/** A page whose GiB has no page table yet, so that it needs two. */
const FAR = 0x10_0000_0000;
const PAGE = 0x1000;

function* frame(cspace: cspace_t) {
  return (yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace)).cptr;
}

describe("map_frame", () => {
  it("makes the two page tables that an address needs, and none for its neighbour", () => {
    world({
      *root(_, cspace) {
        const tables: paging_object_t[] = [];
        expect(yield* map_frame(cspace, yield* frame(cspace), VSPACE, FAR, ...ACCESS, tables)).toBe(seL4_NoError);
        expect(tables.length).toBe(2);
        expect(yield* map_frame(cspace, yield* frame(cspace), VSPACE, FAR + PAGE, ...ACCESS, tables)).toBe(
          seL4_NoError,
        );
        expect(tables.length).toBe(2);
        yield* store(FAR + PAGE, 42);
        expect(yield* load(FAR + PAGE)).toBe(42);
      },
    });
  });

  it("gives back all when its list is given back", () => {
    world({
      *root(_, cspace, { kernel }) {
        const page = yield* frame(cspace);
        const before = kernel.snapshot();
        const left = freeSlots(cspace);
        const tables: paging_object_t[] = [];
        yield* map_frame(cspace, page, VSPACE, FAR, ...ACCESS, tables);
        yield* seL4_RISCV_Page_Unmap(page);
        yield* free_paging_objects(tables, cspace);
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        expect(freeSlots(cspace)).toBe(left);
      },
    });
  });

  it("returns the kernel's error, and takes its page tables out again", () => {
    world({
      *root(_, cspace, { kernel }) {
        const page = yield* frame(cspace);
        // Warm up, so that the untypeds are there.
        const tables: paging_object_t[] = [];
        yield* map_frame(cspace, page, VSPACE, FAR, ...ACCESS, tables);
        yield* seL4_RISCV_Page_Unmap(page);
        yield* free_paging_objects(tables, cspace);
        const before = kernel.snapshot();
        const attempt = (vaddr: number, cap = page, vspace: number = VSPACE) =>
          map_frame(cspace, cap, vspace, vaddr, ...ACCESS);
        expect(yield* attempt(seL4_UserTop)).toBe(seL4_InvalidArgument);
        expect(yield* attempt(FAR + 8)).toBe(seL4_AlignmentError);
        expect(yield* attempt(0x1_0000)).toBe(seL4_DeleteFirst);
        expect(yield* attempt(FAR, page, page)).toBe(seL4_InvalidCapability);
        expect(yield* attempt(FAR, yield* cspace_alloc_slot(cspace))).not.toBe(seL4_NoError);
        expectNoLeaks(kernel, before);
        // Mapped elsewhere: the tables for the second place are made, and then it is refused.
        yield* attempt(0x2_0000);
        const mapped = kernel.snapshot();
        expect(yield* attempt(FAR)).toBe(seL4_InvalidArgument);
        expectNoLeaks(kernel, mapped);
      },
    });
  });

  it("needs no CSpace when no table is missing, and says so when one is", () => {
    world({
      *root(_, cspace) {
        const page = yield* frame(cspace);
        expect(yield* map_frame(null, page, VSPACE, FAR, ...ACCESS)).toBe(MAP_FRAME_NO_MEMORY);
        expect(yield* map_frame(null, page, VSPACE, 0x8_0000, ...ACCESS)).toBe(seL4_NoError);
      },
    });
  });

  it("says so when a table of small pages is where a large one is to lie, and when a large one is", () => {
    world({
      *root(bootinfo, cspace, { kernel }) {
        const index = bootinfo.untypedList.findIndex(({ sizeBits, isDevice }) => !isDevice && sizeBits >= 22);
        const large = yield* cspace_alloc_slot(cspace);
        const untyped = bootinfo.untyped.start + index;
        yield* cspace_untyped_retype(cspace, untyped, large, seL4_RISCV_Mega_Page, seL4_LargePageBits);
        yield* map_frame(cspace, yield* frame(cspace), VSPACE, FAR, ...ACCESS);
        const small = yield* frame(cspace);
        const before = kernel.snapshot();
        expect(yield* map_frame(cspace, large, VSPACE, FAR, ...ACCESS)).toBe(seL4_FailedLookup);
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        const next = FAR + 2 ** seL4_LargePageBits;
        expect(yield* map_frame(cspace, large, VSPACE, next, ...ACCESS)).toBe(seL4_NoError);
        const mapped = kernel.snapshot();
        expect(yield* map_frame(cspace, small, VSPACE, next + PAGE, ...ACCESS)).toBe(seL4_DeleteFirst);
        expectNoLeaks(kernel, mapped, { allow: ["untyped"] });
      },
    });
  });

  const work: Work = function* (cspace) {
    const page = yield* frame(cspace);
    return function* () {
      const err = yield* map_frame(cspace, page, VSPACE, FAR, ...ACCESS);
      if (err !== seL4_NoError) expect(err).toBe(MAP_FRAME_NO_MEMORY);
      return err === seL4_NoError;
    };
  };

  it("changes nothing when memory or slots run out, whichever allocation it is", () => {
    expect(runOut(work)).toEqual({ pages: 2, slots: 4 });
  });

  it("changes nothing when both run out, by seed", () => {
    expect(runOutBySeed(work, 1, 12, { pages: 4, slots: 6 })).toBeGreaterThan(0);
  });
});

describe("map_frame_cspace", () => {
  it("puts page tables into the slots that it is given, and says which", () => {
    world({
      *root(_, cspace) {
        const slots = [yield* cspace_alloc_slot(cspace), yield* cspace_alloc_slot(cspace)];
        const map = (vaddr: number, cap: number, free: number[]) =>
          map_frame_cspace(cspace, cap, VSPACE, vaddr, ...ACCESS, free);
        const [first, second] = [yield* frame(cspace), yield* frame(cspace)];
        expect(yield* map(FAR, first, slots.slice(0, 1))).toEqual({ error: MAP_FRAME_NO_MEMORY, used: 0 });
        expect(yield* map(FAR, first, slots)).toEqual({ error: seL4_NoError, used: 0b11 });
        expect(yield* map(FAR + PAGE, second, [])).toEqual({ error: seL4_NoError, used: 0 });
        const null_ = yield* map_frame_cspace(null, second, VSPACE, FAR, ...ACCESS, slots);
        expect(null_).toEqual({ error: MAP_FRAME_NO_MEMORY, used: 0 });
      },
    });
  });
});

describe("bootstrap_map_frame", () => {
  it("maps at one address after the other", () => {
    world({
      *root(_, cspace): Thread<void> {
        expect(yield* bootstrap_map_frame(cspace, yield* frame(cspace))).toBe(SOS_UT_TABLE);
        expect(yield* bootstrap_map_frame(cspace, yield* cspace_alloc_slot(cspace))).toBe(null);
        expect(yield* bootstrap_map_frame(cspace, yield* frame(cspace))).toBe(SOS_UT_TABLE + PAGE);
        yield* store(SOS_UT_TABLE + PAGE, 1);
        expect(yield* bootstrap_cspace_map_frame(null, yield* frame(cspace), [])).toEqual({ vaddr: 0, used: 0 });
      },
    });
  });
});
