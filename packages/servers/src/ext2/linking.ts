/** Names are given to nodes that there are, taken away, and moved, as POSIX's link, unlink, rmdir and rename say. */
import type { Thread } from "@tessera/hal-sim/isa";
import { MOST_LINKS } from "./creation.js";
import { addName, changeEntry, type FoundEntry, findName, isEmpty, parentOf, removeName } from "./directory.js";
import { EntryType } from "./format/entries.js";
import { ROOT_INODE } from "./format/inode.js";
import { type Found, isFixed, isOwnName, named, resolve, resolveToChange } from "./names.js";
import { type Attributes, attributesOf, editInode, inodeAt, type UsedInode } from "./node.js";
import { loseName } from "./removal.js";
import type { Transaction, View } from "./transaction.js";
import { Corrupt } from "./trouble.js";

/** Why no name was given. */
export type NotLinked = "Exists" | "IsDirectory" | "NotDirectory" | "BadName" | "TooManyLinks" | "Denied" | "Stale";

/** Give a node, which is no directory, another name. @throws NoRoom, Corrupt, DiskFault */
export function* link(
  tx: Transaction,
  node: number,
  directory: number,
  name: Uint8Array,
): Thread<Attributes | NotLinked> {
  if (!isOwnName(name)) return "BadName";
  const into = yield* resolveToChange(tx, directory);
  if (typeof into === "string") return into;
  const it = yield* resolve(tx, node);
  if (it === "Stale" || it.inode.links === 0) return "Stale";
  if (it.inode.kind === "directory") return "IsDirectory";
  if (isFixed(it.inode)) return "Denied";
  if ((yield* findName(tx, into.inode, name)) !== null) return "Exists";
  if (it.inode.links >= MOST_LINKS) return "TooManyLinks";
  const inode = (yield* editInode(tx, it.ino)) as UsedInode;
  inode.links += 1;
  inode.changedUs = tx.nowUs;
  yield* addName(tx, yield* editInode(tx, into.ino), name, it.ino, EntryType[inode.kind]);
  return attributesOf(it.ino, inode, tx.layout.geometry);
}

/** Why no name was taken away. */
export type NotRemoved = "NotFound" | "IsDirectory" | "NotDirectory" | "NotEmpty" | "BadName" | "Denied" | "Stale";

/** Take a name away: of an empty directory, or of anything that is none. @throws Corrupt, DiskFault */
export function* remove(
  tx: Transaction,
  directory: number,
  name: Uint8Array,
  isDirectory: boolean,
): Thread<NotRemoved | null> {
  if (!isOwnName(name)) return "BadName";
  const from = yield* resolveToChange(tx, directory);
  if (typeof from === "string") return from;
  const entry = yield* findName(tx, from.inode, name);
  if (entry === null) return "NotFound";
  const inode = yield* named(tx, entry.ino);
  const problem = yield* whyNotGone(tx, inode, isDirectory);
  if (problem !== null) return problem;
  yield* removeName(tx, yield* editInode(tx, from.ino), entry);
  yield* dropNamed(tx, from.ino, entry.ino, inode);
  return null;
}

/** A name, and the directory in which it is. */
export interface Name {
  readonly directory: number;
  readonly name: Uint8Array;
}

/** Why nothing was renamed. */
export type NotRenamed = NotRemoved | "Loop" | "TooManyLinks";

/**
 * Move a name, in place of one that there may be, which loses its node. Nothing happens where both are names of one node.
 * @throws NoRoom, Corrupt, DiskFault
 */
export function* rename(tx: Transaction, old: Name, fresh: Name): Thread<NotRenamed | null> {
  if (!isOwnName(old.name) || !isOwnName(fresh.name)) return "BadName";
  const from = yield* resolveToChange(tx, old.directory);
  if (typeof from === "string") return from;
  const to = yield* resolveToChange(tx, fresh.directory);
  if (typeof to === "string") return to;
  const entry = yield* findName(tx, from.inode, old.name);
  if (entry === null) return "NotFound";
  const there = yield* findName(tx, to.inode, fresh.name);
  if (there?.ino === entry.ino) return null;
  const moved = { ino: entry.ino, inode: yield* named(tx, entry.ino) };
  const problem = yield* whyNotMoved(tx, moved, from, to, there);
  if (problem !== null) return problem;
  yield* move(tx, moved, from, to, { entry, there, name: fresh.name });
  return null;
}

