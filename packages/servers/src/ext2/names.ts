/**
 * What a name stands for, and which names there can be. "." and ".." are in every directory; nobody makes, moves or
 * removes them.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { findName } from "./directory.js";
import { MOST_NAME_BYTES } from "./format/entries.js";
import { type Inode, InodeFlag, ROOT_INODE } from "./format/inode.js";
import { anyInode, inodeAt, inodeOf, nodeOf, type UsedInode } from "./node.js";
import type { View } from "./transaction.js";
import { Corrupt } from "./trouble.js";

/** An inode with its number. */
export interface Found {
  readonly ino: number;
  readonly inode: UsedInode;
}

const DOT = 0x2e;
const SLASH = 0x2f;

/** The inode that a node is. `Stale`: it is gone. @throws Corrupt, DiskFault */
export function* resolve(view: View, node: number): Thread<Found | "Stale"> {
  const { geometry } = view.layout;
  const ino = inodeOf(node, geometry);
  if (ino !== ROOT_INODE && (ino < geometry.firstInode || ino > geometry.inodes)) return "Stale";
  const { generation, links } = yield* anyInode(view, ino);
  const isThere = links > 0 || view.isHeld(ino);
  if (!isThere || nodeOf(ino, generation, geometry) !== node) return "Stale";
  return { ino, inode: yield* inodeAt(view, ino) };
}

/** The directory at the root. @throws Corrupt, DiskFault */
export function* root(view: View): Thread<Found> {
  return { ino: ROOT_INODE, inode: yield* inodeAt(view, ROOT_INODE) };
}

/** As `resolve`, for a directory. */
export function* resolveDirectory(view: View, node: number): Thread<Found | "Stale" | "NotDirectory"> {
  const found = yield* resolve(view, node);
  return found === "Stale" || found.inode.kind === "directory" ? found : "NotDirectory";
}

/** As `resolveDirectory`, for one in which names are changed: into one that was removed nothing can be put. */
export function* resolveToChange(view: View, node: number): Thread<Found | "Stale" | "NotDirectory" | "Denied"> {
  const found = yield* resolveDirectory(view, node);
  if (typeof found === "string") return found;
  if (found.inode.links === 0) return "Stale";
  return isFixed(found.inode) ? "Denied" : found;
}

/** What `name` is in a directory; null: nothing. @throws Corrupt, DiskFault */
export function* lookUp(view: View, directory: Inode, name: Uint8Array): Thread<Found | null> {
  const entry = yield* findName(view, directory, name);
  return entry === null ? null : { ino: entry.ino, inode: yield* named(view, entry.ino) };
}

/** An inode that a name stands for. @throws Corrupt when it is free; DiskFault */
export function* named(view: View, ino: number): Thread<UsedInode> {
  const inode = yield* inodeAt(view, ino);
  if (inode.links === 0) throw new Corrupt(`a name stands for inode ${ino}, which is free`);
  return inode;
}

/** Whether somebody with other tools has said that it is not to be changed, or only to be added to. */
export function isFixed({ flags }: Inode): boolean {
  return (flags & (InodeFlag.Immutable | InodeFlag.AppendOnly)) !== 0;
}

/** Whether there can be such a name in a directory. */
export function isName(name: Uint8Array): boolean {
  return name.length > 0 && name.length <= MOST_NAME_BYTES && !name.includes(0) && !name.includes(SLASH);
}

/** Whether such a name can be made, and taken away. */
export function isOwnName(name: Uint8Array): boolean {
  return isName(name) && !(name.length <= 2 && name.every((byte) => byte === DOT));
}
