/**
 * A volume under check: its blocks, as they are on the disk and as they are mended, and what has been learnt about them.
 *
 * Whoever mends something changes the bytes that `block` gave and hands them to `write`. Nothing is written in a check
 * that does not repair: nobody is told to mend anything there (`Findings.tell`).
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { findClear, isSet, setBit, setBits } from "../format/bitmap.js";
import { Compatible, Incompatible } from "../format/features.js";
import type { Geometry } from "../format/geometry.js";
import { type GroupDescriptor, inodePlace } from "../format/group.js";
import { Inode } from "../format/inode.js";
import { type BlockStore, inBlocks, type Sectors } from "../format/store.js";
import { SUPERBLOCK_AT, type Superblock } from "../format/superblock.js";
import type { Findings } from "./report.js";

/** Blocks that are kept in memory. */
const CACHED_BLOCKS = 256;

/** A volume whose superblock and descriptors can be followed. */
export interface Opened {
  readonly superblock: Superblock;
  readonly geometry: Geometry;
  readonly groups: readonly GroupDescriptor[];
  /** The bytes that `groups` are views of. */
  readonly table: Uint8Array;
}

/** An inode, its number, and the block that it stands in. */
export interface Numbered {
  readonly number: number;
  readonly inode: Inode;
  readonly block: number;
  readonly bytes: Uint8Array;
}

/** A volume under check. */
export class CheckedVolume implements Opened {
  readonly superblock: Superblock;
  readonly geometry: Geometry;
  readonly groups: readonly GroupDescriptor[];
  readonly table: Uint8Array;
  readonly findings: Findings;
  readonly nowUs: number;

  /** Blocks that something has: bit n is block n. */
  readonly claimed: Uint8Array;
  /** Of each inode, what it is (EntryType); 0: not in use. */
  readonly kinds: Uint8Array;
  /** Of each inode, how often directories name it, "." and ".." left out. */
  readonly names: Uint32Array;
  /** Of each directory, the one that names it; 0: none. */
  readonly parents: Uint32Array;
  /** Of each directory, what its ".." says. */
  readonly dotDots: Uint32Array;
  /** Blocks of each directory in their order, 0 for holes. */
  readonly directories = new Map<number, number[]>();
  /** Inodes of the list of orphans. */
  readonly orphans = new Set<number>();

  readonly #sectors: Sectors;
  readonly #disk: BlockStore;
  readonly #cache = new Map<number, Uint8Array>();
  /** In front of this one all are claimed, and stay so. */
  #nextFree: number;

  constructor(disk: Sectors, opened: Opened, findings: Findings, nowUs: number) {
    this.#sectors = disk;
    this.#disk = inBlocks(disk, opened.geometry.blockBytes);
    this.superblock = opened.superblock;
    this.geometry = opened.geometry;
    this.groups = opened.groups;
    this.table = opened.table;
    this.findings = findings;
    this.nowUs = nowUs;
    const { blocks, inodes } = opened.geometry;
    this.claimed = new Uint8Array(Math.ceil(blocks / 8));
    this.kinds = new Uint8Array(inodes + 1);
    this.names = new Uint32Array(inodes + 1);
    this.parents = new Uint32Array(inodes + 1);
    this.dotDots = new Uint32Array(inodes + 1);
    this.#nextFree = opened.geometry.firstDataBlock;
    this.#claimBooks();
  }

  get hasEntryKinds(): boolean {
    return (this.superblock.incompatible & Incompatible.FileType) !== 0;
  }

  has(feature: keyof typeof Compatible): boolean {
    return (this.superblock.compatible & Compatible[feature]) !== 0;
  }

  /** The bytes of a block, to be changed by whoever writes them then. */
  *block(number: number): Thread<Uint8Array> {
    const known = this.#cache.get(number);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(this.geometry.blockBytes);
    yield* this.#disk.read(number, bytes);
    this.#keep(number, bytes);
    return bytes;
  }

  /** Put a block on the disk. */
  *write(number: number, bytes: Uint8Array): Thread<void> {
    yield* this.#disk.write(number, bytes);
    this.#cache.delete(number);
    this.#keep(number, bytes);
  }

  *inode(number: number): Thread<Numbered> {
    const { block, at } = inodePlace(number, this.geometry, this.groups);
    const bytes = yield* this.block(block);
    return { number, inode: new Inode(bytes, at, this.geometry.inodeBytes), block, bytes };
  }

  *save({ block, bytes }: Numbered): Thread<void> {
    yield* this.write(block, bytes);
  }

  isClaimed(block: number): boolean {
    return isSet(this.claimed, block);
  }

  claim(block: number): void {
    setBit(this.claimed, block);
  }

  /** A block that nothing has, which is claimed by that; 0 when there is none. To be asked when all claims are known. */
  take(): number {
    const block = findClear(this.claimed, this.#nextFree, this.geometry.blocks);
    this.#nextFree = block < 0 ? this.geometry.blocks : block + 1;
    if (block < 0) return 0;
    this.claim(block);
    return block;
  }

  /** An inode that nothing is, or 0. */
  freeInode(): number {
    const { firstInode, inodes } = this.geometry;
    for (let number = firstInode; number <= inodes; number++) {
      if (this.kinds[number] === 0 && !this.orphans.has(number)) return number;
    }
    return 0;
  }

  /** Put the superblock and the descriptors on the disk. */
  *writeBooks(): Thread<void> {
    yield* this.#sectors.write(SUPERBLOCK_AT / 512, this.superblock.bytes);
    yield* this.#disk.write(this.geometry.firstDataBlock + 1, this.table);
    this.#cache.clear();
  }

  /** And their copies. */
  *writeCopies(): Thread<void> {
    for (let group = 1; group < this.geometry.groups; group++) {
      if (!this.geometry.hasSuperblock(group)) continue;
      const first = this.geometry.firstBlockOf(group);
      const block = new Uint8Array(this.geometry.blockBytes);
      block.set(this.superblock.bytes);
      new DataView(block.buffer).setUint16(90, group, true);
      yield* this.#disk.write(first, block);
      yield* this.#disk.write(first + 1, this.table);
    }
    this.#cache.clear();
  }

  flush(): Thread<void> {
    return this.#disk.flush();
  }

  #keep(number: number, bytes: Uint8Array): void {
    if (this.#cache.size >= CACHED_BLOCKS) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(number, bytes);
  }

  #claimBooks(): void {
    setBits(this.claimed, 0, this.geometry.firstDataBlock);
    for (const [number, group] of this.groups.entries()) {
      const first = this.geometry.firstBlockOf(number);
      setBits(this.claimed, first, first + this.geometry.leadingBlocksOf(number));
      setBits(this.claimed, group.blockBitmap, group.blockBitmap + 1);
      setBits(this.claimed, group.inodeBitmap, group.inodeBitmap + 1);
      setBits(this.claimed, group.inodeTable, group.inodeTable + this.geometry.inodeTableBlocks);
    }
  }
}
