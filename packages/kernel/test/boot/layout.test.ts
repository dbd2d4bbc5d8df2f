import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeLayout, type LayoutInput } from "../../src/boot/layout.js";
import { recordedBlock, recordedDevices, recordedInput, recordedMemory } from "./recorded-layout.js";

const pair = ({ paddr, sizeBits }: { paddr: number; sizeBits: number }) => [paddr, sizeBits];

describe("The layout of the recorded boot", () => {
  const layout = computeLayout(recordedInput);

  it("has the recorded device untypeds, in order", () => {
    expect(layout.untypeds.filter(({ isDevice }) => isDevice).map(pair)).toEqual(recordedDevices);
  });

  it("has the recorded memory behind them, in order", () => {
    expect(layout.untypeds.filter(({ isDevice }) => !isDevice).map(pair)).toEqual(recordedMemory);
    expect(layout.untypeds.findIndex(({ isDevice }) => !isDevice)).toBe(recordedDevices.length);
  });

  it("puts the extra BootInfo in front of the first object that is not larger", () => {
    expect(layout.objects[0]).toBe(recordedBlock);
    expect(layout.extraBootInfo).toBe(recordedBlock + 0x40000);
    expect(layout.objects.slice(1).map((paddr) => paddr - recordedBlock)).toEqual([
      0x42000, 0x43000, 0x44000, 0x45000, 0x46000, 0x47000, 0x48000, 0x48800,
    ]);
  });
});

describe("computeLayout", () => {
  /** Machines of any even size, images of any length. */
  const inputs = fc
    .record({ ramPages: fc.integer({ min: 1100, max: 300_000 }), imagePages: fc.integer({ min: 1, max: 100 }) })
    .map(({ ramPages, imagePages }): LayoutInput => {
      const { userImage, ram } = recordedInput;
      return {
        ...recordedInput,
        ram: { start: ram.start, end: ram.start + ramPages * 4096 },
        userImage: { start: userImage.start, end: userImage.start + imagePages * 4096 },
      };
    });

  it("gives out blocks that are aligned, disjoint and apart from everything reserved", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { untypeds, objects } = computeLayout(input);
        const taken = untypeds.map(({ paddr, sizeBits }) => ({ start: paddr, end: paddr + 2 ** sizeBits }));
        for (const { start, end } of taken) expect(start % (end - start)).toBe(0);
        const bootCode = input.bootCode;
        const kernel = { start: bootCode.end, end: input.kernelImage.end };
        taken.push(...input.kernelDevices, kernel, input.deviceTree, input.userImage);
        objects.forEach((start, i) => {
          taken.push({ start, end: start + (input.objectBytes[i] as number) });
        });
        taken.sort((a, b) => a.start - b.start);
        for (let i = 1; i < taken.length; i++) expect(taken[i]!.start).toBeGreaterThanOrEqual(taken[i - 1]!.end);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("loses less than 16 bytes at each gap of RAM", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { untypeds } = computeLayout(input);
        const given = untypeds.reduce((sum, u) => sum + (u.isDevice ? 0 : 2 ** u.sizeBits), 0);
        const ram = input.ram.end - input.firmware.end;
        const objects = input.objectBytes.reduce((sum, bytes) => sum + bytes, input.extraBootInfoBytes);
        const kernel = input.kernelImage.end - input.bootCode.end;
        const user = input.userImage.end - input.userImage.start;
        const lost = ram - given - objects - kernel - user - (input.deviceTree.end - input.deviceTree.start);
        expect(lost).toBeGreaterThanOrEqual(0);
        expect(lost).toBeLessThan(16 * 5);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it("refuses a machine whose last free region does not hold the boot objects", () => {
    const ram = { start: 0x80000000, end: 0x80260000 };
    expect(() => computeLayout({ ...recordedInput, ram })).toThrow(/too little RAM/);
  });
});
