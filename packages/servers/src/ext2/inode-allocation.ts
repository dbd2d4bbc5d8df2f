/**
 * Inodes are taken and given back. A file's is best in the group of its directory, near to which its data will lie then,
 * too; directories are spread over the groups that have the most room, so that there is some for what will be in them.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { descriptor, editDescriptor, editSuperblock, superblock } from "./accounts.js";
import { clearBit, findClear, isSet, setBit } from "./format/bitmap.js";
import type { GroupDescriptor } from "./format/group.js";
import type { Transaction } from "./transaction.js";
import { Corrupt, NoRoom } from "./trouble.js";

/**
 * Take an inode. What lies in it is what the last one has left.
 * @param parent the inode of the directory that will name it
 * @throws NoRoom, Corrupt, DiskFault
 */
export function* takeInode(tx: Transaction, parent: number, isDirectory: boolean): Thread<number> {
  const { geometry, groups } = tx.layout;
  if ((yield* superblock(tx)).freeInodes === 0) throw new NoRoom();
  const near = geometry.groupOfInode(parent);
  const group = isDirectory ? yield* roomiestGroup(tx, near) : yield* nextGroup(tx, near);
  const { inodeBitmap } = groups[group] as GroupDescriptor;
  const index = findClear(yield* tx.get(inodeBitmap), 0, geometry.inodesPerGroup);
  if (index < 0) throw new Corrupt(`group ${group} says that inodes are free, and its bitmap says that none is`);
  const ino = group * geometry.inodesPerGroup + index + 1;
  tx.layout.inode(ino);
  setBit(yield* tx.edit(inodeBitmap), index);
  const books = yield* editDescriptor(tx, group);
  books.freeInodes -= 1;
  if (isDirectory) books.directories += 1;
  (yield* editSuperblock(tx)).freeInodes -= 1;
  return ino;
}

/** Give an inode back. @throws Corrupt when it is free already; DiskFault */
export function* releaseInode(tx: Transaction, ino: number, isDirectory: boolean): Thread<void> {
  const { geometry, groups } = tx.layout;
  const group = geometry.groupOfInode(ino);
  const bitmap = yield* tx.edit((groups[group] as GroupDescriptor).inodeBitmap);
  const index = geometry.indexOfInode(ino);
  if (!isSet(bitmap, index)) throw new Corrupt(`inode ${ino} is in use, and its bitmap says that it is free`);
  clearBit(bitmap, index);
  const books = yield* editDescriptor(tx, group);
  books.freeInodes += 1;
  if (isDirectory) books.directories = Math.max(0, books.directories - 1);
  (yield* editSuperblock(tx)).freeInodes += 1;
}

/** The first group from `near` up that has a free inode. */
function* nextGroup(tx: Transaction, near: number): Thread<number> {
  const { groups } = tx.layout.geometry;
  for (let i = 0; i < groups; i++) {
    const group = (near + i) % groups;
    if ((yield* descriptor(tx, group)).freeInodes > 0) return group;
  }
  throw new Corrupt("the superblock says that inodes are free, and no group has one");
}

/** Of the groups with no fewer free inodes than others have, the one with the most free blocks; `near` where that is as good. */
function* roomiestGroup(tx: Transaction, near: number): Thread<number> {
  const { groups } = tx.layout.geometry;
  const average = Math.floor((yield* superblock(tx)).freeInodes / groups);
  let best = -1;
  let most = -1;
  for (let i = 0; i < groups; i++) {
    const group = (near + i) % groups;
    const { freeInodes, freeBlocks } = yield* descriptor(tx, group);
    if (freeInodes === 0 || freeInodes < average || freeBlocks <= most) continue;
    best = group;
    most = freeBlocks;
  }
  return best >= 0 ? best : yield* nextGroup(tx, near);
}
