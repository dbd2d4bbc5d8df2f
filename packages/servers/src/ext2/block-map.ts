/**
 * Which block of the disk is which block of a file: numbers in the inode, and blocks of numbers (format/pointers.ts). What
 * is not there is a hole, that reads as zeroes and becomes a block when it is written.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { availableBlocks } from "./accounts.js";
import { takeBlock } from "./block-allocation.js";
import type { Inode } from "./format/inode.js";
import { pathTo } from "./format/pointers.js";
import type { Transaction, View } from "./transaction.js";
import { Corrupt } from "./trouble.js";

/** The block of the disk that is block `logical` of a file; 0: a hole. @throws Corrupt, DiskFault */
export function* blockOf(view: View, inode: Inode, logical: number): Thread<number> {
  const path = wayTo(view, logical);
  let block = inode.pointer(path[0] as number);
  for (let depth = 1; depth < path.length && block !== 0; depth++) {
    block = numberIn(yield* view.get(view.layout.checked(block)), path[depth] as number);
  }
  return block === 0 ? 0 : view.layout.checked(block);
}

/** A block of a file, and whether it was a hole before: what lies in it is anything then. */
export interface FileBlock {
  readonly block: number;
  readonly isNew: boolean;
}

/**
 * As `blockOf`, and a block is taken for a hole, with those that its number stands in.
 * @param inode to be changed
 * @param goal where a block is best
 * @returns null when there is no room for all of them; nothing is changed then
 * @throws Corrupt, DiskFault
 */
export function* takeBlockOf(tx: Transaction, inode: Inode, logical: number, goal: number): Thread<FileBlock | null> {
  const path = wayTo(tx, logical);
  let holder = 0;
  let block = inode.pointer(path[0] as number);
  let depth = 1;
  for (; depth < path.length && block !== 0; depth++) {
    holder = tx.layout.checked(block);
    block = numberIn(yield* tx.get(holder), path[depth] as number);
  }
  if (block !== 0) return { block: tx.layout.checked(block), isNew: false };
  const missing = path.length - depth + 1;
  if ((yield* availableBlocks(tx)) < missing) return null;
  let near = goal;
  for (depth -= 1; depth < path.length; depth++) {
    block = yield* takeBlock(tx, near);
    near = block + 1;
    if (depth < path.length - 1) tx.begin(block);
    if (depth === 0) inode.setPointer(path[0] as number, block);
    else setNumber(yield* tx.edit(holder), path[depth] as number, block);
    holder = block;
  }
  inode.sectors += missing * tx.layout.geometry.sectorsPerBlock;
  return { block, isNew: true };
}

/** A number in a block of numbers. */
export function numberIn(block: Uint8Array, index: number): number {
  return viewOf(block).getUint32(4 * index, true);
}

/** Change a number in a block of numbers. */
export function setNumber(block: Uint8Array, index: number, number: number): void {
  viewOf(block).setUint32(4 * index, number, true);
}

function viewOf(block: Uint8Array): DataView {
  return new DataView(block.buffer, block.byteOffset, block.length);
}

function wayTo({ layout }: View, logical: number): number[] {
  const path = pathTo(logical, layout.geometry.pointersPerBlock);
  if (path === null) throw new Corrupt(`no file has a block ${logical}`);
  return path;
}
