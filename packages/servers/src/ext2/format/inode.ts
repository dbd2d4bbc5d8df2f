/**
 * Inodes: all that is known of a file, directory or link but its names. 128 bytes, or more: behind the first 128 are
 * fractions of seconds, bits of times beyond 2038 and the time of its making, as far as `extraBytes` says.
 *
 * An Inode is a view of the bytes: what is set is in the block at once, and bytes that have no name here stay as they are.
 * `checkInode` says whether what it says of itself can be followed.
 *
 *     free: links 0, and its bit in the bitmap clear      taken      without a name, held: links 0, in the list of orphans
 *
 * Sources: Linux, Documentation/filesystems/ext2.rst and ext4/inodes.rst.
 */
import type { Geometry } from "./geometry.js";
import { DIRECT_POINTERS, mostFileBytes, POINTERS } from "./pointers.js";

/** Inodes that have a purpose of their own. */
export const BAD_BLOCKS_INODE = 1;
export const ROOT_INODE = 2;
/** Its data are the blocks that are kept for more descriptors, and their copies. */
export const RESIZE_INODE = 7;
export const JOURNAL_INODE = 8;
/** The first of the others, unless the superblock says otherwise. */
export const FIRST_INODE = 11;

/** Bytes of the smallest, and those with exact times. */
export const SMALL_INODE_BYTES = 128;
/** Bytes behind the first 128 that are in use where the times are exact, and all that has a name is there. */
export const EXTRA_BYTES = 32;
/** A target of a link shorter than this stands in the inode itself. */
export const INLINE_TARGET_BYTES = 4 * POINTERS;

/** Bits of `flags`. */
export const InodeFlag = {
  Immutable: 0x10,
  AppendOnly: 0x20,
  NoAccessTime: 0x80,
  Encrypted: 0x800,
  /** A directory with an index of hashes in blocks that look empty. */
  Index: 0x1000,
  /** Of another system. */
  Imagic: 0x2000,
  Extents: 0x80000,
  InlineData: 0x10000000,
  /** Names in it are the same whatever the case of their letters. */
  CaseFolding: 0x40000000,
} as const;

/** Bits of `mode` that say what it is, and the others. */
export const MODE_KIND = 0o170000;
export const MODE_PERMISSIONS = 0o7777;

/** What an inode can be. */
export type InodeKind = "file" | "directory" | "link" | "characters" | "blocks" | "pipe" | "socket";

const MODE_OF_KIND: Readonly<Record<InodeKind, number>> = {
  pipe: 0o010000,
  characters: 0o020000,
  directory: 0o040000,
  blocks: 0o060000,
  file: 0o100000,
  link: 0o120000,
  socket: 0o140000,
};
const KIND_OF_MODE = new Map(Object.entries(MODE_OF_KIND).map(([kind, mode]) => [mode, kind as InodeKind]));

/** Ways of storing data that volumes read here do not have. */
const UNKNOWN_LAYOUTS = InodeFlag.Extents | InodeFlag.InlineData;

const At = {
  mode: 0,
  uid: 2,
  size: 4,
  accessed: 8,
  changed: 12,
  modified: 16,
  deleted: 20,
  gid: 24,
  links: 26,
  sectors: 28,
  flags: 32,
  pointers: 40,
  generation: 100,
  attributes: 104,
  sizeHigh: 108,
  attributesHigh: 118,
  uidHigh: 120,
  gidHigh: 122,
  extraBytes: 128,
  changedExtra: 132,
  modifiedExtra: 136,
  accessedExtra: 140,
  created: 144,
  createdExtra: 148,
} as const;

const US = 1_000_000;
const WORD = 2 ** 32;

/** What a new inode is to be. */
export interface NewInode {
  readonly kind: InodeKind;
  readonly permissions: number;
  readonly uid: number;
  readonly gid: number;
  readonly nowUs: number;
  readonly generation: number;
}

/** An inode, in bytes that the caller owns. Times are in microseconds since 1970. */
export class Inode {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** @param block bytes in which it stands at `at`; they are not copied. @param inodeBytes its length */
  constructor(block: Uint8Array, at: number, inodeBytes: number) {
    this.bytes = block.subarray(at, at + inodeBytes);
    this.#view = new DataView(block.buffer, block.byteOffset + at, inodeBytes);
  }

  /** Make it a new one, without names, data and attributes. */
  begin({ kind, permissions, uid, gid, nowUs, generation }: NewInode): void {
    this.clear();
    this.mode = MODE_OF_KIND[kind] | permissions;
    this.uid = uid;
    this.gid = gid;
    this.generation = generation;
    if (this.bytes.length >= SMALL_INODE_BYTES + EXTRA_BYTES) this.extraBytes = EXTRA_BYTES;
    this.accessedUs = nowUs;
    this.modifiedUs = nowUs;
    this.changedUs = nowUs;
    this.createdUs = nowUs;
  }

