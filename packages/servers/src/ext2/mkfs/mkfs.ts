/**
 * Making a volume: the books of an empty file system, with a root directory and "lost+found" in it, where what a check
 * finds without a name is put.
 *
 *     each group    copy of superblock and descriptors (some) │ bitmap of blocks │ bitmap of inodes │ inodes │ data
 *
 * The superblock is written last, after a barrier: until then a disk has no file system, instead of half of one.
 *
 * Features: "filetype", "sparse_super" and "large_file"; inodes have exact times unless smaller ones were asked for.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { setBits } from "../format/bitmap.js";
import { beginDirectory, clearEntries, EntryType, insertEntry } from "../format/entries.js";
import { Incompatible, ReadOnlyCompatible } from "../format/features.js";
import type { Geometry } from "../format/geometry.js";
import { type GroupDescriptor, groupsIn, inodePlace } from "../format/group.js";
import { EXTRA_BYTES, Inode, ROOT_INODE, SMALL_INODE_BYTES } from "../format/inode.js";
import { DIRECT_POINTERS } from "../format/pointers.js";
import { type BlockStore, inBlocks, type Sectors } from "../format/store.js";
import {
  DYNAMIC_REVISION,
  MAGIC,
  OnError,
  State,
  SUPERBLOCK_AT,
  SUPERBLOCK_BYTES,
  Superblock,
} from "../format/superblock.js";
import { planVolume, type VolumePlan } from "./plan.js";

/** What a new volume is made of. */
export interface NewVolume extends VolumePlan {
  /** The time that its inodes are to have, in microseconds since 1970. */
  readonly nowUs: number;
  /** Its uuid follows from this: another one for another volume. */
  readonly seed: number;
  /** Up to 16 bytes. */
  readonly label?: string;
  /** The disk is known to be zeroes: tables of inodes need not be written. */
  readonly blank?: boolean;
}

/** One block in twenty is kept for the administrator. */
const RESERVED_SHARE = 20;
/** What "lost+found" has in advance, so that a check of a full disk has room: so much, or this share of the volume. */
const LOST_FOUND_BYTES = 16 * 1024;
const LOST_FOUND_SHARE = 64;
const LOST_FOUND = "lost+found";
/** How much is zeroed at once. */
const ZEROES_BYTES = 64 * 1024;

/** Fields whose meaning is of no concern here: hashes of names in "half MD4", and of signed characters. */
const HALF_MD4 = 1;
const SIGNED_HASH = 1;
const NEVER = 0xffff;
const US = 1_000_000;

/**
 * Make a file system on all of `disk`. What was on it is lost.
 * @returns how it is divided; or why it was refused, as a sentence, and nothing was written
 * @throws DiskFault when the disk fails
 */
export function* mkfs(disk: Sectors, options: NewVolume): Thread<Geometry | string> {
  if (!disk.writable) return "the disk cannot be written";
  if (new TextEncoder().encode(options.label ?? "").length > 16) return "a label has at most 16 bytes";
  const geometry = planVolume(disk.sectors, options);
  if (typeof geometry === "string") return geometry;
  yield* new Maker(disk, geometry, options).make();
  return geometry;
}

/** A volume that is being made. */
class Maker {
  readonly #disk: BlockStore;
  readonly #sectors: Sectors;
  readonly #geometry: Geometry;
  readonly #options: NewVolume;
  readonly #table: Uint8Array;
  readonly #groups: GroupDescriptor[];
  readonly #superblock: Superblock;
  readonly #lostFoundBlocks: number;

  constructor(disk: Sectors, geometry: Geometry, options: NewVolume) {
    this.#sectors = disk;
    this.#disk = inBlocks(disk, geometry.blockBytes);
    this.#geometry = geometry;
    this.#options = options;
    this.#table = new Uint8Array(geometry.groupBlocks * geometry.blockBytes);
    this.#groups = groupsIn(this.#table, geometry);
    const bytes = Math.min(LOST_FOUND_BYTES, (geometry.blocks * geometry.blockBytes) / LOST_FOUND_SHARE);
    this.#lostFoundBlocks = Math.max(1, Math.min(DIRECT_POINTERS, Math.floor(bytes / geometry.blockBytes)));
    this.#superblock = new Superblock(new Uint8Array(SUPERBLOCK_BYTES));
  }

