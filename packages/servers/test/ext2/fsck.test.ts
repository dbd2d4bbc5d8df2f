/** What a check finds, and what it makes of it. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  clearBit,
  clearEntries,
  DiskFault,
  EntryType,
  type FindingCode,
  finish,
  fsck,
  type Geometry,
  type GroupDescriptor,
  groupsIn,
  Inode,
  inodePlace,
  insertEntry,
  MemorySectors,
  mkfs,
  ROOT_INODE,
  removeEntry,
  SUPERBLOCK_AT,
  SUPERBLOCK_BYTES,
  Superblock,
  setBit,
  setEntry,
} from "../../src/ext2/index.js";
import { complaintsOf, itWithTools, saveImage, scratchFolder } from "./e2fsprogs.js";

const NOW_US = 1_700_000_000_000_000;
const BYTES = 2 * 1024 * 1024;
const LOST_FOUND = 11;

/** A new volume in plain memory, to be spoiled by hand. */
class Image {
  readonly bytes: Uint8Array;
  readonly geometry: Geometry;
  readonly groups: readonly GroupDescriptor[];
  readonly superblock: Superblock;

  constructor(bytes = BYTES, blockBytes = 1024) {
    const disk = new MemorySectors(bytes);
    const geometry = finish(mkfs(disk, { seed: 1, nowUs: NOW_US, blockBytes }));
    if (typeof geometry === "string") throw new Error(geometry);
    this.geometry = geometry;
    this.bytes = disk.contents();
    this.groups = groupsIn(this.bytes.subarray((geometry.firstDataBlock + 1) * blockBytes), geometry);
    this.superblock = new Superblock(this.bytes.subarray(SUPERBLOCK_AT, SUPERBLOCK_AT + SUPERBLOCK_BYTES));
  }

  inode(number: number): Inode {
    const { block, at } = inodePlace(number, this.geometry, this.groups);
    return new Inode(this.bytes, block * this.geometry.blockBytes + at, this.geometry.inodeBytes);
  }

  block(number: number): Uint8Array {
    const { blockBytes } = this.geometry;
    return this.bytes.subarray(number * blockBytes, (number + 1) * blockBytes);
  }

  /** The first block of a directory. */
  entries(number: number): Uint8Array {
    return this.block(this.inode(number).pointer(0));
  }

  /** An inode in use that nothing names, with these blocks. */
  add(number: number, kind: "file" | "directory", blocks: readonly number[]): Inode {
    const inode = this.inode(number);
    inode.begin({ kind, permissions: 0o644, uid: 0, gid: 0, nowUs: NOW_US, generation: 0 });
    inode.links = 1;
    inode.size = blocks.length * this.geometry.blockBytes;
    inode.sectors = blocks.length * this.geometry.sectorsPerBlock;
    for (const [index, block] of blocks.entries()) inode.setPointer(index, block);
    return inode;
  }

  name(directory: number, number: number, name: string, type = EntryType.file): void {
    insertEntry(this.entries(directory), number, type, new TextEncoder().encode(name));
  }
}

const FREE_BLOCK = 1500;

interface Case {
  readonly what: string;
  readonly spoil: (image: Image) => void;
  /** What is found, in a check that only looks. */
  readonly codes: readonly FindingCode[];
}

