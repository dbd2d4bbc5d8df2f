/**
 * Descriptors of groups: where the bitmaps and the table of inodes of a group lie, and how much of it is free. The table
 * of all of them stands in the blocks behind the superblock.
 *
 * A GroupDescriptor is a view of its 32 bytes. What it says is checked by `checkGroup` before anybody follows it: all of
 * it lies inside the group and nothing lies over anything else, so that whoever writes a bitmap or an inode writes nothing
 * but that.
 */
import type { Geometry } from "./geometry.js";

/** Bytes of a descriptor. */
export const GROUP_DESCRIPTOR_BYTES = 32;

const At = {
  blockBitmap: 0,
  inodeBitmap: 4,
  inodeTable: 8,
  freeBlocks: 12,
  freeInodes: 14,
  directories: 16,
  flags: 18,
  unused: 28,
} as const;
/** Bits of the flags: no table of inodes, no bitmap of blocks. */
const NEVER_MADE = 0b11;

/** A descriptor, in bytes that the caller owns. */
export class GroupDescriptor {
  readonly #view: DataView;

  /** @param table bytes in which it stands at `at`; they are not copied */
  constructor(table: Uint8Array, at: number) {
    this.#view = new DataView(table.buffer, table.byteOffset + at, GROUP_DESCRIPTOR_BYTES);
  }

  /** The block that says which of the group's blocks are used. */
  get blockBitmap(): number {
    return this.#view.getUint32(At.blockBitmap, true);
  }
  set blockBitmap(block: number) {
    this.#view.setUint32(At.blockBitmap, block, true);
  }
  /** Likewise, of its inodes. */
  get inodeBitmap(): number {
    return this.#view.getUint32(At.inodeBitmap, true);
  }
  set inodeBitmap(block: number) {
    this.#view.setUint32(At.inodeBitmap, block, true);
  }
  /** The first block of the table of inodes. */
  get inodeTable(): number {
    return this.#view.getUint32(At.inodeTable, true);
  }
  set inodeTable(block: number) {
    this.#view.setUint32(At.inodeTable, block, true);
  }
  /** Blocks of the group that nobody has. */
  get freeBlocks(): number {
    return this.#view.getUint16(At.freeBlocks, true);
  }
  set freeBlocks(count: number) {
    this.#view.setUint16(At.freeBlocks, count, true);
  }
  /** Likewise, inodes. */
  get freeInodes(): number {
    return this.#view.getUint16(At.freeInodes, true);
  }
  set freeInodes(count: number) {
    this.#view.setUint16(At.freeInodes, count, true);
  }
  /** Inodes of the group that are directories. */
  get directories(): number {
    return this.#view.getUint16(At.directories, true);
  }
  set directories(count: number) {
    this.#view.setUint16(At.directories, count, true);
  }
  /** Whether parts of the group, or of its table of inodes, are said to have never been made ("uninit_bg"). */
  get isUnfinished(): boolean {
    return (this.#view.getUint16(At.flags, true) & NEVER_MADE) !== 0 || this.#view.getUint16(At.unused, true) !== 0;
  }

  /** Make zeroes of all that has a meaning on volumes with other features only. */
  clearRest(): void {
    for (let at: number = At.flags; at < GROUP_DESCRIPTOR_BYTES; at += 2) this.#view.setUint16(at, 0, true);
  }
}

/** Views of all descriptors in `table`, unchecked. @param table `geometry.groupBlocks` blocks; not copied */
export function groupsIn(table: Uint8Array, geometry: Geometry): GroupDescriptor[] {
  return Array.from({ length: geometry.groups }, (_, group) => {
    return new GroupDescriptor(table, group * GROUP_DESCRIPTOR_BYTES);
  });
}

/** Views of all descriptors in `table`, or what is wrong with the first that cannot be followed. */
export function parseGroups(table: Uint8Array, geometry: Geometry): GroupDescriptor[] | string {
  const groups = groupsIn(table, geometry);
  for (const [number, group] of groups.entries()) {
    const problem = checkGroup(group, number, geometry);
    if (problem !== null) return problem;
  }
  return groups;
}

/** Why a descriptor cannot be followed, as a sentence; null when it can. */
export function checkGroup(group: GroupDescriptor, number: number, geometry: Geometry): string | null {
  const first = geometry.firstBlockOf(number) + geometry.leadingBlocksOf(number);
  const end = geometry.firstBlockOf(number) + geometry.blocksOf(number);
  const parts = [
    { what: "bitmap of blocks", at: group.blockBitmap, blocks: 1 },
    { what: "bitmap of inodes", at: group.inodeBitmap, blocks: 1 },
    { what: "table of inodes", at: group.inodeTable, blocks: geometry.inodeTableBlocks },
  ];
  for (const [index, { what, at, blocks }] of parts.entries()) {
    if (at < first || at + blocks > end) {
      return `the ${what} of group ${number} is said to be at block ${at}, and that group has ${first} to ${end - 1} for it`;
    }
    const other = parts.slice(0, index).find((part) => at < part.at + part.blocks && part.at < at + blocks);
    if (other !== undefined) return `the ${what} and the ${other.what} of group ${number} lie over one another`;
  }
  return null;
}

/** Where an inode stands. */
export interface InodePlace {
  readonly block: number;
  /** Byte in the block. */
  readonly at: number;
}

/** Where inode number `inode`, which the volume has, stands. */
export function inodePlace(inode: number, geometry: Geometry, groups: readonly GroupDescriptor[]): InodePlace {
  const byte = geometry.indexOfInode(inode) * geometry.inodeBytes;
  const { inodeTable } = groups[geometry.groupOfInode(inode)]!;
  return { block: inodeTable + Math.floor(byte / geometry.blockBytes), at: byte % geometry.blockBytes };
}

/** Whether a block is one of the volume's own books: a superblock, descriptors, a bitmap, or a part of a table. */
export function isMetadata(block: number, geometry: Geometry, groups: readonly GroupDescriptor[]): boolean {
  if (block <= geometry.firstDataBlock) return true;
  const number = geometry.groupOfBlock(block);
  const { blockBitmap, inodeBitmap, inodeTable } = groups[number]!;
  if (block < geometry.firstBlockOf(number) + geometry.leadingBlocksOf(number)) return true;
  if (block === blockBitmap || block === inodeBitmap) return true;
  return block >= inodeTable && block < inodeTable + geometry.inodeTableBlocks;
}
