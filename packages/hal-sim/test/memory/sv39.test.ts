import { describe, expect, test } from "vitest";
import { PAGE_BYTES, PhysicalMemory, Pte } from "../../src/index.js";
import { Cause } from "../../src/isa/index.js";
import { Mmu } from "../../src/memory/mmu.js";
import { Access } from "../../src/memory/sv39.js";

const BASE = 0x8000_0000;
const ROOT = BASE + 0x10000;
const MIDDLE = ROOT + PAGE_BYTES;
const LEAF = MIDDLE + PAGE_BYTES;
const FRAME = BASE + 0x20_0000;
const ALL = Pte.V | Pte.R | Pte.W | Pte.X | Pte.U | Pte.A | Pte.D;
const MEGA = 2 ** 21;
const GIGA = 2 ** 30;

class Tables {
  readonly memory = new PhysicalMemory(BASE, 16 * 2 ** 20);
  readonly mmu = new Mmu(this.memory);

  constructor() {
    this.mmu.root = ROOT;
    this.write(ROOT, 1, MIDDLE, Pte.V);
    this.write(MIDDLE, 2, LEAF, Pte.V);
  }

  write(table: number, slot: number, paddr: number, flags: number, high = 0): void {
    const at = this.memory.index(table) + 2 * slot;
    const frame = paddr / PAGE_BYTES;
    this.memory.words[at] = (frame << 10) | flags;
    this.memory.words[at + 1] = Math.floor(frame / 2 ** 22) | high;
  }

  /** Map the page that `VADDR` is on. */
  map(flags: number, paddr = FRAME): void {
    this.write(LEAF, 3, paddr, flags);
  }

  /** The causes of a load, a store and a fetch at VADDR; 0 = allowed. */
  outcome(vaddr = VADDR): number[] {
    return [Access.Load, Access.Store, Access.Fetch].map((access) => {
      this.mmu.fence();
      return this.mmu.translate(vaddr, access) >= 0 ? 0 : this.mmu.fault(access);
    });
  }
}

const VADDR = GIGA + 2 * MEGA + 3 * PAGE_BYTES + 0x128;
const { LoadPageFault: L, StorePageFault: S, InstructionPageFault: I } = Cause;

describe("Sv39", () => {
  test("A page of three levels translates, offset included", () => {
    const tables = new Tables();
    tables.map(ALL);
    expect(tables.mmu.translate(VADDR, Access.Load)).toBe(FRAME + 0x128);
  });

  test.each([
    ["everything", ALL, [0, 0, 0]],
    ["R alone", Pte.V | Pte.R | Pte.U | Pte.A | Pte.D, [0, S, I]],
    ["R and W", Pte.V | Pte.R | Pte.W | Pte.U | Pte.A | Pte.D, [0, 0, I]],
    ["X alone", Pte.V | Pte.X | Pte.U | Pte.A | Pte.D, [L, S, 0]],
    ["W without R, which is reserved", ALL & ~Pte.R, [L, S, I]],
    ["no U: a page of the kernel", ALL & ~Pte.U, [L, S, I]],
    ["A clear", ALL & ~Pte.A, [L, S, I]],
    ["D clear", ALL & ~Pte.D, [0, S, 0]],
    ["V clear", ALL & ~Pte.V, [L, S, I]],
    ["a pointer where only leaves can be", Pte.V, [L, S, I]],
  ])("An entry with %s allows what it should", (_, flags, expected) => {
    const tables = new Tables();
    tables.map(flags);
    expect(tables.outcome()).toEqual(expected);
  });

  test("Reserved high bits, and A, D or U in a pointer, are page faults", () => {
    const tables = new Tables();
    tables.write(LEAF, 3, FRAME, ALL, 1 << 30);
    expect(tables.outcome()).toEqual([L, S, I]);
    tables.map(ALL);
    for (const bit of [Pte.A, Pte.D, Pte.U]) {
      tables.write(MIDDLE, 2, LEAF, Pte.V | bit);
      expect(tables.outcome()).toEqual([L, S, I]);
    }
  });

  test("Superpages of 2 MiB and 1 GiB translate every page in them; out of line they are page faults", () => {
    const tables = new Tables();
    tables.write(MIDDLE, 2, BASE + 4 * MEGA, ALL);
    expect(tables.mmu.translate(VADDR, Access.Store)).toBe(BASE + 4 * MEGA + 3 * PAGE_BYTES + 0x128);
    tables.write(MIDDLE, 2, BASE + 4 * MEGA + PAGE_BYTES, ALL);
    expect(tables.outcome()).toEqual([L, S, I]);
    tables.write(ROOT, 1, 2 * GIGA, ALL);
    tables.mmu.fence();
    expect(tables.mmu.translate(VADDR, Access.Fetch)).toBe(VADDR + GIGA);
    tables.write(ROOT, 1, 2 * GIGA + MEGA, ALL);
    expect(tables.outcome()).toEqual([L, S, I]);
  });

  test("Addresses that are not user space are page faults", () => {
    const tables = new Tables();
    tables.map(ALL);
    for (const vaddr of [2 ** 38, 2 ** 38 + VADDR, 2 ** 64 - PAGE_BYTES])
      expect(tables.outcome(vaddr)).toEqual([L, S, I]);
  });

  test("A table outside RAM is an access fault, and so is a page beyond physical memory", () => {
    const { LoadAccess, StoreAccess, InstructionAccess } = Cause;
    const tables = new Tables();
    tables.write(ROOT, 1, 0x1000_0000, Pte.V);
    expect(tables.outcome()).toEqual([LoadAccess, StoreAccess, InstructionAccess]);
    tables.write(ROOT, 1, MIDDLE, Pte.V);
    tables.map(ALL, 2 ** 39);
    expect(tables.outcome()).toEqual([LoadAccess, StoreAccess, InstructionAccess]);
  });
});

