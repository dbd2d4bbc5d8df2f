/**
 * Blocks are taken and given back. A file's next block is best behind the one before it, so whoever takes one says where he
 * would like it; what is free there or behind it in the group is taken, else the first that is free in the groups that
 * follow.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { availableBlocks, descriptor, editDescriptor, editSuperblock } from "./accounts.js";
import { clearBit, findClear, isSet, setBit } from "./format/bitmap.js";
import type { GroupDescriptor } from "./format/group.js";
import type { Transaction } from "./transaction.js";
import { Corrupt, NoRoom } from "./trouble.js";

/**
 * Take a block. What lies in it is anything.
 * @param goal where it is best
 * @throws NoRoom, Corrupt, DiskFault
 */
export function* takeBlock(tx: Transaction, goal: number): Thread<number> {
  if ((yield* availableBlocks(tx)) === 0) throw new NoRoom();
  const { geometry } = tx.layout;
  const near = geometry.hasBlock(goal) ? goal : geometry.firstDataBlock;
  const first = geometry.groupOfBlock(near);
  for (let i = 0; i < geometry.groups; i++) {
    const group = (first + i) % geometry.groups;
    if ((yield* descriptor(tx, group)).freeBlocks === 0) continue;
    const index = yield* findFree(tx, group, i === 0 ? near - geometry.firstBlockOf(group) : 0);
    if (index < 0) throw new Corrupt(`group ${group} says that blocks are free, and its bitmap says that none is`);
    return yield* take(tx, group, index);
  }
  throw new Corrupt("the superblock says that blocks are free, and no group has one");
}

/** Give a block back. @throws Corrupt when it is none of a file, or free already; DiskFault */
export function* releaseBlock(tx: Transaction, block: number): Thread<void> {
  const { geometry } = tx.layout;
  const group = geometry.groupOfBlock(tx.layout.checked(block));
  const bitmap = yield* tx.edit(blockBitmap(tx, group));
  const index = block - geometry.firstBlockOf(group);
  if (!isSet(bitmap, index)) throw new Corrupt(`block ${block} is in use, and its bitmap says that it is free`);
  clearBit(bitmap, index);
  tx.release(block);
  (yield* editDescriptor(tx, group)).freeBlocks += 1;
  (yield* editSuperblock(tx)).freeBlocks += 1;
}

/** The first clear bit of a group from `from` up, or in front of it; -1: none. */
function* findFree(tx: Transaction, group: number, from: number): Thread<number> {
  const bitmap = yield* tx.get(blockBitmap(tx, group));
  const behind = findClear(bitmap, from, tx.layout.geometry.blocksOf(group));
  return behind >= 0 ? behind : findClear(bitmap, 0, from);
}

function* take(tx: Transaction, group: number, index: number): Thread<number> {
  const block = tx.layout.checked(tx.layout.geometry.firstBlockOf(group) + index);
  setBit(yield* tx.edit(blockBitmap(tx, group)), index);
  (yield* editDescriptor(tx, group)).freeBlocks -= 1;
  (yield* editSuperblock(tx)).freeBlocks -= 1;
  return block;
}

function blockBitmap({ layout }: Transaction, group: number): number {
  return (layout.groups[group] as GroupDescriptor).blockBitmap;
}
