/**
 * How a new volume is divided: block and inode sizes, groups, and how many inodes there are, from the size of the disk and
 * from what was asked for. A last group with no room for more than its own books is left off.
 */
import { SECTOR_BYTES } from "../../block/interface.js";
import { Geometry } from "../format/geometry.js";
import { FIRST_INODE } from "../format/inode.js";

/** What a new volume shall be; what is not said follows from its size. */
export interface VolumePlan {
  /** 1024, 2048 or 4096: 1024 below 8 MiB, else 4096. */
  readonly blockBytes?: number;
  /** 128, or 256 for exact times: 256. */
  readonly inodeBytes?: number;
  /** At least how many files, directories and links it can hold: one for 4 KiB, or for 16 KiB from 64 MiB up. */
  readonly inodes?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
/** From here on, blocks of 4 KiB; and from here on, fewer inodes. */
const LARGE_BLOCKS_FROM = 8 * MIB;
const FEW_INODES_FROM = 64 * MIB;
const BYTES_PER_INODE = { small: 4 * KIB, large: 16 * KIB } as const;

/** Blocks of a last group that have to be left for data. */
const LEAST_DATA_BLOCKS = 32;
/** What a bitmap and the count of a descriptor can hold. */
const MOST_PER_GROUP = 65528;

/** How a disk is divided, or why it cannot be, as a sentence. @param sectors how many the disk has */
export function planVolume(sectors: number, plan: VolumePlan): Geometry | string {
  const bytes = sectors * SECTOR_BYTES;
  const blockBytes = plan.blockBytes ?? (bytes < LARGE_BLOCKS_FROM ? KIB : 4 * KIB);
  const inodeBytes = plan.inodeBytes ?? 256;
  if (![1024, 2048, 4096].includes(blockBytes)) return `blocks of ${blockBytes} bytes are not made; 1, 2 and 4 KiB are`;
  if (![128, 256].includes(inodeBytes)) return `inodes of ${inodeBytes} bytes are not made; 128 and 256 are`;
  const perInode = bytes < FEW_INODES_FROM ? BYTES_PER_INODE.small : BYTES_PER_INODE.large;
  const inodes = plan.inodes ?? Math.floor(bytes / perInode);
  const blocks = Math.min(Math.floor(bytes / blockBytes), 2 ** 32 - 1);
  const whole = divided(blocks, inodes, blockBytes, inodeBytes);
  if (typeof whole === "string" || roomIn(whole, whole.groups - 1) >= LEAST_DATA_BLOCKS) return whole;
  if (whole.groups === 1) return `a disk of ${bytes} bytes has no room for files beside the books of them`;
  return divided(whole.firstBlockOf(whole.groups - 1), inodes, blockBytes, inodeBytes);
}

function divided(blocks: number, inodes: number, blockBytes: number, inodeBytes: number): Geometry | string {
  const firstDataBlock = blockBytes === KIB ? 1 : 0;
  const blocksPerGroup = Math.min(8 * blockBytes, MOST_PER_GROUP);
  const groups = Math.ceil((blocks - firstDataBlock) / blocksPerGroup);
  if (groups < 1) return "a disk of no blocks has no room for files";
  const inodesPerGroup = inodesOfGroup(Math.max(inodes, FIRST_INODE) / groups, blockBytes / inodeBytes);
  if (inodesPerGroup > Math.min(8 * blockBytes, MOST_PER_GROUP)) {
    return `${inodes} inodes are more than ${groups} groups can have`;
  }
  const measures = { blockBytes, blocks, firstDataBlock, blocksPerGroup, inodesPerGroup, inodeBytes };
  const geometry = new Geometry({ ...measures, firstInode: FIRST_INODE, reservedGdtBlocks: 0, sparse: true });
  if (roomIn(geometry, 0) >= 1) return geometry;
  return `${geometry.inodes} inodes and the books of ${blocks} blocks need more than the ${geometry.blocksOf(0)} blocks of a group`;
}

/** At least so many, whole blocks of them, and whole bytes of the bitmap. */
function inodesOfGroup(least: number, perBlock: number): number {
  const step = Math.max(8, perBlock);
  return step * Math.ceil(least / step);
}

/** Blocks of a group that are left for data. */
function roomIn(geometry: Geometry, group: number): number {
  return geometry.blocksOf(group) - geometry.leadingBlocksOf(group) - 2 - geometry.inodeTableBlocks;
}
