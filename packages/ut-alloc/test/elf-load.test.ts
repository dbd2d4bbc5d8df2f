import type { cspace_t } from "@tessera/cspace-lib";
import { copyIn, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadVSpace,
  seL4_NoError,
  seL4_RISCV_ASIDPool_Assign,
  type seL4_RISCV_PageTable,
  seL4_RISCV_PageTableObject,
  seL4_UserTop,
  seL4_VSpaceBits,
} from "@tessera/libsel4";
import { expectNoLeaks, findLeaks, freeSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  alloc_frame,
  alloc_retype,
  elf_load,
  elf_newFile,
  type elf_segment,
  type elf_t,
  elf_unload,
  elf_write,
  frame_data,
  frame_table_init,
  type frame_table_t,
  free_frame,
  PF_R,
  PF_W,
  PF_X,
  program_segment,
  type vspace_contents_t,
} from "../src/index.js";
import { runOut, runOutBySeed, type Work } from "./run-out.js";

const TEXT = 0x40_0000;
const DATA = 0x40_3000;
const PAGE = 0x1000;

/** Bytes that differ from their neighbours. */
const pattern = (length: number, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);

function fileOf(...segments: elf_segment[]): elf_t {
  const opened = elf_newFile(elf_write(TEXT, segments));
  if (opened.error !== 0) throw new Error(opened.reason);
  return opened.elf;
}

function* newVspace(cspace: cspace_t): Thread<seL4_RISCV_PageTable> {
  const { cptr } = yield* alloc_retype(seL4_RISCV_PageTableObject, seL4_VSpaceBits, cspace);
  expect(yield* seL4_RISCV_ASIDPool_Assign(seL4_CapInitThreadASIDPool, cptr)).toBe(seL4_NoError);
  return cptr;
}

/** Frames that are free in the table, so that what a load takes besides them can be told from them. */
function* warm(frames: frame_table_t, count: number): Thread<void> {
  const refs: number[] = [];
  while (refs.length < count) refs.push(yield* alloc_frame(frames));
  for (const ref of refs) free_frame(ref, frames);
}

/** What is on the page at `vaddr`, seen through the frame table. */
function* pageAt(contents: vspace_contents_t, vaddr: number, frames: frame_table_t): Thread<Uint8Array> {
  const bytes = new Uint8Array(PAGE);
  yield* copyIn(frame_data(contents.pages.get(vaddr)!.frame, frames), bytes);
  return bytes;
}

/** Load `file` into a VSpace of its own and look at it; the kernel's view of the mappings comes with it. */
function loaded(
  file: elf_t,
  look: (contents: vspace_contents_t, frames: frame_table_t, access: Map<number, string>) => Thread<void>,
): void {
  world({
    *root(_, cspace, { kernel }) {
      const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
      const vspace = yield* newVspace(cspace);
      const before = kernel
        .snapshot()
        .objects.filter(({ kind }) => kind === "pageTable")
        .at(-1)!.id;
      const { error, contents } = yield* elf_load(cspace, vspace, file, frames);
      expect(error).toBe(0);
      const access = new Map<number, string>();
      for (const object of kernel.snapshot().objects) {
        if (object.kind !== "frame") continue;
        for (const mapping of object.mappings) if (mapping.vspace === before) access.set(mapping.vaddr, mapping.access);
      }
      yield* look(contents!, frames, access);
    },
  });
}

