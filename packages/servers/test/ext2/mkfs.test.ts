/** New volumes: they are what the tools of others take for a file system in order. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  DiskFault,
  finish,
  type Geometry,
  MemorySectors,
  mkfs,
  parseVolume,
  SUPERBLOCK_AT,
  SUPERBLOCK_BYTES,
} from "../../src/ext2/index.js";
import { complaintsOf, itWithTools, must, saveImage, scratchFolder } from "./e2fsprogs.js";

const KIB = 1024;
const MIB = 1024 * KIB;
const NOW_US = 1_700_000_000_123_456;

function made(disk: MemorySectors, options: Partial<Parameters<typeof mkfs>[1]> = {}): Geometry {
  const geometry = finish(mkfs(disk, { seed: 1, nowUs: NOW_US, ...options }));
  if (typeof geometry === "string") throw new Error(geometry);
  return geometry;
}

function headOf(disk: MemorySectors) {
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  finish(disk.read(SUPERBLOCK_AT / 512, bytes));
  return parseVolume(bytes, disk.sectors);
}

describe("mkfs", () => {
  const folder = scratchFolder();
  const sizes = [64, 100, 128, 1000, 8 * KIB, 8 * KIB + 3, 16 * KIB + 20, 40 * KIB, 130 * KIB, 257 * KIB, 1024 * KIB];
  const shapes = sizes.flatMap((kib) =>
    [1024, 2048, 4096].map((blockBytes) => ({ kib, blockBytes, inodeBytes: kib % 3 === 0 ? 128 : 256 })),
  );
  const isLargeEnough = ({ kib, blockBytes }: { kib: number; blockBytes: number }) => (kib * KIB) / blockBytes >= 50;

  itWithTools.each(shapes.filter(isLargeEnough))(
    "makes $kib KiB in blocks of $blockBytes bytes, inodes of $inodeBytes, and e2fsck finds nothing wrong",
    ({ kib, blockBytes, inodeBytes }) => {
      const disk = new MemorySectors(kib * KIB);
      const path = join(folder, "new.img");
      made(disk, { blockBytes, inodeBytes, blank: true });
      saveImage(disk, path);
      expect(complaintsOf(path)).toBe("");
      expect(must("debugfs", ["-R", "ls -p /", path])).toContain("/lost+found/");
    },
  );

  it("a disk that was full of something else is one afterwards, too", () => {
    const disk = new MemorySectors(new Uint8Array(4 * MIB).fill(0xa5));
    made(disk, { label: "after" });
    expect(headOf(disk)).toMatchObject({ readOnly: null, superblock: { label: "after" } });
  });

  itWithTools("e2fsck agrees, and finds the copies", () => {
    const disk = new MemorySectors(new Uint8Array(40 * MIB).fill(0xa5));
    made(disk, { blockBytes: 1024 });
    const path = join(folder, "old.img");
    saveImage(disk, path);
    expect(complaintsOf(path)).toBe("");
    must("e2fsck", ["-fn", "-b", "24577", "-B", "1024", path]);
  });

  it("has as many inodes as were asked for, at least, and other ids for another seed", () => {
    const [one, other] = [new MemorySectors(MIB), new MemorySectors(MIB)];
    expect(made(one, { inodes: 1000 }).inodes).toBeGreaterThanOrEqual(1000);
    made(other, { inodes: 1000, seed: 2 });
    const ids = [one, other].map((disk) => {
      const head = headOf(disk);
      return typeof head === "string" ? head : [...head.superblock.uuid].join();
    });
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("refuses what cannot be, and writes nothing then", () => {
    const refused = (bytes: number, options: Partial<Parameters<typeof mkfs>[1]>) => {
      const disk = new MemorySectors(bytes);
      const said = finish(mkfs(disk, { seed: 1, nowUs: 0, ...options }));
      expect(disk.traffic.written).toBe(0);
      return said;
    };
    expect(refused(0, {})).toBe("a disk of no blocks has no room for files");
    expect(refused(20 * KIB, {})).toBe("a disk of 20480 bytes has no room for files beside the books of them");
    expect(refused(MIB, { blockBytes: 512 })).toBe("blocks of 512 bytes are not made; 1, 2 and 4 KiB are");
    expect(refused(MIB, { inodeBytes: 64 })).toBe("inodes of 64 bytes are not made; 128 and 256 are");
    expect(refused(MIB, { inodes: 1e6 })).toBe("1000000 inodes are more than 1 groups can have");
    expect(refused(MIB, { inodes: 8000 })).toBe(
      "8000 inodes and the books of 1024 blocks need more than the 1023 blocks of a group",
    );
    expect(refused(MIB, { label: "longer than sixteen" })).toBe("a label has at most 16 bytes");
  });

  it("a disk that fails before the end has no file system", () => {
    const whole = new MemorySectors(MIB);
    made(whole);
    for (let writes = 0; ; writes++) {
      const disk = new MemorySectors(MIB);
      made(disk, { label: "before" });
      let left = writes;
      const failing = {
        sectors: disk.sectors,
        writable: true,
        read: (sector: number, into: Uint8Array) => disk.read(sector, into),
        write: (sector: number, from: Uint8Array) => {
          if (left-- > 0) return disk.write(sector, from);
          throw new DiskFault("write", sector, from.length / 512, "worn out");
        },
        barrier: () => disk.barrier(),
        flush: () => disk.flush(),
        discard: (sector: number, count: number) => disk.discard(sector, count),
      };
      try {
        finish(mkfs(failing, { seed: 1, nowUs: NOW_US }));
        return expect(writes).toBeGreaterThan(8);
      } catch (error) {
        expect(error).toBeInstanceOf(DiskFault);
        if (writes > 0) expect(headOf(disk)).toContain("there is no ext2 file system");
      }
    }
  });
});
