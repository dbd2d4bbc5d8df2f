/**
 * The inode whose data are the blocks that are kept for more descriptors ("resize_inode"). Its doubly indirect block has,
 * for every one of those behind the descriptors of group 0, its number, and that block has the numbers of its copies in the
 * other groups that have some.
 *
 * It is made anew where it is not as it should be. Where not even its own block can be had, the volume goes on without: the
 * blocks become free, and it cannot be made larger while it is in use.
 *
 * Source: Linux, Documentation/filesystems/ext4/special_inodes.rst; and images of mke2fs.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { Compatible } from "../format/features.js";
import { isMetadata } from "../format/group.js";
import { POINTERS } from "../format/pointers.js";
import type { CheckedVolume, Numbered } from "./volume.js";
import { numbersIn } from "./walk.js";

const DOUBLY_INDIRECT = 13;

/** Check it, and claim the block that is its own. */
export function* checkResizeInode(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const { inode } = numbered;
  const block = inode.pointer(DOUBLY_INDIRECT);
  const isPossible = hasRightPointers(numbered) && canHave(volume, block);
  const wanted = rightNumbers(volume);
  const sectors =
    (1 + wanted.kept.reduce((sum, { copies }) => sum + 1 + copies.length, 0)) * volume.geometry.sectorsPerBlock;
  const isRight =
    isPossible &&
    inode.sectors === sectors &&
    (yield* isListed(volume, block, wanted.first)) &&
    (yield* areListed(volume, wanted.kept));
  if (isPossible) volume.claim(block);
  if (isRight) return;
  const message = "The blocks that are kept for more descriptors are not listed as they should be.";
  if (!volume.findings.tell("resize-inode", message)) return;
  if (isPossible) {
    yield* volume.write(block, bytesOf(volume, wanted.first));
    for (const { number, copies } of wanted.kept) yield* volume.write(number, bytesOf(volume, copies));
    inode.sectors = sectors;
  } else {
    inode.clear();
    volume.superblock.compatible = (volume.superblock.compatible & ~Compatible.ResizeInode) >>> 0;
    volume.superblock.reservedGdtBlocks = 0;
  }
  yield* volume.save(numbered);
}

/** It is a file, and has no blocks but by one number. */
function hasRightPointers({ inode }: Numbered): boolean {
  if (inode.kind !== "file" || inode.links === 0) return false;
  for (let index = 0; index < POINTERS; index++) {
    if (index !== DOUBLY_INDIRECT && inode.pointer(index) !== 0) return false;
  }
  return true;
}

function canHave(volume: CheckedVolume, block: number): boolean {
  const { geometry, groups } = volume;
  return geometry.hasBlock(block) && !isMetadata(block, geometry, groups) && !volume.isClaimed(block);
}

/** What the doubly indirect block lists, and each of the kept blocks: their copies. */
function rightNumbers({ geometry }: CheckedVolume) {
  const { firstDataBlock, groupBlocks, reservedGdtBlocks, pointersPerBlock, blocksPerGroup } = geometry;
  const first: number[] = new Array(pointersPerBlock).fill(0);
  const withCopies = Array.from({ length: geometry.groups }, (_, group) => group).filter((group) => {
    return group > 0 && geometry.hasSuperblock(group);
  });
  const kept = Array.from({ length: reservedGdtBlocks }, (_, index) => {
    const number = firstDataBlock + 1 + groupBlocks + index;
    first[(groupBlocks + index) % pointersPerBlock] = number;
    return { number, copies: withCopies.map((group) => number + group * blocksPerGroup) };
  });
  return { first, kept };
}

function* areListed(
  volume: CheckedVolume,
  kept: readonly { readonly number: number; readonly copies: readonly number[] }[],
): Thread<boolean> {
  for (const { number, copies } of kept) if (!(yield* isListed(volume, number, copies))) return false;
  return true;
}

/** Whether a block has these numbers, and zeroes behind them. */
function* isListed(volume: CheckedVolume, block: number, wanted: readonly number[]): Thread<boolean> {
  const numbers = numbersIn(yield* volume.block(block));
  return numbers.every((number, index) => number === (wanted[index] ?? 0));
}

function bytesOf({ geometry }: CheckedVolume, numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(geometry.blockBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, number] of numbers.entries()) view.setUint32(4 * index, number, true);
  return bytes;
}