  *make(): Thread<void> {
    // What was there before is none from here on.
    yield* this.#sectors.write(0, new Uint8Array(SUPERBLOCK_AT + SUPERBLOCK_BYTES));
    yield* this.#disk.barrier();
    for (let group = 0; group < this.#geometry.groups; group++) yield* this.#makeGroup(group);
    yield* this.#makeDirectories();
    this.#fillSuperblock();
    for (let group = 1; group < this.#geometry.groups; group++) yield* this.#makeCopy(group);
    yield* this.#disk.write(this.#geometry.firstDataBlock + 1, this.#table);
    yield* this.#disk.barrier();
    yield* this.#sectors.write(SUPERBLOCK_AT / 512, this.#superblock.bytes);
    yield* this.#disk.flush();
  }

  *#makeGroup(number: number): Thread<void> {
    const { blockBytes, inodesPerGroup, inodeTableBlocks, firstInode } = this.#geometry;
    const group = this.#groups[number]!;
    const first = this.#geometry.firstBlockOf(number);
    const blocks = this.#geometry.blocksOf(number);
    group.blockBitmap = first + this.#geometry.leadingBlocksOf(number);
    group.inodeBitmap = group.blockBitmap + 1;
    group.inodeTable = group.inodeBitmap + 1;
    const isFirst = number === 0;
    const takenBlocks = group.inodeTable + inodeTableBlocks - first + (isFirst ? 1 + this.#lostFoundBlocks : 0);
    const takenInodes = isFirst ? firstInode : 0;
    group.freeBlocks = blocks - takenBlocks;
    group.freeInodes = inodesPerGroup - takenInodes;
    group.directories = isFirst ? 2 : 0;
    yield* this.#disk.write(group.blockBitmap, bitmap(blockBytes, takenBlocks, blocks));
    yield* this.#disk.write(group.inodeBitmap, bitmap(blockBytes, takenInodes, inodesPerGroup));
    if (this.#options.blank !== true) yield* this.#zero(group.inodeTable, inodeTableBlocks);
  }

  *#zero(block: number, count: number): Thread<void> {
    const atOnce = ZEROES_BYTES / this.#geometry.blockBytes;
    const zeroes = new Uint8Array(ZEROES_BYTES);
    for (let done = 0; done < count; done += atOnce) {
      const part = Math.min(atOnce, count - done) * this.#geometry.blockBytes;
      yield* this.#disk.write(block + done, zeroes.subarray(0, part));
    }
  }

  /** The root and what is in it, in the first blocks of data of group 0. */
  *#makeDirectories(): Thread<void> {
    const { blockBytes, inodeTableBlocks, firstInode: lostFound } = this.#geometry;
    const rootBlock = this.#groups[0]!.inodeTable + inodeTableBlocks;
    yield* this.#writeDirectoryInode(ROOT_INODE, 0o755, 3, rootBlock, 1);
    yield* this.#writeDirectoryInode(lostFound, 0o700, 2, rootBlock + 1, this.#lostFoundBlocks);
    const block = new Uint8Array(blockBytes);
    beginDirectory(block, ROOT_INODE, ROOT_INODE, EntryType.directory);
    insertEntry(block, lostFound, EntryType.directory, new TextEncoder().encode(LOST_FOUND));
    yield* this.#disk.write(rootBlock, block);
    beginDirectory(block, lostFound, ROOT_INODE, EntryType.directory);
    for (let index = 0; index < this.#lostFoundBlocks; index++) {
      if (index > 0) clearEntries(block);
      yield* this.#disk.write(rootBlock + 1 + index, block);
    }
  }

  *#writeDirectoryInode(
    number: number,
    permissions: number,
    links: number,
    first: number,
    count: number,
  ): Thread<void> {
    const { blockBytes, inodeBytes, sectorsPerBlock } = this.#geometry;
    const { block, at } = inodePlace(number, this.#geometry, this.#groups);
    const bytes = new Uint8Array(blockBytes);
    yield* this.#disk.read(block, bytes);
    const inode = new Inode(bytes, at, inodeBytes);
    const { nowUs } = this.#options;
    inode.begin({ kind: "directory", permissions, uid: 0, gid: 0, nowUs, generation: 0 });
    inode.links = links;
    inode.size = count * blockBytes;
    inode.sectors = count * sectorsPerBlock;
    for (let index = 0; index < count; index++) inode.setPointer(index, first + index);
    yield* this.#disk.write(block, bytes);
  }

  #fillSuperblock(): void {
    const { nowUs, seed, label } = this.#options;
    const geometry = this.#geometry;
    const superblock = this.#superblock;
    const nowS = Math.floor(nowUs / US);
    superblock.magic = MAGIC;
    superblock.revision = DYNAMIC_REVISION;
    superblock.inodes = geometry.inodes;
    superblock.blocks = geometry.blocks;
    superblock.reservedBlocks = Math.floor(geometry.blocks / RESERVED_SHARE);
    superblock.freeBlocks = this.#groups.reduce((sum, { freeBlocks }) => sum + freeBlocks, 0);
    superblock.freeInodes = this.#groups.reduce((sum, { freeInodes }) => sum + freeInodes, 0);
    superblock.firstDataBlock = geometry.firstDataBlock;
    superblock.logBlockSize = Math.log2(geometry.blockBytes / 1024);
    superblock.logFragmentSize = superblock.logBlockSize;
    superblock.blocksPerGroup = geometry.blocksPerGroup;
    superblock.fragmentsPerGroup = geometry.blocksPerGroup;
    superblock.inodesPerGroup = geometry.inodesPerGroup;
    superblock.writeTimeS = nowS;
    superblock.checkTimeS = nowS;
    superblock.madeTimeS = nowS;
    superblock.mostMounts = NEVER;
    superblock.state = State.Clean;
    superblock.onError = OnError.ReadOnly;
    superblock.firstInode = geometry.firstInode;
    superblock.inodeBytes = geometry.inodeBytes;
    superblock.incompatible = Incompatible.FileType;
    superblock.readOnlyCompatible = ReadOnlyCompatible.SparseSuper | ReadOnlyCompatible.LargeFile;
    if (geometry.inodeBytes >= SMALL_INODE_BYTES + EXTRA_BYTES) {
      superblock.leastExtraBytes = EXTRA_BYTES;
      superblock.wantedExtraBytes = EXTRA_BYTES;
    }
    superblock.hashVersion = HALF_MD4;
    superblock.flags = SIGNED_HASH;
    superblock.label = label ?? "";
    fillUuid(superblock.uuid, seed, 0);
    fillUuid(superblock.hashSeed, seed, 1);
  }

