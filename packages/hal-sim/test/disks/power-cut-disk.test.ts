import { describe, expect, test } from "vitest";
import { Prng, powerCutDisk } from "../../src/index.js";

const SECTORS = 16;

const filled = (byte: number, sectors = 1): Uint8Array => new Uint8Array(512 * sectors).fill(byte);

/** The first byte of each sector; a sector of several values is one that was torn, which none may be. */
function bytesOf(contents: Uint8Array): number[] {
  return Array.from({ length: contents.length / 512 }, (_, sector) => {
    const [first, ...rest] = new Set(contents.subarray(512 * sector, 512 * (sector + 1)));
    if (rest.length > 0) throw new Error(`sector ${sector} is torn`);
    return first!;
  });
}

describe("A disk of which the power is cut", () => {
  test("is a disk: what was written is read, whether it is stable or not", () => {
    const disk = powerCutDisk(SECTORS * 512);
    disk.write(3, filled(7, 2));
    disk.discard(4, 1);
    const found = filled(9, 3);
    disk.read(3, found);
    expect(bytesOf(found)).toEqual([7, 0, 0]);
    expect(bytesOf(disk.contents()).slice(0, 6)).toEqual([0, 0, 0, 7, 0, 0]);
    expect(disk.events).toBe(2);
  });

  test("keeps its contents and all before the last flush, and loses what it is told to of the rest", () => {
    const disk = powerCutDisk(filled(1, SECTORS));
    disk.write(0, filled(2, 2));
    disk.flush();
    disk.write(1, filled(3, 3));
    disk.discard(0, 1);
    const asked: [number, number][] = [];
    const cut = disk.contentsAfterCut((event, sector) => {
      asked.push([event, sector]);
      return sector === 2;
    });
    expect(asked).toEqual([...[1, 2, 3].map((sector): [number, number] => [2, sector]), [3, 0]]);
    expect(bytesOf(cut)).toEqual([2, 2, 3, ...Array(13).fill(1)]);
    expect(bytesOf(disk.contentsAfterCut(() => false, 1))).toEqual(Array(16).fill(1));
    expect(bytesOf(disk.contentsAfterCut(() => false, 2))).toEqual([2, 2, ...Array(14).fill(1)]);
    expect(bytesOf(disk.contentsAfterCut(() => true, 0))).toEqual(Array(16).fill(1));
    expect(disk.contentsAfterCut(() => true)).toEqual(disk.contents());
  });

  test("may be in every state that the flushes allow, and in no other, at every event of a random run", () => {
    const random = new Prng(4);
    const disk = powerCutDisk(SECTORS * 512);
    // For each sector what it may hold: what it held at the last flush, and all that came since.
    let possible: Set<number>[] = Array.from({ length: SECTORS }, () => new Set([0]));
    let latest: number[] = Array(SECTORS).fill(0);
    const allowed = [possible];
    for (let n = 1; n <= 60; n++) {
      const sector = random.below(SECTORS);
      const count = 1 + random.below(Math.min(4, SECTORS - sector));
      possible = possible.map((values) => new Set(values));
      latest = latest.slice();
      if (random.below(6) === 0) {
        disk.flush();
        possible = latest.map((value) => new Set([value]));
      } else {
        disk.write(sector, filled(n, count));
        for (let s = sector; s < sector + count; s++) {
          possible[s]!.add(n);
          latest[s] = n;
        }
      }
      allowed.push(possible);
    }
    for (const [after, values] of allowed.entries()) {
      const found = values.map(() => new Set<number>());
      for (let seed = 0; seed < 120; seed++) {
        bytesOf(disk.contentsAfterCut(new Prng(seed), after)).forEach((byte, sector) => {
          found[sector]!.add(byte);
        });
      }
      expect(found.map((set) => [...set].toSorted())).toEqual(values.map((set) => [...set].toSorted()));
    }
  });

  test("is the same after a cut of the same seed, and the disk that was cut is not changed by it", () => {
    const disk = powerCutDisk(SECTORS * 512);
    for (let n = 1; n < 10; n++) disk.write(n, filled(n, 3));
    const before = disk.contents();
    const cuts = [1, 1, 2, 3, 4, 5].map((seed) => bytesOf(disk.contentsAfterCut(new Prng(seed))).join());
    expect(cuts[0]).toBe(cuts[1]);
    expect(new Set(cuts).size).toBeGreaterThan(2);
    expect(disk.contents()).toEqual(before);
  });
});
