/** What is in a node: data of a file, the target of a link, attributes. */
import type { Thread } from "@tessera/hal-sim/isa";
import { Change } from "../vfs/volume.js";
import { blockOf } from "./block-map.js";
import { mostBytes, readData, resize, writeData } from "./file-data.js";
import { isFixed, resolve } from "./names.js";
import { type Attributes, attributesOf, editInode, type UsedInode } from "./node.js";
import type { Transaction, View } from "./transaction.js";
import { Corrupt } from "./trouble.js";

/** Up to `length` bytes of a file. @throws Corrupt, DiskFault */
export function* readFile(
  view: View,
  node: number,
  offset: number,
  length: number,
): Thread<{ readonly data: Uint8Array } | "NotFile" | "Stale"> {
  const found = yield* resolve(view, node);
  if (found === "Stale") return found;
  if (found.inode.kind !== "file") return "NotFile";
  return { data: yield* readData(view, found.inode, offset, length) };
}

/** Write to a file: as much as there is room for, at least a byte where there are any. @throws NoRoom, Corrupt, DiskFault */
export function* writeFile(
  tx: Transaction,
  node: number,
  offset: number,
  bytes: Uint8Array,
): Thread<{ readonly written: number } | "NotFile" | "TooLarge" | "Denied" | "Stale"> {
  const found = yield* resolve(tx, node);
  if (found === "Stale") return found;
  if (found.inode.kind !== "file") return "NotFile";
  if (isFixed(found.inode)) return "Denied";
  if (bytes.length === 0) return { written: 0 };
  const most = mostBytes(tx);
  if (offset >= most) return "TooLarge";
  const { geometry } = tx.layout;
  const inode = yield* editInode(tx, found.ino);
  const goal = geometry.firstBlockOf(geometry.groupOfInode(found.ino));
  const written = yield* writeData(tx, inode, offset, bytes.subarray(0, most - offset), goal);
  inode.modifiedUs = tx.nowUs;
  inode.changedUs = tx.nowUs;
  return { written };
}

/** The target of a symbolic link. @throws Corrupt, DiskFault */
export function* readTarget(view: View, node: number): Thread<{ readonly target: Uint8Array } | "NotLink" | "Stale"> {
  const found = yield* resolve(view, node);
  if (found === "Stale") return found;
  const { inode } = found;
  if (inode.kind !== "link") return "NotLink";
  if (inode.hasInlineTarget) return { target: inode.inlineTarget };
  const block = yield* blockOf(view, inode, 0);
  if (block === 0) throw new Corrupt(`inode ${found.ino}: the target of a link is missing`);
  return { target: (yield* view.get(block)).slice(0, inode.size) };
}

/** Attributes to be changed, and the sum of `Change` that says which. */
export interface Changes {
  readonly what: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly accessedUs: number;
  readonly modifiedUs: number;
}

/** Change attributes. @throws Corrupt, DiskFault */
export function* change(
  tx: Transaction,
  node: number,
  to: Changes,
): Thread<Attributes | "Denied" | "IsDirectory" | "TooLarge" | "Stale"> {
  const found = yield* resolve(tx, node);
  if (found === "Stale") return found;
  const { ino, inode: old } = found;
  const resizes = (to.what & Change.size) !== 0;
  if (resizes && old.kind === "directory") return "IsDirectory";
  if (isFixed(old) || (resizes && old.kind !== "file")) return "Denied";
  if (resizes && to.size > mostBytes(tx)) return "TooLarge";
  const inode = (yield* editInode(tx, ino)) as UsedInode;
  if (resizes) {
    yield* resize(tx, inode, to.size);
    inode.modifiedUs = tx.nowUs;
  }
  if ((to.what & Change.mode) !== 0) inode.permissions = to.mode;
  if ((to.what & Change.uid) !== 0) inode.uid = to.uid;
  if ((to.what & Change.gid) !== 0) inode.gid = to.gid;
  if ((to.what & Change.accessed) !== 0) inode.accessedUs = to.accessedUs;
  if ((to.what & Change.modified) !== 0) inode.modifiedUs = to.modifiedUs;
  inode.changedUs = tx.nowUs;
  return attributesOf(ino, inode, tx.layout.geometry);
}