const CASES: readonly Case[] = [
  {
    what: "a block that is taken, and free in the bitmap",
    spoil: (image) => clearBit(image.block(image.groups[0]!.blockBitmap), 3),
    codes: ["bitmap-blocks"],
  },
  {
    what: "an inode that is free, and taken in the bitmap",
    spoil: (image) => setBit(image.block(image.groups[0]!.inodeBitmap), 40),
    codes: ["bitmap-inodes"],
  },
  { what: "a wrong count of free blocks", spoil: ({ superblock }) => superblock.freeBlocks--, codes: ["count"] },
  { what: "a wrong count of directories", spoil: ({ groups }) => groups[0]!.directories++, codes: ["count"] },
  {
    what: "a descriptor that points elsewhere",
    spoil: ({ groups }) => (groups[0]!.inodeTable = 1_000_000),
    codes: ["descriptor"],
  },
  {
    what: "more kept blocks than may be",
    spoil: ({ superblock }) => (superblock.reservedBlocks = 1500),
    codes: ["superblock-field"],
  },
  {
    what: "a journal that is none",
    spoil: ({ superblock }) => (superblock.journalInode = 8),
    codes: ["journal"],
  },
  {
    what: "a file that nothing names",
    spoil: (image) => image.add(20, "file", [FREE_BLOCK]),
    codes: ["unconnected", "bitmap-blocks", "count", "bitmap-inodes", "count", "count", "count"],
  },
  {
    what: "an entry that names nothing",
    spoil: (image) => image.name(ROOT_INODE, 20, "nothing"),
    codes: ["entry-inode"],
  },
  {
    what: "a directory that nothing names any more",
    spoil: (image) => removeEntry(image.entries(ROOT_INODE), 24),
    codes: ["unconnected", "links"],
  },
  {
    what: "a directory that says that it is elsewhere",
    spoil: (image) => setEntry(image.entries(LOST_FOUND), 12, LOST_FOUND, EntryType.directory),
    codes: ["directory-parent"],
  },
  {
    what: "a directory without itself in it",
    spoil: (image) => image.entries(LOST_FOUND).fill(0x78, 8, 9),
    codes: ["directory-dots"],
  },
  {
    what: "a directory with two names",
    spoil: (image) => image.name(ROOT_INODE, LOST_FOUND, "again", EntryType.directory),
    codes: ["directory-twice"],
  },
  {
    what: "an entry of another kind",
    spoil: (image) => setEntry(image.entries(ROOT_INODE), 24, LOST_FOUND, EntryType.pipe),
    codes: ["entry-kind"],
  },
  {
    what: "entries that do not fill their block",
    spoil: (image) => image.entries(LOST_FOUND).fill(0xff, 16, 18),
    codes: ["directory-entries", "directory-dots"],
  },
  {
    what: "a wrong count of links",
    spoil: (image) => (image.inode(LOST_FOUND).links = 7),
    codes: ["links"],
  },
  {
    what: "a wrong count of sectors",
    spoil: (image) => (image.inode(LOST_FOUND).sectors = 7),
    codes: ["inode-sectors"],
  },
  {
    what: "a directory that is longer than its blocks",
    spoil: (image) => (image.inode(LOST_FOUND).size += 1024),
    codes: ["inode-size"],
  },
  {
    what: "a block that is not on the volume",
    spoil: (image) => image.inode(LOST_FOUND).setPointer(5, 1_000_000),
    codes: ["block-number"],
  },
  {
    what: "a block that is one of the volume's own",
    spoil: (image) => image.inode(LOST_FOUND).setPointer(5, image.groups[0]!.inodeBitmap),
    codes: ["block-in-books"],
  },
  {
    what: "a block that two have",
    spoil: (image) => image.inode(LOST_FOUND).setPointer(5, image.inode(ROOT_INODE).pointer(0)),
    codes: ["block-shared"],
  },
  {
    what: "a directory in use that was removed",
    spoil: (image) => (image.inode(LOST_FOUND).deletedS = 5),
    codes: ["inode-deleted"],
  },
  {
    what: "no root",
    spoil: (image) => image.inode(ROOT_INODE).clear(),
    codes: ["root"],
  },
  {
    what: "an orphan",
    spoil: (image) => {
      image.add(20, "file", [FREE_BLOCK]).links = 0;
      image.superblock.lastOrphan = 20;
    },
    codes: ["orphan", "orphan-list"],
  },
];