describe("The TLB", () => {
  test("keeps a translation until a fence", () => {
    const tables = new Tables();
    tables.map(ALL);
    tables.mmu.translate(VADDR, Access.Load);
    tables.map(0);
    expect(tables.mmu.translate(VADDR, Access.Load)).toBe(FRAME + 0x128);
    tables.mmu.fence();
    expect(tables.mmu.translate(VADDR, Access.Load)).toBe(-1);
  });

  test("sees permissions that were added without a fence", () => {
    const tables = new Tables();
    tables.map(ALL & ~Pte.W);
    expect(tables.mmu.translate(VADDR, Access.Load)).toBe(FRAME + 0x128);
    expect(tables.mmu.translate(VADDR, Access.Store)).toBe(-1);
    tables.map(ALL);
    expect(tables.mmu.translate(VADDR, Access.Store)).toBe(FRAME + 0x128);
  });

  test("keeps address spaces apart by their root", () => {
    const tables = new Tables();
    tables.map(ALL);
    const other = BASE + 0x8_0000;
    expect(tables.mmu.translate(VADDR, Access.Load)).toBeGreaterThan(0);
    tables.mmu.root = other;
    expect(tables.mmu.translate(VADDR, Access.Load)).toBe(-1);
    tables.mmu.root = ROOT;
    expect(tables.mmu.translate(VADDR, Access.Load)).toBe(FRAME + 0x128);
  });

  test("translates pages that share an entry in turn", () => {
    const tables = new Tables();
    for (let slot = 0; slot < 512; slot++) tables.write(LEAF, slot, FRAME + slot * PAGE_BYTES, ALL);
    const page = (n: number) => GIGA + 2 * MEGA + n * PAGE_BYTES;
    tables.write(MIDDLE, 6, LEAF, Pte.V);
    for (const n of [0, 5, 511, 0, 511]) {
      expect(tables.mmu.translate(page(n), Access.Load)).toBe(FRAME + n * PAGE_BYTES);
      expect(tables.mmu.translate(page(n) + 4 * MEGA, Access.Load)).toBe(FRAME + n * PAGE_BYTES);
    }
  });
});

describe("Physical memory", () => {
  test("Bytes and words are the same memory, little-endian", () => {
    const { memory } = new Tables();
    memory.writeBytes(FRAME, Uint8Array.of(1, 2, 3, 4));
    expect(memory.words[memory.index(FRAME)]).toBe(0x04030201);
    const back = new Uint8Array(3);
    memory.readBytes(FRAME + 1, back);
    expect([...back]).toEqual([2, 3, 4]);
  });

  test("Short and long copies and clearing stay inside their range", () => {
    const { memory } = new Tables();
    const at = memory.index(FRAME);
    for (let i = 0; i < 100; i++) memory.words[at + i] = i + 1;
    memory.copyWords(at + 200, at, 5);
    memory.copyWords(at + 300, at, 50);
    memory.zero(FRAME + 4, 8);
    const words = (from: number, count: number) => Array.from({ length: count }, (_, i) => memory.words[at + from + i]);
    expect(words(200, 6)).toEqual([1, 2, 3, 4, 5, 0]);
    expect(words(349, 2)).toEqual([50, 0]);
    expect(words(0, 4)).toEqual([1, 0, 0, 4]);
  });

  test("What contains means: whole ranges in RAM, and nothing else", () => {
    const memory = new PhysicalMemory(BASE, PAGE_BYTES);
    expect(memory.contains(BASE, PAGE_BYTES)).toBe(true);
    expect(memory.contains(BASE + 1, PAGE_BYTES)).toBe(false);
    expect(memory.contains(BASE - 1, 1)).toBe(false);
  });
});
