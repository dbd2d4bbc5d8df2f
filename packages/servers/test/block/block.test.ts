/** What clients of a disk see, and what the device is asked for it. */
import { describe, expect, it } from "vitest";
import { must, SECTOR_BYTES } from "../../src/index.js";
import { pattern, runDisk, toldDisk } from "./system.js";

const KIB = 1024;

describe("A disk", () => {
  it("is read as it is, and what is written is read back, and is on it after a flush", () => {
    const contents = pattern(256, 1);
    const disk = toldDisk(contents);
    const seen: unknown[] = [];
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      seen.push(must(yield* user.disk.geometry()));
      expect(yield* user.read(3, 20)).toEqual(contents.subarray(3 * 512, 23 * 512));
      expect(yield* user.write(5, pattern(9, 2))).toBeNull();
      expect(yield* user.read(5, 9)).toEqual(pattern(9, 2));
      expect(yield* user.read(4, 1)).toEqual(contents.subarray(4 * 512, 5 * 512));
      expect(disk.told.filter((what) => what.startsWith("w"))).toEqual([]);
      expect(yield* user.flush()).toBeNull();
      const after = contents.slice();
      after.set(pattern(9, 2), 5 * SECTOR_BYTES);
      expect(disk.memory.contents()).toEqual(after);
      expect(disk.told.at(-1)).toBe("f");
    });
    expect(seen).toEqual([{ error: null, sectors: 256, writable: true, discards: true }]);
  });

  it("what nobody flushes is on it within a second", () => {
    const disk = toldDisk(64 * KIB);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.write(0, pattern(1, 3))).toBeNull();
    });
    expect(disk.told).toEqual(["w 0+1"]);
    expect(disk.memory.contents().subarray(0, 512)).toEqual(pattern(1, 3));
  });
});
