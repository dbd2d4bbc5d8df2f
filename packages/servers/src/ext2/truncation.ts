/**
 * Files are cut off: their blocks behind the cut are given back, with the blocks in which the numbers of those stand. The
 * inode says first that it has them no more, and then they are free.
 *
 * What is met twice is free the second time, so numbers that lead in a circle end as Corrupt.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { releaseBlock } from "./block-allocation.js";
import { numberIn, setNumber } from "./block-map.js";
import type { Inode } from "./format/inode.js";
import { blocksBelow, DIRECT_POINTERS, POINTERS } from "./format/pointers.js";
import type { Transaction } from "./transaction.js";

/**
 * Give back all blocks of a file from block `first` up.
 * @param inode to be changed
 * @throws Corrupt, DiskFault
 */
export function* cutOff(tx: Transaction, inode: Inode, first: number): Thread<void> {
  const { pointersPerBlock } = tx.layout.geometry;
  let begin = 0;
  let released = 0;
  for (let index = 0; index < POINTERS; index++) {
    const depth = Math.max(0, index - DIRECT_POINTERS + 1);
    const block = inode.pointer(index);
    const end = begin + blocksBelow(depth, pointersPerBlock);
    if (block !== 0 && begin >= first) {
      inode.setPointer(index, 0);
      released += yield* releaseAll(tx, block, depth);
    } else if (block !== 0 && end > first) {
      released += yield* releaseBehind(tx, block, depth, first - begin);
    }
    begin = end;
  }
  inode.sectors = Math.max(0, inode.sectors - released * tx.layout.geometry.sectorsPerBlock);
}

/** Give back a block and, where it holds numbers, all that they stand for. @returns how many */
function* releaseAll(tx: Transaction, block: number, depth: number): Thread<number> {
  const numbers = depth === 0 ? null : yield* tx.get(tx.layout.checked(block));
  yield* releaseBlock(tx, block);
  let released = 1;
  if (numbers === null) return released;
  for (let index = 0; index < tx.layout.geometry.pointersPerBlock; index++) {
    const below = numberIn(numbers, index);
    if (below !== 0) released += yield* releaseAll(tx, below, depth - 1);
  }
  return released;
}

/** Give back what numbers stand for from the file's block `first` up, counted from the first that these are for. */
function* releaseBehind(tx: Transaction, block: number, depth: number, first: number): Thread<number> {
  const { pointersPerBlock } = tx.layout.geometry;
  const each = blocksBelow(depth - 1, pointersPerBlock);
  const cut = Math.floor(first / each);
  const numbers = yield* tx.get(tx.layout.checked(block));
  let released = 0;
  for (let index = cut; index < pointersPerBlock; index++) {
    const below = numberIn(numbers, index);
    if (below === 0) continue;
    if (index * each < first) {
      released += yield* releaseBehind(tx, below, depth - 1, first - index * each);
      continue;
    }
    setNumber(yield* tx.edit(block), index, 0);
    released += yield* releaseAll(tx, below, depth - 1);
  }
  return released;
}
