/**
 * That everything in use can be reached from the root. What cannot is put into "lost+found", under its number; a directory
 * that is reached from itself alone is taken out of there first.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  beginDirectory,
  clearEntries,
  EntryType,
  entriesOf,
  findEntry,
  insertEntry,
  removeEntry,
  setEntry,
} from "../format/entries.js";
import { ROOT_INODE } from "../format/inode.js";
import { DIRECTORY } from "./claims.js";
import { layBlocks } from "./lay-blocks.js";
import type { CheckedVolume } from "./volume.js";

const LOST_FOUND = new TextEncoder().encode("lost+found");

/** There is a root. */
export function* checkRoot(volume: CheckedVolume): Thread<void> {
  if (volume.kinds[ROOT_INODE] === DIRECTORY) return;
  if (!volume.findings.tell("root", "There is no root directory.")) return;
  if (!(yield* makeDirectory(volume, ROOT_INODE, ROOT_INODE, 0o755))) noRoom(volume, "another root directory");
}

/** Every directory is below the root, and says which one it is in. */
export function* checkConnections(volume: CheckedVolume): Thread<void> {
  const reached = new Set<number>([ROOT_INODE]);
  for (const number of volume.directories.keys()) {
    const lost = lastAbove(volume, number, reached);
    if (lost === null) continue;
    const message = `Directory ${lost} cannot be reached from the root.`;
    if (!volume.findings.tell("unconnected", message)) continue;
    yield* forget(volume, volume.parents[lost]!, lost);
    yield* adopt(volume, lost);
  }
  for (const number of volume.directories.keys()) yield* checkDotDot(volume, number);
}

/** Everything that is no directory has a name somewhere. */
export function* checkNames(volume: CheckedVolume): Thread<void> {
  const { firstInode, inodes } = volume.geometry;
  for (let number = firstInode; number <= inodes; number++) {
    const kind = volume.kinds[number]!;
    if (kind === 0 || kind === DIRECTORY || volume.names[number]! > 0) continue;
    if (!volume.findings.tell("unconnected", `Inode ${number} has no name anywhere.`)) continue;
    yield* adopt(volume, number);
  }
}

/**
 * Go up from a directory. Null when that comes to the root; otherwise where it ends or begins to repeat itself.
 * @param reached what is known to be below the root; all that is found to be is added
 */
function lastAbove(volume: CheckedVolume, start: number, reached: Set<number>): number | null {
  const way = new Set<number>();
  let number = start;
  while (!reached.has(number)) {
    // What was met on a way that ended elsewhere ends there again: it is told once.
    if (way.has(number) || volume.parents[number] === 0) {
      for (const met of way) reached.add(met);
      reached.add(number);
      return number;
    }
    way.add(number);
    number = volume.parents[number]!;
  }
  for (const met of way) reached.add(met);
  return null;
}

function* checkDotDot(volume: CheckedVolume, number: number): Thread<void> {
  const parent = number === ROOT_INODE ? ROOT_INODE : volume.parents[number]!;
  const said = volume.dotDots[number]!;
  if (parent === 0 || said === parent || said === 0) return;
  const message = `Directory ${number} says that it is in ${said}, and is in ${parent}.`;
  if (volume.findings.tell("directory-parent", message)) yield* setDotDot(volume, number, parent);
}

function* setDotDot(volume: CheckedVolume, number: number, parent: number): Thread<void> {
  const first = volume.directories.get(number)![0]!;
  const block = yield* volume.block(first);
  setEntry(block, 12, parent, volume.hasEntryKinds ? DIRECTORY : 0);
  yield* volume.write(first, block);
  volume.dotDots[number] = parent;
}

/** Take the entry of a directory out of another one. */
function* forget(volume: CheckedVolume, directory: number, number: number): Thread<void> {
  if (directory === 0) return;
  for (const place of volume.directories.get(directory) ?? []) {
    const block = yield* volume.block(place);
    const entry = [...entriesOf(block)].find(({ inode, name }) => inode === number && !isDots(name));
    if (entry === undefined) continue;
    removeEntry(block, entry.at);
    yield* volume.write(place, block);
    volume.parents[number] = 0;
    volume.names[number]! -= 1;
  }
}

