/**
 * Entries of directories: a directory is a file of whole blocks, and each of its blocks is a row of entries that fill it.
 *
 *     inode (4)   bytes to the next entry (2)   bytes of the name (1)   kind (1)   name
 *
 * An entry of inode 0 is free room. An entry may be longer than its name asks for: the rest is room for another one.
 * Removing an entry gives its bytes to the one in front of it, and the first of a block becomes one of inode 0.
 *
 * What is read from a disk goes through `checkEntries` first; all others take a block that has passed it.
 */
import type { Geometry } from "./geometry.js";
import type { InodeKind } from "./inode.js";

/** The longest name, in bytes. */
export const MOST_NAME_BYTES = 255;

/** Values of the kind of an entry; 0 says nothing, as on volumes without "filetype". */
export const EntryType: Readonly<Record<InodeKind, number>> = {
  file: 1,
  directory: 2,
  characters: 3,
  blocks: 4,
  pipe: 5,
  socket: 6,
  link: 7,
};
const KINDS = new Map(Object.entries(EntryType).map(([kind, type]) => [type, kind as InodeKind]));

/** What the kind of an entry says; null for nothing. */
export function kindOfEntry(type: number): InodeKind | null {
  return KINDS.get(type) ?? null;
}

/** Bytes in front of a name, and the smallest that an entry has. */
const HEAD_BYTES = 8;
const LEAST_BYTES = 12;
const SLASH = 0x2f;
const DOT = 0x2e;

/** An entry. */
export interface Entry {
  /** Byte of the block at which it stands. */
  readonly at: number;
  /** Bytes up to the next. */
  readonly bytes: number;
  readonly inode: number;
  readonly type: number;
  /** Where it stands in the block, not a copy. */
  readonly name: Uint8Array;
}

/** Bytes that an entry of a name of this length needs. */
export function entryBytes(nameBytes: number): number {
  return HEAD_BYTES + 4 * Math.ceil(nameBytes / 4);
}

/** What is wrong with a block of entries, as the rest of a sentence about it; null when nothing is. */
export function checkEntries(block: Uint8Array, geometry: Geometry): string | null {
  for (let at = 0; at < block.length; ) {
    if (block.length - at < LEAST_BYTES) return `no entry fits at byte ${at}`;
    const entry = entryAt(block, at);
    const problem = checkEntry(entry, block, geometry);
    if (problem !== null) return `the entry at byte ${at} ${problem}`;
    at += entry.bytes;
  }
  return null;
}

/** What is wrong with an entry that stands in `block`, whose name may end behind it; null when nothing is. */
export function checkEntry(entry: Entry, block: Uint8Array, geometry: Geometry): string | null {
  const nameBytes = block[entry.at + 6]!;
  if (entry.bytes < LEAST_BYTES || entry.bytes % 4 !== 0) return `is said to have ${entry.bytes} bytes`;
  if (entry.at + entry.bytes > block.length) return "goes beyond its block";
  if (entryBytes(nameBytes) > entry.bytes) return `has no room for its name of ${nameBytes} bytes`;
  if (entry.inode === 0) return null;
  if (!geometry.hasInode(entry.inode)) return `names inode ${entry.inode}, which the volume does not have`;
  if (nameBytes === 0) return "has no name";
  if (entry.name.includes(0) || entry.name.includes(SLASH)) return 'has a zero or a "/" in its name';
  return null;
}

/** All entries of a block, those of inode 0 among them. */
export function* entriesOf(block: Uint8Array): Generator<Entry, void, void> {
  for (let at = 0; at < block.length; ) {
    const entry = entryAt(block, at);
    yield entry;
    at += entry.bytes;
  }
}

/** The entry at a byte of a block. */
export function entryAt(block: Uint8Array, at: number): Entry {
  const nameAt = at + HEAD_BYTES;
  return {
    at,
    bytes: block[at + 4]! | (block[at + 5]! << 8),
    inode: readWord(block, at),
    type: block[at + 7]!,
    name: block.subarray(nameAt, nameAt + block[at + 6]!),
  };
}

/** The entry of that name, or null. */
export function findEntry(block: Uint8Array, name: Uint8Array): Entry | null {
  for (let at = 0; at < block.length; at += block[at + 4]! | (block[at + 5]! << 8)) {
    if (block[at + 6] === name.length && readWord(block, at) !== 0 && startsWith(block, at + HEAD_BYTES, name)) {
      return entryAt(block, at);
    }
  }
  return null;
}

/** Add an entry where there is room in the block, and say whether there was. */
export function insertEntry(block: Uint8Array, inode: number, type: number, name: Uint8Array): boolean {
  const needed = entryBytes(name.length);
  for (const { at, bytes, inode: old, name: oldName } of entriesOf(block)) {
    const taken = old === 0 ? 0 : entryBytes(oldName.length);
    if (bytes - taken < needed) continue;
    if (taken > 0) setBytes(block, at, taken);
    writeEntry(block, at + taken, bytes - taken, inode, type, name);
    return true;
  }
  return false;
}

/** Whether `insertEntry` would find room. */
export function hasRoomFor(block: Uint8Array, nameBytes: number): boolean {
  const needed = entryBytes(nameBytes);
  for (const { bytes, inode, name } of entriesOf(block)) {
    if (bytes - (inode === 0 ? 0 : entryBytes(name.length)) >= needed) return true;
  }
  return false;
}

/** Remove the entry at a byte of the block. */
export function removeEntry(block: Uint8Array, at: number): void {
  const { bytes } = entryAt(block, at);
  let before = -1;
  for (const entry of entriesOf(block)) {
    if (entry.at >= at) break;
    before = entry.at;
  }
  if (before >= 0) setBytes(block, before, at - before + bytes);
  else writeWord(block, at, 0);
}

/** Have the entry at a byte of the block name another inode. */
export function setEntry(block: Uint8Array, at: number, inode: number, type: number): void {
  writeWord(block, at, inode);
  block[at + 7] = type;
}

/** Make a block one of no entries. */
export function clearEntries(block: Uint8Array): void {
  block.fill(0);
  setBytes(block, 0, block.length);
}

/** Make a block the first one of a directory: "." and "..". @param type EntryType.directory, or 0 without "filetype" */
export function beginDirectory(block: Uint8Array, self: number, parent: number, type: number): void {
  block.fill(0);
  writeEntry(block, 0, LEAST_BYTES, self, type, Uint8Array.of(DOT));
  writeEntry(block, LEAST_BYTES, block.length - LEAST_BYTES, parent, type, Uint8Array.of(DOT, DOT));
}

function writeEntry(block: Uint8Array, at: number, bytes: number, inode: number, type: number, name: Uint8Array): void {
  writeWord(block, at, inode);
  setBytes(block, at, bytes);
  block[at + 6] = name.length;
  block[at + 7] = type;
  block.set(name, at + HEAD_BYTES);
}

function setBytes(block: Uint8Array, at: number, bytes: number): void {
  block[at + 4] = bytes & 0xff;
  block[at + 5] = bytes >>> 8;
}

function readWord(block: Uint8Array, at: number): number {
  return (block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24)) >>> 0;
}

function writeWord(block: Uint8Array, at: number, word: number): void {
  block[at] = word & 0xff;
  block[at + 1] = (word >>> 8) & 0xff;
  block[at + 2] = (word >>> 16) & 0xff;
  block[at + 3] = word >>> 24;
}

function startsWith(block: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) if (block[at + index] !== name[index]) return false;
  return true;
}
