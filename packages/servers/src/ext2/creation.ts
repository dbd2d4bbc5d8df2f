/** Nodes are made: an inode is taken and filled, and a directory names it. */
import type { Thread } from "@tessera/hal-sim/isa";
import { takeBlockOf } from "./block-map.js";
import { addName, findName } from "./directory.js";
import { beginDirectory, EntryType } from "./format/entries.js";
import { INLINE_TARGET_BYTES, type Inode, type InodeKind, MODE_PERMISSIONS } from "./format/inode.js";
import { takeInode } from "./inode-allocation.js";
import { isOwnName, resolveToChange } from "./names.js";
import { type Attributes, anyInode, attributesOf, editInode, nextGeneration, type UsedInode } from "./node.js";
import type { Transaction } from "./transaction.js";
import { NoRoom } from "./trouble.js";

/** Names that a node can have; for a directory those that its directories have for it, as well. */
export const MOST_LINKS = 32_000;
/** The longest target of a link. */
const MOST_TARGET_BYTES = 4095;

/** What a new node is to be. */
export interface NewNode {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Why nothing was made. */
export type NotMade = "Exists" | "NotDirectory" | "BadName" | "Denied" | "Stale";

/** Make an empty file. @throws NoRoom, Corrupt, DiskFault */
export function makeFile(tx: Transaction, directory: number, name: Uint8Array, is: NewNode) {
  return make(tx, directory, name, "file", is, function* () {});
}

/** Make an empty directory. @throws NoRoom, Corrupt, DiskFault */
export function* makeDirectory(
  tx: Transaction,
  directory: number,
  name: Uint8Array,
  is: NewNode,
): Thread<Attributes | NotMade | "TooManyLinks"> {
  if (!isOwnName(name)) return "BadName";
  const above = yield* resolveToChange(tx, directory);
  if (typeof above === "string") return above;
  const isTaken = (yield* findName(tx, above.inode, name)) !== null;
  if (!isTaken && above.inode.links >= MOST_LINKS) return "TooManyLinks";
  return yield* make(tx, directory, name, "directory", is, function* (inode, ino) {
    const entries = tx.begin(yield* firstBlock(tx, inode, ino));
    beginDirectory(entries, ino, above.ino, EntryType.directory);
    inode.size = entries.length;
    inode.links = 2;
    (yield* editInode(tx, above.ino)).links += 1;
  });
}

/** Make a symbolic link. `TooLarge`: its target is too long for a block. @throws NoRoom, Corrupt, DiskFault */
export function* makeLink(
  tx: Transaction,
  directory: number,
  name: Uint8Array,
  target: Uint8Array,
  owner: Omit<NewNode, "mode">,
): Thread<Attributes | NotMade | "TooLarge"> {
  if (target.length === 0) return "BadName";
  const { blockBytes } = tx.layout.geometry;
  if (target.length > MOST_TARGET_BYTES || target.length >= blockBytes) return "TooLarge";
  return yield* make(tx, directory, name, "link", { ...owner, mode: 0o777 }, function* (inode, ino) {
    if (target.length < INLINE_TARGET_BYTES) {
      inode.inlineTarget = target;
      return;
    }
    tx.begin(yield* firstBlock(tx, inode, ino)).set(target);
    inode.size = target.length;
  });
}

function* make(
  tx: Transaction,
  directory: number,
  name: Uint8Array,
  kind: InodeKind & keyof typeof EntryType,
  { mode, uid, gid }: NewNode,
  fill: (inode: Inode, ino: number) => Thread<void>,
): Thread<Attributes | NotMade> {
  if (!isOwnName(name)) return "BadName";
  const above = yield* resolveToChange(tx, directory);
  if (typeof above === "string") return above;
  if ((yield* findName(tx, above.inode, name)) !== null) return "Exists";
  const { geometry } = tx.layout;
  const ino = yield* takeInode(tx, above.ino, kind === "directory");
  const generation = nextGeneration((yield* anyInode(tx, ino)).generation, geometry);
  const inode = yield* editInode(tx, ino);
  inode.begin({ kind, permissions: mode & MODE_PERMISSIONS, uid, gid, nowUs: tx.nowUs, generation });
  inode.links = 1;
  yield* fill(inode, ino);
  yield* addName(tx, yield* editInode(tx, above.ino), name, ino, EntryType[kind]);
  return attributesOf(ino, inode as UsedInode, geometry);
}

/** The first block of a new node, in the group of its inode. */
function* firstBlock(tx: Transaction, inode: Inode, ino: number): Thread<number> {
  const { geometry } = tx.layout;
  const place = yield* takeBlockOf(tx, inode, 0, geometry.firstBlockOf(geometry.groupOfInode(ino)));
  if (place === null) throw new NoRoom();
  return place.block;
}
