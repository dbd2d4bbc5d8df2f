/**
 * Nodes: what the world calls an inode by. An inode is used again for another file and has another generation then, so the
 * number of a node is both:
 *
 *     node = generation * (inodes of the volume + 1) + inode
 *
 * as far as 53 bits hold; on a volume of a million inodes that is the whole generation. A number of a node that is gone is
 * `Stale`, and stays so, also for servers that are started later.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Geometry } from "./format/geometry.js";
import { checkInode, Inode, type InodeKind } from "./format/inode.js";
import type { Transaction, View } from "./transaction.js";
import { Corrupt } from "./trouble.js";

/** What is known of a node. Times are in microseconds since 1970. */
export interface Attributes {
  readonly node: number;
  readonly kind: InodeKind;
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly blocks: number;
  readonly accessedUs: number;
  readonly modifiedUs: number;
  readonly changedUs: number;
}

/** An inode that is in use, whose kind is known. */
export type UsedInode = Inode & { readonly kind: InodeKind };

/** An inode, to be looked at. @throws Corrupt, DiskFault */
export function* inodeAt(view: View, ino: number): Thread<UsedInode> {
  const inode = yield* anyInode(view, ino);
  const problem = checkInode(inode, view.layout.geometry);
  if (problem !== null) throw new Corrupt(`inode ${ino}: ${problem}`);
  return inode as UsedInode;
}

/** An inode as it lies there, whatever it says. @throws Corrupt when there is none of that number; DiskFault */
export function* anyInode(view: View, ino: number): Thread<Inode> {
  const { block, at } = view.layout.inode(ino);
  return new Inode(yield* view.get(block), at, view.layout.geometry.inodeBytes);
}

/** An inode, to be changed. It may be one that is not in use yet. @throws Corrupt when there is none of that number; DiskFault */
export function* editInode(tx: Transaction, ino: number): Thread<Inode> {
  const { block, at } = tx.layout.inode(ino);
  return new Inode(yield* tx.edit(block), at, tx.layout.geometry.inodeBytes);
}

/** The inode that a node is, or was. */
export function inodeOf(node: number, geometry: Geometry): number {
  return node % (geometry.inodes + 1);
}

/** The number of the node that an inode is. */
export function nodeOf(ino: number, generation: number, geometry: Geometry): number {
  return (generation % generations(geometry)) * (geometry.inodes + 1) + ino;
}

/** The generation of the next node that the inode will be. */
export function nextGeneration(generation: number, geometry: Geometry): number {
  return (generation + 1) % generations(geometry);
}

/** What is known of an inode. */
export function attributesOf(ino: number, inode: UsedInode, geometry: Geometry): Attributes {
  return {
    node: nodeOf(ino, inode.generation, geometry),
    kind: inode.kind,
    mode: inode.permissions,
    links: inode.links,
    uid: inode.uid,
    gid: inode.gid,
    size: inode.size,
    blocks: inode.sectors,
    accessedUs: Math.max(0, inode.accessedUs),
    modifiedUs: Math.max(0, inode.modifiedUs),
    changedUs: Math.max(0, inode.changedUs),
  };
}

/** Generations that can be told apart. */
function generations({ inodes }: Geometry): number {
  return Math.min(2 ** 32, Math.floor((Number.MAX_SAFE_INTEGER - inodes) / (inodes + 1)));
}
