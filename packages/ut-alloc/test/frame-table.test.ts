import { cspace_alloc_slot, cspace_copy } from "@tessera/cspace-lib";
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadVSpace,
  seL4_NoError,
  seL4_ReadWrite,
  seL4_RISCV_ExecuteNever,
} from "@tessera/libsel4";
import { findLeaks, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  ALLOCATED_LIST,
  alloc_frame,
  FREE_LIST,
  frame_data,
  frame_from_ref,
  frame_page,
  frame_table_cspace,
  frame_table_init,
  type frame_table_t,
  free_frame,
  MAX_FRAMES,
  map_frame,
  NULL_FRAME,
  SOS_FRAME_DATA,
  ut_bootstrap,
} from "../src/index.js";
import { oneBlock } from "./one-block.js";
import { runOut, runOutBySeed, type Work } from "./run-out.js";

const VSPACE = seL4_CapInitThreadVSpace;

/** A frame table over all memory. */
function table(main: (frames: frame_table_t) => Thread<void>, limit = 0): void {
  world({
    *root(_, cspace) {
      yield* main(frame_table_init(cspace, VSPACE, limit));
    },
  });
}

function* alloc(frames: frame_table_t, count: number): Thread<number[]> {
  const refs: number[] = [];
  for (let i = 0; i < count; i++) refs.push(yield* alloc_frame(frames));
  return refs;
}

/** The frames of a list, from its first to its last and back again. */
function refsOf(frames: frame_table_t, list: "free" | "allocated"): number[] {
  const forth: number[] = [];
  for (let ref = frames[list].first; ref !== NULL_FRAME; ref = frames.frames[ref]!.next) forth.push(ref);
  const back: number[] = [];
  for (let ref = frames[list].last; ref !== NULL_FRAME; ref = frames.frames[ref]!.prev) back.unshift(ref);
  expect(back).toEqual(forth);
  expect(frames[list].length).toBe(forth.length);
  return forth;
}

// biome-ignore lint/correctness/useYield: there is nothing to prepare
const work: Work = function* (cspace) {
  const frames = frame_table_init(cspace, VSPACE);
  return function* () {
    const ref = yield* alloc_frame(frames);
    if (ref === NULL_FRAME) expect([frames.frames.length, frames.allocated.length]).toEqual([1, 0]);
    return ref !== NULL_FRAME;
  };
};

describe("The frame table", () => {
  it("gives ten frames, each in a place of its own that can be read and written", () => {
    table(function* (frames) {
      const refs = yield* alloc(frames, 10);
      expect(new Set(refs).size).toBe(10);
      for (const ref of refs) yield* store(frame_data(ref, frames), ref * 100);
      for (const ref of refs) expect(yield* load(frame_data(ref, frames))).toBe(ref * 100);
      expect(frame_data(3, frames)).toBe(SOS_FRAME_DATA + 3 * 4096);
    });
  });

  it("gives the same ten again when they are freed, the last one first", () => {
    table(function* (frames) {
      const refs = yield* alloc(frames, 10);
      for (const ref of refs) free_frame(ref, frames);
      expect(refsOf(frames, "allocated")).toEqual([]);
      expect(yield* alloc(frames, 10)).toEqual(refs.reverse());
    });
  });

  it("keeps the frames in use in the order in which they were given", () => {
    table(function* (frames) {
      yield* alloc(frames, 5);
      free_frame(2, frames);
      free_frame(5, frames);
      expect(refsOf(frames, "allocated")).toEqual([1, 3, 4]);
      expect(refsOf(frames, "free")).toEqual([5, 2]);
      expect(frame_from_ref(5, frames).list_id).toBe(FREE_LIST);
      yield* alloc_frame(frames);
      expect(refsOf(frames, "allocated")).toEqual([1, 3, 4, 5]);
      expect(frame_from_ref(5, frames).list_id).toBe(ALLOCATED_LIST);
    });
  });

  it("has one frame less than its limit, and says no after that", () => {
    table(function* (frames) {
      expect(yield* alloc(frames, 5)).toEqual([1, 2, 3, NULL_FRAME, NULL_FRAME]);
      free_frame(2, frames);
      expect(yield* alloc(frames, 2)).toEqual([2, NULL_FRAME]);
    }, 4);
  });

  it("has capabilities to map its frames elsewhere, too", () => {
    table(function* (frames) {
      const [ref] = yield* alloc(frames, 1);
      const cspace = frame_table_cspace(frames);
      const copy = yield* cspace_alloc_slot(cspace);
      yield* cspace_copy(cspace, copy, cspace, frame_page(ref!, frames), seL4_AllRights);
      const [vaddr, attr] = [0x9_0000, seL4_RISCV_ExecuteNever];
      expect(yield* map_frame(cspace, copy, VSPACE, vaddr, seL4_ReadWrite, attr)).toBe(seL4_NoError);
      yield* store(vaddr, 7);
      expect(yield* load(frame_data(ref!, frames))).toBe(7);
    });
  });

  it("says what is no frame, and what is free already", () => {
    table(function* (frames) {
      yield* alloc(frames, 2);
      free_frame(NULL_FRAME, frames);
      free_frame(2, frames);
      expect(() => free_frame(2, frames)).toThrow(/frame 2 is free already/);
      for (const ref of [0, 3, -1, 1.5, Number.NaN]) {
        expect(() => frame_data(ref, frames)).toThrow(/has frames 1 to 2/);
        expect(() => frame_page(ref, frames)).toThrow(/has frames 1 to 2/);
      }
      for (const limit of [-1, 1.5, MAX_FRAMES + 1, Number.NaN]) {
        expect(() => frame_table_init(frames.cspace, VSPACE, limit)).toThrow(/a limit of/);
      }
    });
  });

  it("is NULL_FRAME when memory or slots run out, whichever allocation it is, and then nothing has changed", () => {
    // The frame and two page tables; in slots, with an untyped each.
    expect(runOut(work)).toEqual({ pages: 3, slots: 6 });
  });

  it("is NULL_FRAME when both run out, by seed", () => {
    expect(runOutBySeed(work, 4, 12, { pages: 6, slots: 10 })).toBeGreaterThan(0);
  });

  it("gives all of a block before it says no, and all of it again", () => {
    world({
      kernel: { checkInvariants: false },
      *root(bootinfo) {
        const block = oneBlock(bootinfo, 16);
        const frames = frame_table_init(ut_bootstrap(block), VSPACE);
        const pages = 2 ** (block.untypedList[0]!.sizeBits - 12);
        // Two pages have become page tables.
        const refs = yield* alloc(frames, pages - 1);
        expect(refs.at(-2)).toBe(pages - 2);
        expect(refs.at(-1)).toBe(NULL_FRAME);
        for (const ref of refs) free_frame(ref, frames);
        expect((yield* alloc(frames, pages - 2)).sort((a, b) => a - b)).toEqual(refs.slice(0, -1));
      },
    });
  });

  it("a frame that somebody forgets to free is named", () => {
    world({
      *root(_, cspace, { kernel }) {
        const before = kernel.snapshot();
        const frames = frame_table_init(cspace, VSPACE);
        yield* alloc(frames, 1);
        const { leaks, text } = findLeaks(kernel, before, { allow: ["untyped", "pageTable"] });
        expect(leaks.map(({ kind }) => kind)).toEqual(["frame"]);
        expect(text).toContain(`mapped at 0x${(SOS_FRAME_DATA + 4096).toString(16)}`);
      },
    });
  });
});
