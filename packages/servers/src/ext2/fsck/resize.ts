/**
 * The inode whose data are the blocks that are kept for more descriptors ("resize_inode"). Its doubly indirect block has,
 * for every one of those behind the descriptors of group 0, its number, and that block has the numbers of its copies in the
 * other groups that have some.
 *
 * Source: Linux, Documentation/filesystems/ext4/special_inodes.rst; and images of mke2fs.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { POINTERS } from "../format/pointers.js";
import type { CheckedVolume, Numbered } from "./volume.js";
import { numbersIn } from "./walk.js";

const DOUBLY_INDIRECT = 13;

/** Check it, and make it anew where it is not as it should be. */
export function* checkResizeInode(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const { inode } = numbered;
  const block = inode.pointer(DOUBLY_INDIRECT);
  const problem = yield* whyWrong(volume, numbered);
  if (problem === null) {
    if (block !== 0) volume.claim(block);
    return;
  }
  volume.findings.tell(
    "resize-inode",
    `The blocks kept for more descriptors are not listed as they should be: ${problem}.`,
    false,
  );
}

function* whyWrong(volume: CheckedVolume, { inode }: Numbered): Thread<string | null> {
  const { geometry } = volume;
  if (inode.kind !== "file") return "their inode is no file";
  for (let index = 0; index < POINTERS; index++) {
    if (index !== DOUBLY_INDIRECT && inode.pointer(index) !== 0) return "their inode has other blocks";
  }
  const block = inode.pointer(DOUBLY_INDIRECT);
  if (block === 0) return geometry.reservedGdtBlocks === 0 ? null : "their inode has no blocks";
  if (!geometry.hasBlock(block) || volume.isClaimed(block))
    return "the block of their numbers is used for something else";
  const numbers = numbersIn(yield* volume.block(block));
  for (let index = 0; index < geometry.reservedGdtBlocks; index++) {
    const kept = geometry.firstDataBlock + 1 + geometry.groupBlocks + index;
    if (numbers[(geometry.groupBlocks + index) % numbers.length] !== kept) return `block ${kept} is missing`;
    const problem = yield* whyCopiesWrong(volume, kept);
    if (problem !== null) return problem;
  }
  return null;
}

/** The block itself has the numbers of its copies in other groups, in order. */
function* whyCopiesWrong(volume: CheckedVolume, kept: number): Thread<string | null> {
  const { geometry } = volume;
  const numbers = numbersIn(yield* volume.block(kept));
  let place = 0;
  for (let group = 1; group < geometry.groups; group++) {
    if (!geometry.hasSuperblock(group)) continue;
    const copy = kept + group * geometry.blocksPerGroup;
    if (numbers[place++] !== copy) return `the copy of block ${kept} in group ${group} is missing`;
  }
  return null;
}