interface Move {
  /** The old entry, the one that is there already, and the name of the new one. */
  readonly entry: FoundEntry;
  readonly there: FoundEntry | null;
  readonly name: Uint8Array;
}

/** The new name first, then the old one goes: in between it has both, and never none. */
function* move(tx: Transaction, moved: Found, from: Found, to: Found, { entry, there, name }: Move): Thread<void> {
  const type = EntryType[moved.inode.kind];
  const replaced = there === null ? null : yield* named(tx, there.ino);
  const target = yield* editInode(tx, to.ino);
  if (there === null) yield* addName(tx, target, name, moved.ino, type);
  else yield* changeEntry(tx, target, there, moved.ino, type);
  yield* removeName(tx, yield* editInode(tx, from.ino), entry);
  (yield* editInode(tx, moved.ino)).changedUs = tx.nowUs;
  if (moved.inode.kind === "directory" && from.ino !== to.ino) yield* changeParent(tx, moved.ino, from.ino, to.ino);
  if (there !== null && replaced !== null) yield* dropNamed(tx, to.ino, there.ino, replaced);
}

/** A name of an inode is gone from a directory; the inode with it, if it was the last. */
function* dropNamed(tx: Transaction, directory: number, ino: number, { kind }: UsedInode): Thread<void> {
  if (kind === "directory") yield* addLinks(tx, directory, -1);
  yield* loseName(tx, ino);
}

/** A directory that was moved is named by ".." no more in the old one above it, but in the new one. */
function* changeParent(tx: Transaction, ino: number, from: number, to: number): Thread<void> {
  const directory = yield* editInode(tx, ino);
  const modifiedUs = directory.modifiedUs;
  const above = yield* findName(tx, directory, Uint8Array.of(0x2e, 0x2e));
  if (above === null) throw new Corrupt(`directory ${ino} has no ".."`);
  yield* changeEntry(tx, directory, above, to, EntryType.directory);
  directory.modifiedUs = modifiedUs;
  yield* addLinks(tx, from, -1);
  yield* addLinks(tx, to, 1);
}

function* addLinks(tx: Transaction, ino: number, change: 1 | -1): Thread<void> {
  const inode = yield* editInode(tx, ino);
  if (inode.links + change < 2) throw new Corrupt(`directory ${ino} has more directories in it than it counts`);
  inode.links += change;
}

function* whyNotMoved(
  tx: Transaction,
  moved: Found,
  from: Found,
  to: Found,
  there: FoundEntry | null,
): Thread<NotRenamed | null> {
  if (isFixed(moved.inode)) return "Denied";
  const isDirectory = moved.inode.kind === "directory";
  if (isDirectory && (yield* isAtOrBelow(tx, to.ino, moved.ino))) return "Loop";
  if (there !== null) return yield* whyNotGone(tx, yield* named(tx, there.ino), isDirectory);
  return isDirectory && from.ino !== to.ino && to.inode.links >= MOST_LINKS ? "TooManyLinks" : null;
}

/** Why a name of the inode cannot be taken away, by who takes it for a directory or not. */
function* whyNotGone(view: View, inode: UsedInode, isDirectory: boolean): Thread<NotRemoved | null> {
  if (isDirectory && inode.kind !== "directory") return "NotDirectory";
  if (!isDirectory && inode.kind === "directory") return "IsDirectory";
  if (isDirectory && !(yield* isEmpty(view, inode))) return "NotEmpty";
  return isFixed(inode) ? "Denied" : null;
}

/** Whether a directory is `top` or somewhere below it. @throws Corrupt when it is below nothing, or below itself */
function* isAtOrBelow(view: View, ino: number, top: number): Thread<boolean> {
  const seen = new Set<number>();
  for (let at = ino; at !== top; at = yield* parentOf(view, yield* inodeAt(view, at))) {
    if (at === ROOT_INODE) return false;
    if (seen.has(at)) throw new Corrupt(`directory ${at} is below itself`);
    seen.add(at);
  }
  return true;
}
