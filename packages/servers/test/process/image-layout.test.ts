/** Where segments go, against a memory of single bytes that is filled as the format says. */
import { Prng } from "@tessera/hal-sim";
import { type elf_program_header_t, PF_R, PF_W, PF_X, PT_LOAD } from "@tessera/ut-alloc";
import { describe, expect, it } from "vitest";
import { layOut } from "../../src/process/image-layout.js";

const PAGE = 4096;
const BELOW = 2 ** 30;
const FILE_BYTES = 40_000;

const segment = (
  vaddr: number,
  memory_size: number,
  options: Partial<elf_program_header_t> = {},
): elf_program_header_t => {
  return { type: PT_LOAD, flags: PF_R | PF_W, offset: 0, file_size: 0, vaddr, memory_size, ...options };
};
/** A text at `vaddr`, to begin in. */
const text = (vaddr: number, bytes = PAGE) => {
  return segment(vaddr, bytes, { flags: PF_R | PF_X, offset: 0x1000, file_size: bytes });
};

/** What the byte of the file at `offset` is; nothing is zero but what lies behind its end. */
const fileByte = (offset: number) => (offset < FILE_BYTES ? 1 + (offset % 251) : 0);

/** Memory by address, as a layout fills it. */
function filled(headers: readonly elf_program_header_t[], entry: number) {
  const layout = layOut(headers, entry, BELOW);
  if (typeof layout === "string") throw new Error(layout);
  const memory = new Map<number, { byte: number; access: string }>();
  const put = (address: number, byte: number, access: string) => {
    if (memory.has(address)) throw new Error(`two things lie at ${address}`);
    memory.set(address, { byte, access });
  };
  for (const { address, bytes, offset, access } of layout.files) {
    expect(offset).toBeGreaterThanOrEqual(0);
    for (let i = 0; i < bytes; i++) put(address + i, fileByte(offset + i), access);
  }
  for (const { address, bytes, access } of layout.zeroes) {
    for (let i = 0; i < bytes; i++) put(address + i, 0, access);
  }
  for (const { address, bytes, offset } of layout.patches) {
    for (let i = 0; i < bytes; i++) {
      const there = memory.get(address + i);
      if (there?.byte !== 0) throw new Error(`what is written to ${address + i} is not zero`);
      memory.set(address + i, { byte: fileByte(offset + i), access: there.access });
    }
  }
  for (const { address, bytes } of [...layout.files, ...layout.zeroes])
    expect([address % PAGE, bytes % PAGE]).toEqual([0, 0]);
  return { layout, memory };
}

/** Segments that a linker might write, and some that none would. */
function randomSegments(prng: Prng): elf_program_header_t[] {
  const segments: elf_program_header_t[] = [];
  for (let at = 0x1_0000 + prng.below(PAGE), i = 0; i < 1 + prng.below(5); i++) {
    const memory_size = 1 + prng.below(3 * PAGE);
    const file_size = prng.below(3) === 0 ? memory_size : prng.below(memory_size + 1);
    const offset = prng.below(FILE_BYTES - file_size);
    const flags = i === 0 ? PF_R | PF_X : prng.below(8);
    segments.push({ type: PT_LOAD, flags, offset, file_size, vaddr: at, memory_size });
    at += memory_size + prng.below(prng.below(2) === 0 ? 200 : 3 * PAGE);
  }
  return segments;
}

