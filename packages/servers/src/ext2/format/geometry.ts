/**
 * How a volume is divided: what follows from the numbers of its superblock that never change.
 *
 *     block 0 or 1    group 0         group 1                          group n
 *     superblock      descriptors, bitmaps, inodes, data │ ...         may be shorter than the others
 *
 * Every group has a bitmap of its blocks, a bitmap of its inodes and a table of inodes, where its descriptor says
 * (group.ts). Group 0 begins with the superblock and all the descriptors, and some others with copies: those whose number
 * is 1 or a power of 3, 5 or 7, or all where the volume is not "sparse_super". Behind the descriptors follow blocks that
 * are kept for more of them.
 */
import { SECTOR_BYTES } from "../../block/interface.js";
import { GROUP_DESCRIPTOR_BYTES } from "./group.js";

/** The numbers from which the others follow. */
export interface Measures {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly firstDataBlock: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  readonly firstInode: number;
  readonly reservedGdtBlocks: number;
  readonly sparse: boolean;
}

/** How a volume is divided. */
export class Geometry implements Measures {
  readonly blockBytes: number;
  /** All of the volume, from block 0 up. */
  readonly blocks: number;
  /** The block of the superblock, with which group 0 begins: 1 where blocks have 1,024 bytes, else 0. */
  readonly firstDataBlock: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  readonly firstInode: number;
  readonly reservedGdtBlocks: number;
  readonly sparse: boolean;
  readonly groups: number;
  /** Inodes are numbered from 1 up to this. */
  readonly inodes: number;
  /** Blocks of the table of descriptors. */
  readonly groupBlocks: number;
  /** Blocks of the table of inodes of each group. */
  readonly inodeTableBlocks: number;
  readonly sectorsPerBlock: number;
  /** Numbers of blocks that a block holds. */
  readonly pointersPerBlock: number;

  constructor(measures: Measures) {
    this.blockBytes = measures.blockBytes;
    this.blocks = measures.blocks;
    this.firstDataBlock = measures.firstDataBlock;
    this.blocksPerGroup = measures.blocksPerGroup;
    this.inodesPerGroup = measures.inodesPerGroup;
    this.inodeBytes = measures.inodeBytes;
    this.firstInode = measures.firstInode;
    this.reservedGdtBlocks = measures.reservedGdtBlocks;
    this.sparse = measures.sparse;
    this.groups = Math.ceil((this.blocks - this.firstDataBlock) / this.blocksPerGroup);
    this.inodes = this.groups * this.inodesPerGroup;
    this.groupBlocks = Math.ceil((this.groups * GROUP_DESCRIPTOR_BYTES) / this.blockBytes);
    this.inodeTableBlocks = Math.ceil((this.inodesPerGroup * this.inodeBytes) / this.blockBytes);
    this.sectorsPerBlock = this.blockBytes / SECTOR_BYTES;
    this.pointersPerBlock = this.blockBytes / 4;
  }

  /** The first block of a group. */
  firstBlockOf(group: number): number {
    return this.firstDataBlock + group * this.blocksPerGroup;
  }

  /** How many blocks a group has. */
  blocksOf(group: number): number {
    return Math.min(this.blocksPerGroup, this.blocks - this.firstBlockOf(group));
  }

  /** The group that a block is in. */
  groupOfBlock(block: number): number {
    return Math.floor((block - this.firstDataBlock) / this.blocksPerGroup);
  }

  /** The group whose table an inode is in. */
  groupOfInode(inode: number): number {
    return Math.floor((inode - 1) / this.inodesPerGroup);
  }

  /** The place of an inode in the table of its group, from 0 on. */
  indexOfInode(inode: number): number {
    return (inode - 1) % this.inodesPerGroup;
  }

  /** Whether a group begins with the superblock and the descriptors, or a copy of them. */
  hasSuperblock(group: number): boolean {
    if (!this.sparse || group <= 1) return true;
    return isPowerOf(3, group) || isPowerOf(5, group) || isPowerOf(7, group);
  }

  /** Blocks at the beginning of a group that are for the superblock and the descriptors. */
  leadingBlocksOf(group: number): number {
    return this.hasSuperblock(group) ? 1 + this.groupBlocks + this.reservedGdtBlocks : 0;
  }

  /** Whether a file could have the block: it is on the volume, and behind the superblock. */
  hasBlock(block: number): boolean {
    return block > this.firstDataBlock && block < this.blocks;
  }

  /** Whether there is an inode of this number. */
  hasInode(inode: number): boolean {
    return inode >= 1 && inode <= this.inodes;
  }
}

function isPowerOf(base: number, number: number): boolean {
  let power = base;
  while (power < number) power *= base;
  return power === number;
}
