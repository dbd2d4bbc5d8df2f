/**
 * Nodes come to their end: when the last name is gone and nobody holds them any more. In between they are orphans, in a list
 * on the disk, so that whoever opens the volume next finds what to give back: the superblock has the first, and each has the
 * next in place of the time of its removal.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { editSuperblock, secondsOf, superblock } from "./accounts.js";
import { releaseBlock } from "./block-allocation.js";
import type { Inode } from "./format/inode.js";
import { releaseInode } from "./inode-allocation.js";
import { editInode, inodeAt } from "./node.js";
import type { Transaction } from "./transaction.js";
import { Corrupt } from "./trouble.js";
import { cutOff } from "./truncation.js";

/** At the beginning of a block of extended attributes, and where in it it says how many inodes have it. */
const ATTRIBUTES_MAGIC = 0xea020000;
const SHARERS_AT = 4;

/** One name fewer; without any it is an orphan, or at its end. @throws Corrupt, DiskFault */
export function* loseName(tx: Transaction, ino: number): Thread<void> {
  const inode = yield* editInode(tx, ino);
  // The other name of a directory is its own ".".
  inode.links = inode.kind === "directory" ? 0 : inode.links - 1;
  inode.changedUs = tx.nowUs;
  if (inode.links > 0) return;
  if (tx.isHeld(ino)) yield* addOrphan(tx, ino, inode);
  else yield* end(tx, ino, inode);
}

/** An orphan is at its end: nobody holds it any more. @throws Corrupt, DiskFault */
export function* endOrphan(tx: Transaction, ino: number): Thread<void> {
  const inode = yield* editInode(tx, ino);
  yield* removeOrphan(tx, ino, inode.deletedS);
  yield* end(tx, ino, inode);
}

/**
 * The first orphan of whoever had the volume before comes to its end. One that has a name was being cut off: that is
 * carried out.
 * @returns false when there is none
 * @throws Corrupt, DiskFault
 */
export function* endFirstOrphan(tx: Transaction): Thread<boolean> {
  const { lastOrphan } = yield* superblock(tx);
  if (lastOrphan === 0) return false;
  const { links, size } = yield* inodeAt(tx, lastOrphan);
  if (links === 0) {
    yield* endOrphan(tx, lastOrphan);
    return true;
  }
  const inode = yield* editInode(tx, lastOrphan);
  yield* removeOrphan(tx, lastOrphan, inode.deletedS);
  inode.deletedS = 0;
  if (inode.hasBlocks) yield* cutOff(tx, inode, Math.ceil(size / tx.layout.geometry.blockBytes));
  return true;
}

function* end(tx: Transaction, ino: number, inode: Inode): Thread<void> {
  const isDirectory = inode.kind === "directory";
  // A small number would be taken for that of the next orphan.
  inode.deletedS = Math.max(secondsOf(tx.nowUs), tx.layout.geometry.inodes + 1);
  if (inode.hasBlocks) yield* cutOff(tx, inode, 0);
  if (inode.attributes !== 0) yield* releaseAttributes(tx, inode);
  inode.size = 0;
  inode.sectors = 0;
  yield* releaseInode(tx, ino, isDirectory);
}

function* addOrphan(tx: Transaction, ino: number, inode: Inode): Thread<void> {
  const head = yield* editSuperblock(tx);
  inode.deletedS = head.lastOrphan;
  head.lastOrphan = ino;
}

/** Take an orphan out of the list; the one in front of it leads to `next` then. */
function* removeOrphan(tx: Transaction, ino: number, next: number): Thread<void> {
  let at = (yield* superblock(tx)).lastOrphan;
  if (at === ino) {
    (yield* editSuperblock(tx)).lastOrphan = next;
    return;
  }
  for (let steps = 0; at !== 0 && steps < tx.layout.geometry.inodes; steps++) {
    const { deletedS } = yield* inodeAt(tx, at);
    if (deletedS === ino) {
      (yield* editInode(tx, at)).deletedS = next;
      return;
    }
    at = deletedS;
  }
  throw new Corrupt(`inode ${ino} is missing in the list of those without a name`);
}

/** One inode fewer has a block of extended attributes. */
function* releaseAttributes(tx: Transaction, inode: Inode): Thread<void> {
  const block = tx.layout.checked(inode.attributes);
  inode.attributes = 0;
  const bytes = yield* tx.get(block);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== ATTRIBUTES_MAGIC) throw new Corrupt(`block ${block} has no extended attributes`);
  const sharers = view.getUint32(SHARERS_AT, true);
  if (sharers <= 1) return yield* releaseBlock(tx, block);
  const own = yield* tx.edit(block);
  new DataView(own.buffer, own.byteOffset, own.length).setUint32(SHARERS_AT, sharers - 1, true);
}
