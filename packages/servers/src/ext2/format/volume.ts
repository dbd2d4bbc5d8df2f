/**
 * A superblock that can be relied on. What it says is checked against itself and against the disk: whoever goes by the
 * geometry that comes out reaches nothing outside of the volume. What is not known here is said in a sentence: features
 * that forbid everything (no volume), and those that forbid writing.
 */
import { SECTOR_BYTES } from "../../block/interface.js";
import { Compatible, Incompatible, ReadOnlyCompatible, unknownFeatures } from "./features.js";
import { Geometry } from "./geometry.js";
import { FIRST_INODE, SMALL_INODE_BYTES } from "./inode.js";
import { DYNAMIC_REVISION, MAGIC, Superblock } from "./superblock.js";

/** Blocks are of 1, 2 or 4 KiB. */
const LEAST_BLOCK_BYTES = 1024;
const MOST_LOG_BLOCK_SIZE = 2;

/** A volume whose superblock makes sense. */
export interface VolumeHead {
  /** A view of the bytes that it was read from. */
  readonly superblock: Superblock;
  readonly geometry: Geometry;
  /** Why nothing may be written to it, as a sentence; null: it may. */
  readonly readOnly: string | null;
}

/**
 * What a superblock says, or why there is no volume that can be read, as a sentence.
 * @param bytes SUPERBLOCK_BYTES of them, from byte SUPERBLOCK_AT of the disk; they are not copied
 * @param sectors how many the disk has
 */
export function parseVolume(bytes: Uint8Array, sectors: number): VolumeHead | string {
  const superblock = new Superblock(bytes);
  if (superblock.magic !== MAGIC) {
    return `there is no ext2 file system: its magic number should be ef53 and is ${superblock.magic.toString(16)}`;
  }
  if (superblock.revision > DYNAMIC_REVISION) return `revision ${superblock.revision} of the format is not known`;
  const unknown = unknownFeatures("incompatible", superblock.incompatible);
  if (unknown.length > 0)
    return `it has features that are not known, and cannot be read without: ${unknown.join(", ")}`;
  const problem = checkMeasures(superblock);
  if (problem !== null) return problem;
  const geometry = geometryOf(superblock);
  const mistake = checkGeometry(superblock, geometry, sectors);
  return mistake ?? { superblock, geometry, readOnly: whyReadOnly(superblock) };
}

/** What follows from a superblock whose numbers have been checked. */
function geometryOf(superblock: Superblock): Geometry {
  const isDynamic = superblock.revision >= DYNAMIC_REVISION;
  return new Geometry({
    blockBytes: LEAST_BLOCK_BYTES << superblock.logBlockSize,
    blocks: superblock.blocks,
    firstDataBlock: superblock.firstDataBlock,
    blocksPerGroup: superblock.blocksPerGroup,
    inodesPerGroup: superblock.inodesPerGroup,
    inodeBytes: isDynamic ? superblock.inodeBytes : SMALL_INODE_BYTES,
    firstInode: isDynamic ? superblock.firstInode : FIRST_INODE,
    reservedGdtBlocks: superblock.reservedGdtBlocks,
    sparse: (superblock.readOnlyCompatible & ReadOnlyCompatible.SparseSuper) !== 0,
  });
}

/** Each number by itself. */
function checkMeasures(superblock: Superblock): string | null {
  if (superblock.logBlockSize > MOST_LOG_BLOCK_SIZE) {
    return `its blocks are of 2^${10 + superblock.logBlockSize} bytes; blocks of 1, 2 and 4 KiB can be read`;
  }
  const blockBytes = LEAST_BLOCK_BYTES << superblock.logBlockSize;
  const firstDataBlock = blockBytes === LEAST_BLOCK_BYTES ? 1 : 0;
  if (superblock.logFragmentSize !== superblock.logBlockSize) return "its fragments are not as large as its blocks";
  if (superblock.firstDataBlock !== firstDataBlock) {
    return `its first block is said to be ${superblock.firstDataBlock}, and is ${firstDataBlock}`;
  }
  const { blocksPerGroup, inodesPerGroup } = superblock;
  if (blocksPerGroup === 0 || blocksPerGroup > 8 * blockBytes || blocksPerGroup % 8 !== 0) {
    return `groups of ${blocksPerGroup} blocks cannot be: a bitmap has ${8 * blockBytes} bits`;
  }
  if (superblock.fragmentsPerGroup !== blocksPerGroup) {
    return `groups are said to have ${blocksPerGroup} blocks and ${superblock.fragmentsPerGroup} fragments, which are the same`;
  }
  if (inodesPerGroup === 0 || inodesPerGroup > 8 * blockBytes) {
    return `groups of ${inodesPerGroup} inodes cannot be: a bitmap has ${8 * blockBytes} bits`;
  }
  if (superblock.revision < DYNAMIC_REVISION) return null;
  const { inodeBytes } = superblock;
  const isPowerOfTwo = (inodeBytes & (inodeBytes - 1)) === 0;
  if (inodeBytes < SMALL_INODE_BYTES || inodeBytes > blockBytes || !isPowerOfTwo) {
    return `inodes of ${inodeBytes} bytes cannot be: they have 128, 256 or another power of two up to a block`;
  }
  return superblock.firstInode < FIRST_INODE ? `inode ${superblock.firstInode} cannot be the first for files` : null;
}

/** The numbers together, and against the disk. */
function checkGeometry(superblock: Superblock, geometry: Geometry, sectors: number): string | null {
  const { blocks, blockBytes, groups, inodes } = geometry;
  if (blocks * geometry.sectorsPerBlock > sectors) {
    return `it has ${blocks} blocks of ${blockBytes} bytes, and the disk only ${sectors} sectors of ${SECTOR_BYTES}`;
  }
  if (groups < 1) return `it cannot have ${blocks} blocks`;
  if (inodes !== superblock.inodes)
    return `its ${groups} groups have ${inodes} inodes, and it says ${superblock.inodes}`;
  if (geometry.firstInode > inodes)
    return `the first inode for files is said to be ${geometry.firstInode} of ${inodes}`;
  if (superblock.reservedBlocks > blocks) return `it keeps ${superblock.reservedBlocks} blocks of its ${blocks}`;
  if (geometry.reservedGdtBlocks > geometry.pointersPerBlock) {
    return `it keeps ${geometry.reservedGdtBlocks} blocks for more descriptors, more than can be`;
  }
  for (let group = 0; group < groups; group++) {
    const needed = geometry.leadingBlocksOf(group) + 2 + geometry.inodeTableBlocks;
    if (geometry.blocksOf(group) < needed) return `group ${group} needs ${needed} blocks for itself, and has fewer`;
  }
  return null;
}

function whyReadOnly(superblock: Superblock): string | null {
  const unknown = unknownFeatures("readOnlyCompatible", superblock.readOnlyCompatible);
  if (unknown.length > 0)
    return `it has features that are not known, and cannot be written without: ${unknown.join(", ")}`;
  if ((superblock.incompatible & Incompatible.Recover) !== 0)
    return "what is in its journal has to be put in place first";
  if ((superblock.compatible & Compatible.SparseSuper2) !== 0)
    return "copies of its superblock stand where it is not known";
  if ((superblock.incompatible & Incompatible.FileType) === 0)
    return "its directories do not say of what kind entries are";
  return null;
}
