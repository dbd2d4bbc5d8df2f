/**
 * What is free, and what state the volume is in: the superblock, and a descriptor for each group. Both say how much is
 * free, and are changed together with the bitmaps.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { GroupDescriptor } from "./format/group.js";
import { SUPERBLOCK_BYTES, Superblock } from "./format/superblock.js";
import type { Transaction, View } from "./transaction.js";

/** The superblock, to be looked at. */
export function* superblock(view: View): Thread<Superblock> {
  const { block, at } = view.layout.superblock;
  return new Superblock((yield* view.get(block)).subarray(at, at + SUPERBLOCK_BYTES));
}

/** The superblock, to be changed; it says that it was written now, unless the clock has gone back. */
export function* editSuperblock(tx: Transaction): Thread<Superblock> {
  const { block, at } = tx.layout.superblock;
  const superblock = new Superblock((yield* tx.edit(block)).subarray(at, at + SUPERBLOCK_BYTES));
  superblock.writeTimeS = Math.max(superblock.writeTimeS, secondsOf(tx.nowUs));
  return superblock;
}

/** The descriptor of a group, to be looked at. */
export function* descriptor(view: View, group: number): Thread<GroupDescriptor> {
  const { block, at } = view.layout.descriptor(group);
  return new GroupDescriptor(yield* view.get(block), at);
}

/** The descriptor of a group, to be changed. */
export function* editDescriptor(tx: Transaction, group: number): Thread<GroupDescriptor> {
  const { block, at } = tx.layout.descriptor(group);
  return new GroupDescriptor(yield* tx.edit(block), at);
}

/** Blocks that files may still take: some are kept for who puts a full volume in order, elsewhere. */
export function* availableBlocks(view: View): Thread<number> {
  const { freeBlocks, reservedBlocks } = yield* superblock(view);
  return Math.max(0, freeBlocks - reservedBlocks);
}

/** Seconds as the disk has room for. */
export function secondsOf(us: number): number {
  return Math.min(Math.floor(us / 1_000_000), 2 ** 32 - 1);
}
