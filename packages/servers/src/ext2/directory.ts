/**
 * Directories: names, each for an inode, in blocks of entries (format/entries.ts). A name is looked for from the first
 * block to the last; a new one takes the first room that is large enough, and entries never move, so that a byte of a
 * directory is a place from which it can be listed further (listing.ts).
 *
 * An index of hashes, as Linux keeps one in large directories, is in blocks that look empty to who reads all entries. It
 * knows nothing of what is changed here, so the first change takes the mark away that there is one.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { blockOf, takeBlockOf } from "./block-map.js";
import {
  checkEntries,
  clearEntries,
  type Entry,
  entriesOf,
  findEntry,
  hasRoomFor,
  insertEntry,
  removeEntry,
  setEntry,
} from "./format/entries.js";
import { type Inode, InodeFlag } from "./format/inode.js";
import type { Transaction, View } from "./transaction.js";
import { Corrupt, NoRoom } from "./trouble.js";

/** Where an entry stands, and what it says. */
export interface FoundEntry {
  /** The block of the disk. */
  readonly block: number;
  /** The byte in it. */
  readonly at: number;
  readonly ino: number;
}

const DOT = Uint8Array.of(0x2e);
const DOT_DOT = Uint8Array.of(0x2e, 0x2e);

/** Blocks that were found to be right, as long as they are kept. */
const sound = new WeakSet<Uint8Array>();

/** The entry of that name in a directory; null: there is none. @throws Corrupt, DiskFault */
export function* findName(view: View, directory: Inode, name: Uint8Array): Thread<FoundEntry | null> {
  const blocks = blocksIn(view, directory);
  for (let logical = 0; logical < blocks; logical++) {
    const block = yield* entryBlock(view, directory, logical);
    const entry = findEntry(yield* entriesIn(view, block), name);
    if (entry !== null) return { block, at: entry.at, ino: entry.inode };
  }
  return null;
}

/** The inode of the directory above. @throws Corrupt, DiskFault */
export function* parentOf(view: View, directory: Inode): Thread<number> {
  const found = yield* findName(view, directory, DOT_DOT);
  if (found === null) throw new Corrupt('a directory has no ".."');
  return found.ino;
}

/** Whether a directory has nothing but "." and "..". @throws Corrupt, DiskFault */
export function* isEmpty(view: View, directory: Inode): Thread<boolean> {
  const blocks = blocksIn(view, directory);
  for (let logical = 0; logical < blocks; logical++) {
    const entries = yield* entriesIn(view, yield* entryBlock(view, directory, logical));
    for (const { inode, name } of entriesOf(entries)) {
      if (inode !== 0 && !isSame(name, DOT) && !isSame(name, DOT_DOT)) return false;
    }
  }
  return true;
}

/**
 * Add a name that the directory does not have.
 * @param directory to be changed
 * @param type the kind of entry (`EntryType`)
 * @throws NoRoom when there is no block for it; Corrupt, DiskFault
 */
export function* addName(tx: Transaction, directory: Inode, name: Uint8Array, ino: number, type: number): Thread<void> {
  const blocks = blocksIn(tx, directory);
  noteChange(tx, directory);
  let goal = 0;
  for (let logical = 0; logical < blocks; logical++) {
    goal = yield* entryBlock(tx, directory, logical);
    if (!hasRoomFor(yield* entriesIn(tx, goal), name.length)) continue;
    insertEntry(yield* tx.edit(goal), ino, type, name);
    return;
  }
  const place = yield* takeBlockOf(tx, directory, blocks, goal + 1);
  if (place === null) throw new NoRoom();
  const fresh = tx.begin(place.block);
  clearEntries(fresh);
  insertEntry(fresh, ino, type, name);
  directory.size += fresh.length;
}

/** Have an entry stand for another inode. @param directory to be changed. @throws DiskFault */
export function* changeEntry(
  tx: Transaction,
  directory: Inode,
  entry: FoundEntry,
  ino: number,
  type: number,
): Thread<void> {
  setEntry(yield* tx.edit(entry.block), entry.at, ino, type);
  noteChange(tx, directory);
}

/** Take an entry away. @param directory to be changed. @throws DiskFault */
export function* removeName(tx: Transaction, directory: Inode, entry: FoundEntry): Thread<void> {
  removeEntry(yield* tx.edit(entry.block), entry.at);
  noteChange(tx, directory);
}

/** The entries of block `logical` of a directory. @throws Corrupt, DiskFault */
export function* entriesOfBlock(view: View, directory: Inode, logical: number): Thread<Iterable<Entry>> {
  return entriesOf(yield* entriesIn(view, yield* entryBlock(view, directory, logical)));
}

/** How many blocks a directory has. @throws Corrupt when it says more than it takes on the disk */
export function blocksIn({ layout }: View, directory: Inode): number {
  const { blockBytes, sectorsPerBlock, blocks } = layout.geometry;
  const count = directory.size / blockBytes;
  if (count * sectorsPerBlock > directory.sectors || count > blocks) {
    throw new Corrupt(`a directory of ${directory.size} bytes takes only ${directory.sectors * 512} on the disk`);
  }
  return count;
}

function* entryBlock(view: View, directory: Inode, logical: number): Thread<number> {
  const block = yield* blockOf(view, directory, logical);
  if (block === 0) throw new Corrupt(`block ${logical} of a directory is missing`);
  return block;
}

function* entriesIn(view: View, block: number): Thread<Uint8Array> {
  const entries = yield* view.get(block);
  if (sound.has(entries)) return entries;
  const problem = checkEntries(entries, view.layout.geometry);
  if (problem !== null) throw new Corrupt(`block ${block} of a directory: ${problem}`);
  sound.add(entries);
  return entries;
}

function noteChange({ nowUs }: Transaction, directory: Inode): void {
  directory.flags &= ~InodeFlag.Index;
  directory.modifiedUs = nowUs;
  directory.changedUs = nowUs;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}