describe("fsck", () => {
  const folder = scratchFolder();

  it.each([64, 2048, 20_000])("finds nothing on a new volume of %i KiB, and writes nothing", (kib) => {
    const image = new Image(kib * 1024);
    const disk = new MemorySectors(image.bytes);
    for (const repair of [false, true]) {
      const report = finish(fsck(disk, { repair, nowUs: NOW_US }));
      expect(report).toMatchObject({ verdict: "clean", findings: [], more: 0 });
      expect(report.inodes).toEqual({ taken: LOST_FOUND, all: image.geometry.inodes });
    }
    expect(disk.traffic.written).toBe(0);
  });

  it.each(CASES)("finds $what, and mends it", ({ what, spoil, codes }) => {
    const image = new Image();
    spoil(image);
    const disk = new MemorySectors(image.bytes);
    const found = finish(fsck(disk, { repair: false, nowUs: NOW_US }));
    expect(found.verdict).toBe("damaged");
    expect(found.findings.map(({ code }) => code)).toEqual(expect.arrayContaining([...codes]));
    expect(found.findings.every(({ message, repaired }) => !repaired && message.endsWith("."))).toBe(true);
    expect(disk.traffic.written).toBe(0);

    const mended = finish(fsck(disk, { repair: true, nowUs: NOW_US }));
    expect(mended.verdict).toBe("repaired");
    expect(mended.findings.every(({ repaired }) => repaired)).toBe(true);
    expect(finish(fsck(disk, { repair: false, nowUs: NOW_US })).verdict).toBe("clean");
    saveImage(disk, join(folder, `${what.replaceAll(/\W/g, "-")}.img`));
  });

  itWithTools.each(CASES)("leaves nothing to e2fsck where it has mended $what", ({ what }) => {
    expect(complaintsOf(join(folder, `${what.replaceAll(/\W/g, "-")}.img`))).toBe("");
  });

  it("a file that nothing names is in lost+found afterwards, with what was in it", () => {
    const image = new Image();
    image.add(20, "file", [FREE_BLOCK]);
    image.block(FREE_BLOCK).fill(0x61);
    const disk = new MemorySectors(image.bytes);
    finish(fsck(disk, { repair: true, nowUs: NOW_US }));
    image.bytes.set(disk.contents());
    const { blockBytes } = image.geometry;
    const blocks = Array.from({ length: image.inode(LOST_FOUND).size / blockBytes }, (_, index) => index);
    const names = blocks.map((index) => new TextDecoder().decode(image.block(image.inode(LOST_FOUND).pointer(index))));
    expect(names.join("")).toContain("#20");
    expect(image.inode(20)).toMatchObject({ links: 1, size: 1024 });
    expect(image.block(image.inode(20).pointer(0)).every((byte) => byte === 0x61)).toBe(true);
  });

  it("a superblock that is lost is taken from its copy; where there is none, nothing can be read", () => {
    const large = new Image(20 * 1024 * 1024);
    large.bytes.fill(0, SUPERBLOCK_AT, SUPERBLOCK_AT + SUPERBLOCK_BYTES);
    const disk = new MemorySectors(large.bytes);
    const mended = finish(fsck(disk, { repair: true, nowUs: NOW_US }));
    expect(mended.verdict).toBe("repaired");
    expect(mended.findings.map(({ message }) => message)).toEqual([
      "Its superblock makes no sense: there is no ext2 file system: its magic number should be ef53 and is 0. " +
        "There is a copy of it in group 1.",
    ]);
    const small = new Image();
    small.bytes.fill(0, SUPERBLOCK_AT, SUPERBLOCK_AT + SUPERBLOCK_BYTES);
    expect(finish(fsck(new MemorySectors(small.bytes), { repair: true, nowUs: NOW_US })).verdict).toBe("unreadable");
  });

  it("what is full has no room for what was lost, and says so", () => {
    const image = new Image(64 * 1024);
    const [full, lost] = [12, 13];
    const first = image.geometry.blocks - image.superblock.freeBlocks;
    const free = Array.from({ length: image.superblock.freeBlocks }, (_, index) => first + index);
    const file = image.add(full, "file", free.slice(0, 12));
    file.setPointer(12, free[12]!);
    const numbers = new DataView(image.bytes.buffer, free[12]! * 1024);
    for (const [index, block] of free.slice(13).entries()) numbers.setUint32(4 * index, block, true);
    file.size = (free.length - 1) * 1024;
    file.sectors = free.length * 2;
    for (let count = 1; count <= 4; count++) image.name(LOST_FOUND, full, `${count}`.padEnd(240, "x"));
    file.links = [...image.entries(LOST_FOUND)].filter((byte) => byte === 240).length;
    image.add(lost, "file", []);
    const disk = new MemorySectors(image.bytes);
    const report = finish(fsck(disk, { repair: true, nowUs: NOW_US }));
    expect(report.verdict).toBe("damaged");
    const left = report.findings.filter(({ repaired }) => !repaired).map(({ message }) => message);
    expect(left).toContain('There is no room for inode 13 in "lost+found": make some, and check it again.');
    expect(disk.contents().subarray(first * 1024)).toEqual(image.bytes.subarray(first * 1024));
  });

  it("a repair that is cut short at any write is carried on by the next one", () => {
    const spoiled = new Image();
    for (const { what, spoil } of CASES) if (!/no root|shared|elsewhere/.test(what)) spoil(spoiled);
    for (let writes = 0; ; writes++) {
      const memory = new MemorySectors(spoiled.bytes);
      let left = writes;
      const disk = Object.assign(Object.create(memory), {
        sectors: memory.sectors,
        writable: true,
        read: (sector: number, into: Uint8Array) => memory.read(sector, into),
        write: (sector: number, from: Uint8Array) => {
          if (left-- > 0) return memory.write(sector, from);
          throw new DiskFault("write", sector, from.length / 512, "no power");
        },
        flush: () => memory.flush(),
      });
      let isWhole = true;
      try {
        finish(fsck(disk, { repair: true, nowUs: NOW_US }));
      } catch (error) {
        expect(error).toBeInstanceOf(DiskFault);
        isWhole = false;
      }
      expect(finish(fsck(memory, { repair: true, nowUs: NOW_US })).verdict).toMatch(/repaired|clean/);
      expect(finish(fsck(memory, { repair: false, nowUs: NOW_US })).verdict).toBe("clean");
      if (isWhole) return expect(writes).toBeGreaterThan(20);
    }
  });

  it("a directory of one name again and again, and inodes that are all without one, are mended in a few rounds", () => {
    const image = new Image(8 * 1024 * 1024);
    const { firstInode, inodes } = image.geometry;
    for (let number = firstInode + 1; number <= inodes; number++) image.add(number, "file", []);
    const blocks = Array.from({ length: 12 }, (_, index) => 4000 + index);
    const many = image.add(20, "directory", blocks);
    many.links = 2;
    image.name(ROOT_INODE, 20, "many", EntryType.directory);
    for (const block of blocks) {
      const bytes = image.block(block);
      clearEntries(bytes);
      while (insertEntry(bytes, 21, EntryType.file, new TextEncoder().encode("same")));
    }
    const disk = new MemorySectors(image.bytes);
    const before = disk.traffic.read;
    const report = finish(fsck(disk, { repair: true, nowUs: NOW_US }));
    expect(report.verdict).toBe("repaired");
    expect(report.more).toBeGreaterThan(1000);
    expect(disk.traffic.read - before).toBeLessThan(20 * disk.sectors);
    expect(finish(fsck(disk, { repair: false, nowUs: NOW_US })).verdict).toBe("clean");
  });

  it("what cannot be written is only looked at", () => {
    const image = new Image();
    image.superblock.freeBlocks--;
    const memory = new MemorySectors(image.bytes);
    const disk = Object.assign(Object.create(memory), {
      sectors: memory.sectors,
      writable: false,
      read: (sector: number, into: Uint8Array) => memory.read(sector, into),
    });
    const report = finish(fsck(disk, { repair: true, nowUs: NOW_US }));
    expect(report).toMatchObject({ verdict: "damaged", findings: [{ repaired: false }] });
  });

  it("a disk that fails at any read is a DiskFault, and not a finding", () => {
    const memory = new MemorySectors(new Image().bytes);
    for (let reads = 0; ; reads++) {
      let left = reads;
      const disk = Object.assign(Object.create(memory), {
        sectors: memory.sectors,
        writable: true,
        read: (sector: number, into: Uint8Array) => {
          if (left-- > 0) return memory.read(sector, into);
          throw new DiskFault("read", sector, into.length / 512, "worn out");
        },
      });
      try {
        finish(fsck(disk, { repair: false, nowUs: NOW_US }));
        return expect(reads).toBeGreaterThan(10);
      } catch (error) {
        expect(error).toBeInstanceOf(DiskFault);
      }
    }
  });
});