  /** Zeroes. */
  clear(): void {
    this.bytes.fill(0);
  }

  /** What it is, and who may do what with it. */
  get mode(): number {
    return this.#view.getUint16(At.mode, true);
  }
  set mode(bits: number) {
    this.#view.setUint16(At.mode, bits, true);
  }
  /** Null for a mode that says nothing known. */
  get kind(): InodeKind | null {
    return KIND_OF_MODE.get(this.mode & MODE_KIND) ?? null;
  }
  /** 07777 in octal at most. */
  get permissions(): number {
    return this.mode & MODE_PERMISSIONS;
  }
  set permissions(bits: number) {
    this.mode = (this.mode & MODE_KIND) | (bits & MODE_PERMISSIONS);
  }
  /** Whose it is: 32 bits. */
  get uid(): number {
    return this.#view.getUint16(At.uid, true) + 2 ** 16 * this.#view.getUint16(At.uidHigh, true);
  }
  set uid(id: number) {
    this.#view.setUint16(At.uid, id, true);
    this.#view.setUint16(At.uidHigh, id >>> 16, true);
  }
  /** The group whose it is. */
  get gid(): number {
    return this.#view.getUint16(At.gid, true) + 2 ** 16 * this.#view.getUint16(At.gidHigh, true);
  }
  set gid(id: number) {
    this.#view.setUint16(At.gid, id, true);
    this.#view.setUint16(At.gidHigh, id >>> 16, true);
  }
  /** In bytes. Only those of files go beyond 32 bits; of 64 bits it is inexact beyond 2^53, which no check lets pass. */
  get size(): number {
    const high = this.kind === "file" ? this.#view.getUint32(At.sizeHigh, true) : 0;
    return this.#view.getUint32(At.size, true) + WORD * high;
  }
  set size(bytes: number) {
    this.#view.setUint32(At.size, bytes % WORD, true);
    if (this.kind === "file") this.#view.setUint32(At.sizeHigh, Math.floor(bytes / WORD), true);
  }
  /** When it was last read, in microseconds since 1970. */
  get accessedUs(): number {
    return this.#time(At.accessed, At.accessedExtra);
  }
  set accessedUs(us: number) {
    this.#setTime(At.accessed, At.accessedExtra, us);
  }
  /** When its contents were last changed. */
  get modifiedUs(): number {
    return this.#time(At.modified, At.modifiedExtra);
  }
  set modifiedUs(us: number) {
    this.#setTime(At.modified, At.modifiedExtra, us);
  }
  /** Of the last change of anything. */
  get changedUs(): number {
    return this.#time(At.changed, At.changedExtra);
  }
  set changedUs(us: number) {
    this.#setTime(At.changed, At.changedExtra, us);
  }
  /** When it was made; 0 where there is no room for it. */
  get createdUs(): number {
    return this.#hasExtra(At.created) ? this.#time(At.created, At.createdExtra) : 0;
  }
  set createdUs(us: number) {
    if (this.#hasExtra(At.created)) this.#setTime(At.created, At.createdExtra, us);
  }
  /** When it was removed, in seconds; of an orphan, the inode number of the next orphan. */
  get deletedS(): number {
    return this.#view.getUint32(At.deleted, true);
  }
  set deletedS(seconds: number) {
    this.#view.setUint32(At.deleted, seconds, true);
  }
  /** Names that it has; for a directory with its own "." and the ".." of those in it. */
  get links(): number {
    return this.#view.getUint16(At.links, true);
  }
  set links(count: number) {
    this.#view.setUint16(At.links, count, true);
  }
  /** Units of 512 bytes that its data, their numbers and its attributes take. */
  get sectors(): number {
    return this.#view.getUint32(At.sectors, true);
  }
  set sectors(count: number) {
    this.#view.setUint32(At.sectors, count, true);
  }
  /** Bits of `InodeFlag`. */
  get flags(): number {
    return this.#view.getUint32(At.flags, true);
  }
  set flags(bits: number) {
    this.#view.setUint32(At.flags, bits, true);
  }
  /** Another one for each node that the inode has been. */
  get generation(): number {
    return this.#view.getUint32(At.generation, true);
  }
  set generation(number: number) {
    this.#view.setUint32(At.generation, number, true);
  }
  /** The block of its extended attributes, which several inodes may share; 0: none. */
  get attributes(): number {
    return this.#view.getUint32(At.attributes, true) + WORD * this.#view.getUint16(At.attributesHigh, true);
  }
  set attributes(block: number) {
    this.#view.setUint32(At.attributes, block % WORD, true);
    this.#view.setUint16(At.attributesHigh, Math.floor(block / WORD), true);
  }
  /** The upper half of a size, as it stands there; of a directory it has no meaning. */
  get sizeHigh(): number {
    return this.#view.getUint32(At.sizeHigh, true);
  }
  set sizeHigh(word: number) {
    this.#view.setUint32(At.sizeHigh, word, true);
  }
  /** Bytes behind the first 128 that are in use. */
  get extraBytes(): number {
    return this.bytes.length > SMALL_INODE_BYTES ? this.#view.getUint16(At.extraBytes, true) : 0;
  }
  set extraBytes(bytes: number) {
    this.#view.setUint16(At.extraBytes, bytes, true);
  }

  /** One of its fifteen numbers of blocks (pointers.ts). */
  pointer(index: number): number {
    return this.#view.getUint32(At.pointers + 4 * index, true);
  }

  /** Set one of the fifteen, as `pointer` counts them. */
  setPointer(index: number, block: number): void {
    this.#view.setUint32(At.pointers + 4 * index, block, true);
  }

  /** Whether the target of this link stands in place of the numbers of its blocks. */
  get hasInlineTarget(): boolean {
    return this.kind === "link" && this.size < INLINE_TARGET_BYTES;
  }

  /** A copy of the target, of a link whose target stands here. */
  get inlineTarget(): Uint8Array {
    return this.bytes.slice(At.pointers, At.pointers + this.size);
  }
  /** At most 59 bytes; the size becomes theirs. */
  set inlineTarget(target: Uint8Array) {
    this.bytes.fill(0, At.pointers, At.pointers + INLINE_TARGET_BYTES);
    this.bytes.set(target, At.pointers);
    this.size = target.length;
  }

  /** Whether it has blocks: what is no file, directory or long link has something else in place of their numbers. */
  get hasBlocks(): boolean {
    const { kind } = this;
    return kind === "file" || kind === "directory" || (kind === "link" && !this.hasInlineTarget);
  }

  #hasExtra(at: number): boolean {
    return at + 4 <= SMALL_INODE_BYTES + this.extraBytes && at + 4 <= this.bytes.length;
  }

