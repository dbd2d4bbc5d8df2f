/** The codecs of the format, by themselves and on images that others have made. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  beginDirectory,
  checkEntries,
  checkInode,
  clearEntries,
  countClear,
  EntryType,
  entriesOf,
  entryBytes,
  findClear,
  findEntry,
  Geometry,
  Inode,
  inodePlace,
  insertEntry,
  isSet,
  mostFileBytes,
  parseGroups,
  parseVolume,
  pathTo,
  ROOT_INODE,
  removeEntry,
  SUPERBLOCK_AT,
  SUPERBLOCK_BYTES,
  setBits,
} from "../../src/ext2/index.js";
import { itWithTools, must, scratchFolder } from "./e2fsprogs.js";

const GEOMETRY = new Geometry({
  blockBytes: 1024,
  blocks: 8192,
  firstDataBlock: 1,
  blocksPerGroup: 8192,
  inodesPerGroup: 1024,
  inodeBytes: 128,
  firstInode: 11,
  reservedGdtBlocks: 0,
  sparse: true,
});

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (name: Uint8Array) => new TextDecoder().decode(name);

describe("bitmaps", () => {
  it("bits that are set by range are those of the range", () => {
    for (const [from, end] of [
      [0, 0],
      [3, 5],
      [3, 8],
      [7, 33],
      [8, 64],
      [1, 63],
    ] as const) {
      const bits = new Uint8Array(8);
      setBits(bits, from, end);
      for (let index = 0; index < 64; index++) expect(isSet(bits, index)).toBe(index >= from && index < end);
      expect(countClear(bits, 64)).toBe(64 - (end - from));
      expect(findClear(bits, from, 64)).toBe(end === 64 ? -1 : end);
    }
  });
});

describe("pointers", () => {
  it("the ways to all blocks of a file are in order and none is there twice", () => {
    const perBlock = 4;
    const ways: number[][] = [];
    for (let logical = 0; ; logical++) {
      const way = pathTo(logical, perBlock);
      if (way === null) break;
      ways.push(way);
    }
    expect(ways).toHaveLength(12 + 4 + 16 + 64);
    const order = (a: number[], b: number[]) => a.findIndex((step, index) => step !== b[index]);
    for (let index = 1; index < ways.length; index++) {
      const [before, after] = [ways[index - 1]!, ways[index]!];
      const place = order(before, after);
      expect(after[place]!).toBe(before[place]! + 1);
    }
  });

  it("a file of 4 KiB blocks stays below the 2 TiB that its count of sectors can say", () => {
    expect(mostFileBytes(1024)).toBe((12 + 256 + 256 ** 2 + 256 ** 3) * 1024);
    expect(mostFileBytes(4096)).toBeLessThan(2 ** 41);
  });
});

describe("inodes", () => {
  it.each([
    { inodeBytes: 256, us: 1_700_000_000_123_456, read: 1_700_000_000_123_456 },
    { inodeBytes: 256, us: 5_000_000_000_999_999, read: 5_000_000_000_999_999 },
    { inodeBytes: 256, us: -1, read: -1 },
    { inodeBytes: 256, us: 2 ** 53, read: 2 ** 53 },
    { inodeBytes: 256, us: 20_000_000_000_000_000, read: (2 ** 34 - 2 ** 31 - 1) * 1e6 },
    { inodeBytes: 128, us: 1_700_000_000_123_456, read: 1_700_000_000_000_000 },
    { inodeBytes: 128, us: 5_000_000_000_999_999, read: (2 ** 31 - 1) * 1e6 },
  ])("$us microseconds are $read in an inode of $inodeBytes bytes", ({ inodeBytes, us, read }) => {
    const inode = new Inode(new Uint8Array(512), 256, inodeBytes);
    inode.begin({ kind: "file", permissions: 0o644, uid: 70_000, gid: 3, nowUs: 0, generation: 9 });
    inode.modifiedUs = us;
    expect(inode.modifiedUs).toBe(read);
    expect(inode).toMatchObject({ uid: 70_000, gid: 3, permissions: 0o644, generation: 9, accessedUs: 0 });
  });

  it("a file has a size beyond 32 bits, and what it says has to make sense", () => {
    const inode = new Inode(new Uint8Array(256), 0, 256);
    inode.begin({ kind: "file", permissions: 0o644, uid: 0, gid: 0, nowUs: 0, generation: 0 });
    inode.size = 10_000_000_000;
    expect(inode.size).toBe(10_000_000_000);
    expect(checkInode(inode, GEOMETRY)).toBeNull();
    inode.setPointer(13, 8192);
    expect(checkInode(inode, GEOMETRY)).toBe(
      "a block of numbers (13) is said to be 8192, which the volume does not have",
    );
    inode.mode = 0o030644;
    expect(checkInode(inode, GEOMETRY)).toBe("its mode 30644 says nothing known");
  });
});

describe("entries of directories", () => {
  it("fill their block whatever is inserted and removed, and are found as long as they are there", () => {
    const block = new Uint8Array(1024);
    clearEntries(block);
    const model = new Map<string, number>();
    let state = 7;
    const draw = (bound: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 16) % bound;
    };
    for (let step = 0; step < 2000; step++) {
      const name = `${draw(40)}`.padEnd(1 + draw(60), "x");
      const found = findEntry(block, bytes(name));
      expect(found?.inode).toBe(model.get(name));
      if (found !== null) {
        removeEntry(block, found.at);
        model.delete(name);
      } else if (insertEntry(block, 11 + draw(100), EntryType.file, bytes(name))) {
        model.set(name, findEntry(block, bytes(name))!.inode);
      } else {
        const free = [...entriesOf(block)].map((e) => e.bytes - (e.inode === 0 ? 0 : entryBytes(e.name.length)));
        expect(Math.max(...free)).toBeLessThan(entryBytes(name.length));
      }
      expect(checkEntries(block, GEOMETRY)).toBeNull();
    }
    const left = [...entriesOf(block)].filter(({ inode }) => inode !== 0).map(({ name }) => text(name));
    expect(left.sort()).toEqual([...model.keys()].sort());
  });

  it("what does not fill the block, names no inode or has no name is told", () => {
    const spoiled = (change: (block: Uint8Array) => void) => {
      const block = new Uint8Array(1024);
      beginDirectory(block, 2, 2, EntryType.directory);
      change(block);
      return checkEntries(block, GEOMETRY);
    };
    expect(spoiled(() => {})).toBeNull();
    expect(spoiled((block) => block.fill(0))).toBe("the entry at byte 0 is said to have 0 bytes");
    expect(spoiled((block) => block.fill(0xff, 16, 18))).toBe("the entry at byte 12 is said to have 65535 bytes");
    expect(spoiled((block) => block.fill(0xff, 17, 18))).toBe("the entry at byte 12 goes beyond its block");
    expect(spoiled((block) => block.fill(9, 6, 7))).toBe("the entry at byte 0 has no room for its name of 9 bytes");
    expect(spoiled((block) => block.fill(9, 1, 2))).toBe(
      "the entry at byte 0 names inode 2306, which the volume does not have",
    );
    expect(spoiled((block) => block.fill(0, 18, 19))).toBe("the entry at byte 12 has no name");
    expect(spoiled((block) => block.fill(0x2f, 20, 21))).toBe('the entry at byte 12 has a zero or a "/" in its name');
    expect(spoiled((block) => block.set([0xec, 3], 16))).toBe("no entry fits at byte 1016");
  });
});

describe("images of mke2fs", () => {
  const folder = scratchFolder();

  itWithTools.each([
    { blockBytes: 1024, inodeBytes: 128, size: "20M" },
    { blockBytes: 2048, inodeBytes: 256, size: "20M" },
    { blockBytes: 4096, inodeBytes: 256, size: "200M" },
  ])("of blocks of $blockBytes bytes are divided as it says", ({ blockBytes, inodeBytes, size }) => {
    const path = join(folder, `${blockBytes}.img`);
    const options = ["-b", `${blockBytes}`, "-I", `${inodeBytes}`, "-L", "harvest"];
    must("mke2fs", ["-q", "-F", "-t", "ext2", ...options, path, size]);
    const image = readFileSync(path);
    const head = parseVolume(image.subarray(SUPERBLOCK_AT, SUPERBLOCK_AT + SUPERBLOCK_BYTES), image.length / 512);
    if (typeof head === "string") throw new Error(head);
    const { geometry, superblock } = head;
    expect(head.readOnly).toBeNull();
    expect(superblock.label).toBe("harvest");
    expect(geometry).toMatchObject({ blockBytes, inodeBytes, inodes: superblock.inodes });

    const table = image.subarray(
      (geometry.firstDataBlock + 1) * blockBytes,
      (geometry.firstDataBlock + 2) * blockBytes,
    );
    const groups = parseGroups(table, geometry);
    if (typeof groups === "string") throw new Error(groups);
    const dump = must("dumpe2fs", [path]);
    const said = [...dump.matchAll(/Inode table at (\d+)-(\d+)/g)].map(([, first, last]) => [
      Number(first),
      Number(last),
    ]);
    expect(groups.map(({ inodeTable: at }) => [at, at + geometry.inodeTableBlocks - 1])).toEqual(said);
    const free = groups.map((group, number) => {
      const bits = image.subarray(group.blockBitmap * blockBytes, (group.blockBitmap + 1) * blockBytes);
      return countClear(bits, geometry.blocksOf(number));
    });
    expect(groups.map(({ freeBlocks }) => freeBlocks)).toEqual(free);
    expect(free.reduce((sum, count) => sum + count)).toBe(superblock.freeBlocks);

    const { block, at } = inodePlace(ROOT_INODE, geometry, groups);
    const root = new Inode(image, block * blockBytes + at, inodeBytes);
    expect(root).toMatchObject({ kind: "directory", links: 3, size: blockBytes });
    expect(checkInode(root, geometry)).toBeNull();
    const entries = image.subarray(root.pointer(0) * blockBytes, (root.pointer(0) + 1) * blockBytes);
    expect(checkEntries(entries, geometry)).toBeNull();
    expect([...entriesOf(entries)].map(({ name }) => text(name))).toEqual([".", "..", "lost+found"]);
  });

  itWithTools("of features that are not known are refused, or only read, with a sentence", () => {
    const path = join(folder, "features.img");
    const parsed = (features: string) => {
      must("mke2fs", ["-q", "-F", "-t", "ext2", "-O", features, path, "8M"]);
      const image = readFileSync(path);
      return parseVolume(image.subarray(SUPERBLOCK_AT, SUPERBLOCK_AT + SUPERBLOCK_BYTES), image.length / 512);
    };
    expect(parsed("extents,64bit")).toBe(
      "it has features that are not known, and cannot be read without: extents, 64bit",
    );
    expect(parsed("metadata_csum")).toMatchObject({
      readOnly: "it has features that are not known, and cannot be written without: metadata_csum",
    });
    expect(parsed("has_journal")).toMatchObject({ readOnly: null, superblock: { journalInode: 8 } });
  });
});