describe("Segments", () => {
  it.each(Array.from({ length: 20 }, (_, i) => i + 1))("lie where the format says, byte by byte (seed %i)", (seed) => {
    const prng = new Prng(seed);
    for (let round = 0; round < 10; round++) {
      const segments = randomSegments(prng);
      const { memory, layout } = filled(segments, (segments[0] as elf_program_header_t).vaddr);
      for (const { vaddr, memory_size, file_size, offset, flags } of segments) {
        const may = (flags & 7) === 0 ? PF_R | PF_W : flags;
        const wrong = Array.from({ length: memory_size }, (_, i) => i).filter((i) => {
          const there = memory.get(vaddr + i);
          const mayWrite = there?.access.includes("w") || (may & PF_W) === 0;
          const mayExecute = there?.access.includes("x") || (may & PF_X) === 0;
          return there?.byte !== (i < file_size ? fileByte(offset + i) : 0) || !mayWrite || !mayExecute;
        });
        expect(wrong, `seed ${seed}, bytes of the segment at ${vaddr}`).toEqual([]);
      }
      // Nothing lies where no segment has a page, and only pages that are shared may do more than their segment.
      for (let page = 0x1_0000; page < layout.end + PAGE; page += PAGE) {
        const here = segments.filter((one) => one.vaddr < page + PAGE && one.vaddr + one.memory_size > page);
        expect(memory.has(page), `page ${page}`).toBe(here.length > 0);
        const any = (flag: number) => here.some(({ flags }) => ((flags & 7 || PF_R | PF_W) & flag) !== 0);
        const access = memory.get(page)?.access ?? "";
        expect([access.includes("w"), access.includes("x")], `page ${page}`).toEqual([any(PF_W), any(PF_X)]);
      }
      const made = layout.patches.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(made).toBeLessThanOrEqual(2 * segments.length * PAGE);
    }
  });

  it("that are whole pages of the file are taken from it as they are", () => {
    const layout = layOut(
      [text(0x1_0000, 3 * PAGE), segment(0x2_0000, 2 * PAGE, { offset: 0x4000, file_size: PAGE })],
      0x1_0000,
      BELOW,
    );
    expect(layout).toEqual({
      files: [
        { address: 0x1_0000, bytes: 3 * PAGE, offset: 0x1000, access: "rx" },
        { address: 0x2_0000, bytes: PAGE, offset: 0x4000, access: "rw" },
      ],
      zeroes: [{ address: 0x2_1000, bytes: PAGE, access: "rw" }],
      patches: [],
      end: 0x2_2000,
    });
  });

  it.each<[string, elf_program_header_t[], number, string]>([
    ["there are none of", [], 0, "it has nothing to load"],
    ["of no bytes", [segment(0x1_0000, 0)], 0x1_0000, "it has nothing to load"],
    ["of another type", [{ ...text(0x1_0000), type: 2 }], 0x1_0000, "it has nothing to load"],
    ["at address 0", [text(0)], 0, "a segment lies at 0x0 to 0x1000, outside of a process"],
    ["on the first page", [text(4095)], 4095, "a segment lies at 0xfff to 0x1fff, outside of a process"],
    [
      "behind the end",
      [text(BELOW - PAGE + 1)],
      BELOW - PAGE + 1,
      "a segment lies at 0x3ffff001 to 0x40000001, outside of a process",
    ],
    [
      "beyond all numbers",
      [text(2 ** 64 - 4096)],
      0,
      "a segment lies at 0xfffffffffffff000 to 0x10000000000000000, outside of a process",
    ],
    [
      "without end",
      [segment(0x1_0000, 2 ** 64)],
      0,
      "a segment lies at 0x10000 to 0x10000000000010000, outside of a process",
    ],
    ["that overlap", [text(0x1_0000), segment(0x1_0fff, 1)], 0x1_0000, "two segments lie at 0x10fff"],
    ["that are the same", [text(0x1_0000), text(0x1_0000)], 0x1_0000, "two segments lie at 0x10000"],
    [
      "too many of",
      Array.from({ length: 17 }, (_, i) => text(0x1_0000 * (i + 1))),
      0x1_0000,
      "it has 17 segments, more than 16",
    ],
    [
      "none of which is where it begins",
      [text(0x1_0000)],
      0x1_1000,
      "it begins at 0x11000, where nothing may be executed",
    ],
    [
      "where it begins that is data",
      [segment(0x1_0000, PAGE)],
      0x1_0000,
      "it begins at 0x10000, where nothing may be executed",
    ],
  ])("%s are refused", (_, headers, entry, why) => {
    expect(layOut(headers, entry, BELOW)).toBe(why);
  });
});