  #time(at: number, extraAt: number): number {
    const seconds = this.#view.getInt32(at, true);
    if (!this.#hasExtra(extraAt)) return seconds * US;
    const extra = this.#view.getUint32(extraAt, true);
    return (seconds + WORD * (extra & 3)) * US + Math.floor((extra >>> 2) / 1000);
  }

  /** What does not fit becomes the next that does: 1901 and 2038, or 2446 where there is room for more. */
  #setTime(at: number, extraAt: number, us: number): void {
    const hasExtra = this.#hasExtra(extraAt);
    const most = (hasExtra ? 2 ** 34 : 2 ** 32) - 2 ** 31 - 1;
    const seconds = Math.max(-(2 ** 31), Math.min(Math.floor(us / US), most));
    this.#view.setInt32(at, seconds | 0, true);
    if (!hasExtra) return;
    const epoch = Math.floor((seconds + 2 ** 31) / WORD);
    const fraction = us - Math.floor(us / US) * US;
    this.#view.setUint32(extraAt, ((fraction * 1000) << 2) | epoch, true);
  }
}

/** Why what a taken inode says of itself cannot be followed, as the rest of a sentence about it; null when it can. */
export function checkInode(inode: Inode, geometry: Geometry): string | null {
  const { kind, size } = inode;
  if (kind === null) return `its mode ${inode.mode.toString(8)} says nothing known`;
  if ((inode.flags & UNKNOWN_LAYOUTS) !== 0) return "its data is stored in a way that this volume does not have";
  if (size > mostFileBytes(geometry.blockBytes)) return `its size of ${size} bytes is more than a file can have`;
  if (kind === "directory" && (size === 0 || size % geometry.blockBytes !== 0)) {
    return `its size of ${size} bytes is not one of a directory, whose blocks are whole`;
  }
  if (kind === "link" && (size === 0 || size >= geometry.blockBytes)) {
    return `its size of ${size} bytes is not one of a link's target`;
  }
  if (inode.attributes !== 0 && !geometry.hasBlock(inode.attributes)) {
    return `its attributes are said to be in block ${inode.attributes}, which the volume does not have`;
  }
  if (!inode.hasBlocks) return null;
  for (let index = 0; index < POINTERS; index++) {
    const block = inode.pointer(index);
    if (block === 0 || geometry.hasBlock(block)) continue;
    const what = index < DIRECT_POINTERS ? `block ${index} of it` : `a block of numbers (${index})`;
    return `${what} is said to be ${block}, which the volume does not have`;
  }
  return null;
}