describe("elf_load", () => {
  it("puts the file's bytes where they belong, with zeros before and behind them", () => {
    const bytes = pattern(PAGE + 100);
    loaded(
      fileOf({ vaddr: DATA + 0x10, bytes, memory_size: 3 * PAGE, flags: PF_R | PF_W }),
      function* (contents, frames) {
        expect([...contents.pages.keys()]).toEqual([DATA, DATA + PAGE, DATA + 2 * PAGE, DATA + 3 * PAGE]);
        const memory = new Uint8Array(4 * PAGE);
        for (let page = 0; page < 4; page++)
          memory.set(yield* pageAt(contents, DATA + page * PAGE, frames), page * PAGE);
        const expected = new Uint8Array(4 * PAGE);
        expected.set(bytes, 0x10);
        expect(memory).toEqual(expected);
      },
    );
  });

  it("overwrites what a frame held before", () => {
    world({
      *root(_, cspace) {
        const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
        const first = yield* elf_load(
          cspace,
          yield* newVspace(cspace),
          fileOf({ vaddr: DATA, bytes: pattern(PAGE), flags: PF_R }),
          frames,
        );
        yield* elf_unload(cspace, first.contents!, frames);
        const file = fileOf({ vaddr: DATA, bytes: pattern(1), memory_size: 2, flags: PF_R });
        const { contents } = yield* elf_load(cspace, yield* newVspace(cspace), file, frames);
        const expected = new Uint8Array(PAGE);
        expected[0] = pattern(1)[0]!;
        expect(yield* pageAt(contents!, DATA, frames)).toEqual(expected);
      },
    });
  });

  it("maps with the rights of the segment: R or X reads, W writes, neither is everything but execution", () => {
    const segments = [PF_R, PF_X, PF_W, PF_R | PF_W, PF_R | PF_X, 0].map((flags, i) => {
      return { vaddr: DATA + i * PAGE, bytes: pattern(8), flags };
    });
    // biome-ignore lint/correctness/useYield: the kernel is asked, no program
    loaded(fileOf(...segments), function* (_contents, _frames, access) {
      expect([...access.values()]).toEqual(["R", "RX", "RW", "RW", "RX", "RW"]);
    });
  });

  it("two segments that share a page both have their bytes there, and the rights of both", () => {
    const text = { vaddr: DATA, bytes: pattern(100), flags: PF_R | PF_X };
    const data = { vaddr: DATA + 200, bytes: pattern(50, 9), memory_size: PAGE, flags: PF_R | PF_W };
    loaded(fileOf(text, data), function* (contents, frames, access) {
      const expected = new Uint8Array(PAGE);
      expected.set(text.bytes);
      expected.set(data.bytes, 200);
      expect(yield* pageAt(contents, DATA, frames)).toEqual(expected);
      expect([...access]).toEqual([
        [DATA, "RWX"],
        [DATA + PAGE, "RW"],
      ]);
      expect(frames.allocated.length).toBe(2);
    });
  });

  it("loads PT_LOAD and nothing else", () => {
    // biome-ignore lint/correctness/useYield: the kernel is asked, no program
    loaded(fileOf({ vaddr: DATA, bytes: pattern(8), flags: PF_R, type: 4 }), function* (contents) {
      expect(contents.pages.size).toBe(0);
    });
  });

  it("is -1 when something is in the way, or a segment is no user address, and leaves nothing behind", () => {
    world({
      *root(_, cspace, { kernel }) {
        const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
        yield* warm(frames, 4);
        const vspace = yield* newVspace(cspace);
        const file = fileOf({ vaddr: DATA, bytes: pattern(3 * PAGE), flags: PF_R });
        yield* elf_load(cspace, vspace, fileOf({ vaddr: DATA + PAGE, bytes: pattern(1), flags: PF_R }), frames);
        const before = kernel.snapshot();
        const slots = freeSlots(cspace);
        for (const [target, elf] of [
          [vspace, file],
          [vspace, fileOf({ vaddr: seL4_UserTop - 8, bytes: pattern(16), flags: PF_R })],
          [vspace, fileOf({ vaddr: 2 ** 60, bytes: pattern(16), flags: PF_R })],
          [frames.frames[1]!.sos_page as number, file],
        ] as const) {
          expect(yield* elf_load(cspace, target, elf, frames)).toEqual({ error: -1, contents: null });
        }
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        expect(freeSlots(cspace)).toBe(slots);
        expect(frames.allocated.length).toBe(1);
      },
    });
  });

  it("everything is given back by elf_unload; a frame that somebody keeps is named", () => {
    world({
      *root(_, cspace, { kernel }) {
        const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
        yield* warm(frames, 3);
        const vspace = yield* newVspace(cspace);
        const file = fileOf(program_segment(0, TEXT), { vaddr: DATA, bytes: pattern(PAGE + 1), flags: PF_R | PF_W });
        const before = kernel.snapshot();
        const first = yield* elf_load(cspace, vspace, file, frames);
        yield* elf_unload(cspace, first.contents!, frames);
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        expect(frames.allocated.length).toBe(0);

        // The planted bug: the second page is forgotten.
        const { contents } = yield* elf_load(cspace, vspace, file, frames);
        const forgotten = contents!.pages.get(DATA)!;
        contents!.pages.delete(DATA);
        yield* elf_unload(cspace, contents!, frames);
        expect(frames.allocated.length).toBe(1);
        expect(frames.allocated.first).toBe(forgotten.frame);
        const { leaks, text } = findLeaks(kernel, before, { allow: ["untyped"] });
        expect(leaks.map(({ kind }) => kind)).toEqual(["slot"]);
        expect(text).toMatch(new RegExp(`slot 0x${forgotten.cptr.toString(16)} .* still holds a frame capability`));
      },
    });
  });

  /** Four pages, two of them shared by segments, far from each other: four page tables. */
  const work: Work = function* (cspace) {
    const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
    yield* warm(frames, 4);
    const vspace = yield* newVspace(cspace);
    const file = fileOf(
      program_segment(0, TEXT),
      { vaddr: DATA, bytes: pattern(PAGE + 1), flags: PF_R | PF_W },
      { vaddr: 0x20_0000_0000, bytes: pattern(1), flags: PF_R },
    );
    return function* () {
      const { error } = yield* elf_load(cspace, vspace, file, frames);
      expect(frames.free.length + frames.allocated.length).toBe(4);
      if (error !== 0) expect(frames.allocated.length).toBe(0);
      return error === 0;
    };
  };

  it("is -1 when memory or slots run out, whichever allocation it is, and then nothing has changed", () => {
    // Four page tables; in slots, with an untyped each, and four copies of frames' capabilities.
    expect(runOut(work)).toEqual({ pages: 4, slots: 12 });
  });

  it("is -1 when both run out, by seed", () => {
    expect(runOutBySeed(work, 2, 12, { pages: 8, slots: 20 })).toBeGreaterThan(0);
  });

  it("is -1 when frames run out, and those it had go back", () => {
    world({
      *root(_, cspace) {
        const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace, 3);
        const vspace = yield* newVspace(cspace);
        const file = (pages: number) => fileOf({ vaddr: DATA, bytes: pattern(pages * PAGE), flags: PF_R });
        expect((yield* elf_load(cspace, vspace, file(3), frames)).error).toBe(-1);
        expect([frames.free.length, frames.allocated.length]).toEqual([2, 0]);
        expect((yield* elf_load(cspace, vspace, file(2), frames)).error).toBe(0);
      },
    });
  });
});