/** Give what has no name one in "lost+found". */
function* adopt(volume: CheckedVolume, number: number): Thread<void> {
  const lostFound = yield* findLostFound(volume);
  const name = new TextEncoder().encode(`#${number}`);
  const type = volume.hasEntryKinds ? volume.kinds[number]! : 0;
  if (lostFound === 0 || !(yield* insert(volume, lostFound, number, type, name))) {
    return noRoom(volume, `inode ${number} in "lost+found"`);
  }
  volume.names[number]! += 1;
  if (volume.kinds[number] !== DIRECTORY) return;
  volume.parents[number] = lostFound;
  yield* setDotDot(volume, number, lostFound);
}

/** From here on it is only looked. */
function noRoom(volume: CheckedVolume, what: string): void {
  volume.findings.tell("unconnected", `There is no room for ${what}: make some, and check it again.`, false);
  volume.findings.onlyLook();
}

/** The number of "lost+found", which is made if there is none; 0 when there is no room for one. */
function* findLostFound(volume: CheckedVolume): Thread<number> {
  for (const place of volume.directories.get(ROOT_INODE) ?? []) {
    const found = findEntry(yield* volume.block(place), LOST_FOUND);
    if (found === null) continue;
    if (volume.kinds[found.inode] === DIRECTORY) return found.inode;
    const block = yield* volume.block(place);
    removeEntry(block, found.at);
    yield* volume.write(place, block);
    volume.names[found.inode]! -= 1;
  }
  const number = volume.freeInode();
  if (number === 0 || !(yield* makeDirectory(volume, number, ROOT_INODE, 0o700))) return 0;
  const type = volume.hasEntryKinds ? DIRECTORY : 0;
  if (!(yield* insert(volume, ROOT_INODE, number, type, LOST_FOUND))) return 0;
  volume.parents[number] = ROOT_INODE;
  volume.names[number] = 1;
  return number;
}

/** Make an empty directory out of an inode. @returns whether there was room */
function* makeDirectory(volume: CheckedVolume, number: number, parent: number, permissions: number): Thread<boolean> {
  const place = volume.take();
  if (place === 0) return false;
  const block = new Uint8Array(volume.geometry.blockBytes);
  beginDirectory(block, number, parent, volume.hasEntryKinds ? DIRECTORY : 0);
  yield* volume.write(place, block);
  const numbered = yield* volume.inode(number);
  const { nowUs } = volume;
  numbered.inode.begin({ kind: "directory", permissions, uid: 0, gid: 0, nowUs, generation: 0 });
  numbered.inode.links = 2;
  yield* volume.save(numbered);
  yield* layBlocks(volume, number, [place]);
  volume.kinds[number] = EntryType.directory;
  volume.dotDots[number] = parent;
  return true;
}

/** Put an entry into a directory, with another block where there is no room. */
function* insert(
  volume: CheckedVolume,
  directory: number,
  number: number,
  type: number,
  name: Uint8Array,
): Thread<boolean> {
  const blocks = volume.directories.get(directory)!;
  // The last ones first: those that were added have room.
  for (const place of blocks.toReversed()) {
    const block = yield* volume.block(place);
    if (!insertEntry(block, number, type, name)) continue;
    yield* volume.write(place, block);
    return true;
  }
  const place = volume.take();
  if (place === 0) return false;
  const block = new Uint8Array(volume.geometry.blockBytes);
  clearEntries(block);
  insertEntry(block, number, type, name);
  yield* volume.write(place, block);
  return (yield* layBlocks(volume, directory, [...blocks, place])) > blocks.length;
}

function isDots(name: Uint8Array): boolean {
  return name.length <= 2 && name.every((byte) => byte === 0x2e);
}