  /** The copies of superblock and descriptors that a group begins with, if it does. */
  *#makeCopy(group: number): Thread<void> {
    const { blockBytes } = this.#geometry;
    if (!this.#geometry.hasSuperblock(group)) return;
    const first = this.#geometry.firstBlockOf(group);
    const block = new Uint8Array(blockBytes);
    block.set(this.#superblock.bytes);
    new Superblock(block).group = group;
    yield* this.#disk.write(first, block);
    yield* this.#disk.write(first + 1, this.#table);
  }
}

/** A bitmap of `count` bits of which the first `taken` are. */
function bitmap(blockBytes: number, taken: number, count: number): Uint8Array {
  const bits = new Uint8Array(blockBytes);
  setBits(bits, 0, taken);
  setBits(bits, count, 8 * blockBytes);
  return bits;
}

/** A random uuid (RFC 9562, version 4) of a seed, by the finalizer of MurmurHash3. */
function fillUuid(uuid: Uint8Array, seed: number, stream: number): void {
  const view = new DataView(uuid.buffer, uuid.byteOffset, uuid.length);
  let state = Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(Math.floor(seed / 2 ** 32) + stream, 0x85ebca6b);
  for (let at = 0; at < uuid.length; at += 4) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    view.setInt32(at, mixed ^ (mixed >>> 16));
  }
  uuid[6] = (uuid[6]! & 0x0f) | 0x40;
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
}
