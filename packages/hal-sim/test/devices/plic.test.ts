import { describe, expect, test } from "vitest";
import { Plic } from "../../src/index.js";

const priority = (irq: number) => 4 * irq;
const PENDING = 0x1000;
const ENABLE = 0x2080;
const THRESHOLD = 0x201000;
const CLAIM = 0x201004;

describe("The PLIC", () => {
  test("interrupts for a source that is pending, enabled and of a priority", () => {
    const plic = new Plic(0xc00_0000, 0x60_0000);
    plic.raise(10);
    expect(plic.line).toBe(false);
    plic.enable(10);
    expect(plic.line).toBe(true);
    plic.disable(10);
    expect(plic.line).toBe(false);
  });

  test("gives a claimed source again only after completion", () => {
    const plic = new Plic(0xc00_0000, 0x60_0000);
    plic.enable(10);
    plic.raise(10);
    expect(plic.claim()).toBe(10);
    expect(plic.line).toBe(false);
    plic.raise(10);
    expect(plic.claim()).toBe(0);
    plic.complete(10);
    expect(plic.claim()).toBe(10);
    plic.complete(10);
    expect(plic.claim()).toBe(0);
  });

  test("claims the highest priority first, and among equals the lowest number", () => {
    const plic = new Plic(0xc00_0000, 0x60_0000);
    for (const irq of [3, 2, 95, 7]) {
      plic.enable(irq);
      plic.raise(irq);
    }
    plic.store(priority(95), 5);
    expect([plic.claim(), plic.claim(), plic.claim(), plic.claim(), plic.claim()]).toEqual([95, 2, 3, 7, 0]);
  });

  test("answers on the bus like that of QEMU's virt machine, supervisor context of hart 0", () => {
    const plic = new Plic(0xc00_0000, 0x60_0000);
    plic.store(priority(33), 3);
    plic.store(ENABLE + 4, 1 << 1);
    plic.raise(33);
    expect(plic.load(priority(33))).toBe(3);
    expect(plic.load(PENDING + 4)).toBe(2);
    expect(plic.load(ENABLE + 4)).toBe(2);
    expect(plic.line).toBe(true);
    plic.store(THRESHOLD, 3);
    expect(plic.line).toBe(false);
    plic.store(THRESHOLD, 2);
    expect(plic.load(CLAIM)).toBe(33);
    expect(plic.load(PENDING + 4)).toBe(0);
    plic.raise(33);
    expect(plic.line).toBe(false);
    plic.store(CLAIM, 33);
    expect(plic.line).toBe(true);
  });

  test("knows no source 0 and none beyond the last", () => {
    const plic = new Plic(0xc00_0000, 0x60_0000);
    for (const irq of [0, 96, 1000]) {
      plic.enable(irq);
      plic.complete(irq);
      plic.store(priority(irq), 7);
    }
    plic.store(ENABLE, 0xffff_ffff);
    plic.store(ENABLE + 8, 0xffff_ffff);
    expect(plic.load(ENABLE)).toBe(0xffff_fffe);
    expect(plic.load(ENABLE + 8)).toBe(0xffff_ffff);
    expect(plic.line).toBe(false);
    expect(plic.sources).toBe(95);
  });
});
