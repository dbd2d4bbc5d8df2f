/**
 * What is in directories: rows of entries that fill their blocks, whose names are names, and which name inodes that are in
 * use, as what they are. Every directory begins with itself and the one above it, and has one name.
 *
 * A block that is mended is written anew, with the entries that were found in it. What could not be found has no name then,
 * and is found by that (connect.ts).
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  beginDirectory,
  checkEntry,
  clearEntries,
  type Entry,
  EntryType,
  entryAt,
  insertEntry,
  MOST_NAME_BYTES,
} from "../format/entries.js";
import { InodeFlag, ROOT_INODE } from "../format/inode.js";
import { DIRECTORY } from "./claims.js";
import { checkIndex } from "./index-of-names.js";
import { layBlocks } from "./lay-blocks.js";
import type { CheckedVolume } from "./volume.js";

const SLASH = 0x2f;
const UNDERSCORE = 0x5f;
const DOT = 0x2e;

/** An entry as it is to be. */
interface KeptEntry {
  readonly inode: number;
  readonly type: number;
  readonly name: Uint8Array;
}

/** Check all directories. */
export function* checkDirectories(volume: CheckedVolume): Thread<void> {
  for (const [number, blocks] of volume.directories) yield* new DirectoryCheck(volume, number, blocks).check();
}

/** One directory under check. */
class DirectoryCheck {
  readonly #volume: CheckedVolume;
  readonly #number: number;
  readonly #blocks: readonly number[];
  /** Names met so far, a character a byte. */
  readonly #names = new Set<string>();
  /** Entries that were given another name. */
  #renamed = 0;
  /** Something was mended: an index of its names is not right any more. */
  #isMended = false;

  constructor(volume: CheckedVolume, number: number, blocks: readonly number[]) {
    this.#volume = volume;
    this.#number = number;
    this.#blocks = blocks;
  }

  *check(): Thread<void> {
    yield* this.#checkHoles();
    for (const [index, block] of this.#blocks.entries()) yield* this.#checkBlock(block, index === 0);
    const numbered = yield* this.#volume.inode(this.#number);
    if ((numbered.inode.flags & InodeFlag.Index) === 0) return;
    const problem = this.#isMended ? null : yield* checkIndex(this.#volume, this.#blocks);
    const message = `Directory ${this.#number}: the index of its names makes no sense: ${problem}.`;
    if (!this.#isMended && (problem === null || !this.#volume.findings.tell("directory-index", message))) return;
    numbered.inode.flags = (numbered.inode.flags & ~InodeFlag.Index) >>> 0;
    yield* this.#volume.save(numbered);
  }

  *#checkHoles(): Thread<void> {
    const { inode } = yield* this.#volume.inode(this.#number);
    const blocks = inode.size / this.#volume.geometry.blockBytes;
    const message = `Directory ${this.#number} has holes: ${this.#blocks.length} of ${blocks} blocks are there.`;
    if (blocks === this.#blocks.length || !this.#volume.findings.tell("directory-hole", message)) return;
    this.#isMended = true;
    yield* layBlocks(this.#volume, this.#number, this.#blocks);
  }

  *#checkBlock(number: number, isFirst: boolean): Thread<void> {
    const bytes = yield* this.#volume.block(number);
    const { entries, isWhole } = this.#readEntries(bytes);
    let isChanged = !isWhole;
    const rest = isFirst ? this.#checkDots(entries, bytes) : { entries, isChanged: false };
    isChanged ||= rest.isChanged;
    const kept: KeptEntry[] = [];
    for (const entry of rest.entries) {
      if (entry.inode === 0) continue;
      const right = this.#judged(entry);
      if (right !== null) kept.push(right);
      isChanged ||= right === null || right !== entry;
    }
    if (!isChanged || !this.#mayMend) return;
    this.#isMended = true;
    yield* this.#volume.write(number, this.#block(kept, isFirst));
  }

  /** All entries up to the first that makes no sense. */
  #readEntries(bytes: Uint8Array): { readonly entries: Entry[]; readonly isWhole: boolean } {
    const entries: Entry[] = [];
    for (let at = 0; at < bytes.length; ) {
      const entry = bytes.length - at < 12 ? null : entryAt(bytes, at);
      const problem = entry === null ? "has no room" : this.#whyBroken(entry, bytes);
      if (entry === null || problem !== null) {
        const message = `Directory ${this.#number}: the entry at byte ${at} of a block ${problem}.`;
        return { entries, isWhole: !this.#tell("directory-entries", message) && !this.#mayMend };
      }
      entries.push(entry);
      at += entry.bytes;
    }
    return { entries, isWhole: true };
  }

  /** What makes it impossible to go on behind an entry. */
  #whyBroken(entry: Entry, bytes: Uint8Array): string | null {
    return checkEntry({ ...entry, inode: 0 }, bytes, this.#volume.geometry);
  }

  /** "." and "..", with which the first block begins. @returns what is left, and whether these have to be written anew */
  #checkDots(
    entries: readonly Entry[],
    bytes: Uint8Array,
  ): { readonly entries: readonly Entry[]; readonly isChanged: boolean } {
    const [dot, dotDot] = entries;
    const type = this.#volume.hasEntryKinds ? DIRECTORY : 0;
    const isDot = dot !== undefined && isDots(dot, 1) && dot.inode === this.#number && dot.bytes === 12;
    const isDotDot = dotDot !== undefined && isDots(dotDot, 2) && dotDot.inode !== 0;
    const areEnded = isDot && isDotDot && bytes[9] === 0 && bytes[22] === 0;
    const areRight = areEnded && dot.type === type && dotDot.type === type;
    this.#volume.dotDots[this.#number] = isDotDot ? dotDot.inode : 0;
    if (areRight) return { entries: entries.slice(2), isChanged: false };
    const isChanged = this.#tell("directory-dots", `Directory ${this.#number} does not begin with "." and "..".`);
    return { entries: entries.filter((entry) => !isDots(entry, 1) && !isDots(entry, 2)), isChanged };
  }

  /** The entry as it should be, itself where it is right; null when it has to go. */
  #judged(entry: Entry): KeptEntry | null {
    const { inode } = entry;
    const why = this.#whyNotNamed(inode);
    if (why !== null) {
      return this.#tell("entry-inode", `${this.#said(entry)} names inode ${inode}, ${why}.`) ? null : entry;
    }
    if (this.#volume.kinds[inode] === DIRECTORY && this.#volume.parents[inode] !== 0) {
      const message = `${this.#said(entry)} names directory ${inode}, which has a name in ${this.#volume.parents[inode]}.`;
      return this.#tell("directory-twice", message) ? null : entry;
    }
    if (isDots(entry, 1) || isDots(entry, 2) || entry.name.length === 0) {
      return this.#tell("entry-name", `${this.#said(entry)} is not at its place, or has no name.`) ? null : entry;
    }
    this.#volume.names[inode]! += 1;
    if (this.#volume.kinds[inode] === DIRECTORY) this.#volume.parents[inode] = this.#number;
    return this.#withRightName(this.#withRightType(entry));
  }

  #whyNotNamed(inode: number): string | null {
    const { geometry, kinds } = this.#volume;
    if (!geometry.hasInode(inode)) return "which the volume does not have";
    if (inode === ROOT_INODE) return "the root, which has no name";
    if (inode < geometry.firstInode) return "which has a purpose of its own";
    return kinds[inode] === 0 ? "which is not in use" : null;
  }

  #withRightType(entry: Entry): KeptEntry {
    const type = this.#volume.hasEntryKinds ? this.#volume.kinds[entry.inode]! : 0;
    if (entry.type === type) return entry;
    const message = `${this.#said(entry)} says that inode ${entry.inode} is of kind ${entry.type}, and it is of ${type}.`;
    return this.#tell("entry-kind", message) ? { inode: entry.inode, name: entry.name, type } : entry;
  }

  #withRightName(entry: KeptEntry): KeptEntry {
    let right = entry;
    if (entry.name.includes(0) || entry.name.includes(SLASH)) {
      const name = entry.name.map((byte) => (byte === 0 || byte === SLASH ? UNDERSCORE : byte));
      if (this.#tell("entry-name", `${this.#said(entry)} has a zero or a "/" in it.`)) right = { ...pick(entry), name };
    }
    if (this.#names.has(key(right.name)) && this.#tell("entry-twice", `${this.#said(right)} is there twice.`)) {
      right = { ...pick(right), name: this.#another(right.name) };
    }
    this.#names.add(key(right.name));
    return right;
  }

  /** A name that is not there yet. */
  #another(name: Uint8Array): Uint8Array {
    for (;;) {
      this.#renamed++;
      const suffix = new TextEncoder().encode(`~${this.#renamed}`);
      const other = new Uint8Array([...name.subarray(0, MOST_NAME_BYTES - suffix.length), ...suffix]);
      if (!this.#names.has(key(other))) return other;
    }
  }

  /** A block of these entries; what has no room in it is left out. */
  #block(entries: readonly KeptEntry[], isFirst: boolean): Uint8Array {
    const block = new Uint8Array(this.#volume.geometry.blockBytes);
    const parent = this.#volume.dotDots[this.#number]! || ROOT_INODE;
    const type = this.#volume.hasEntryKinds ? EntryType.directory : 0;
    if (isFirst) beginDirectory(block, this.#number, parent, type);
    else clearEntries(block);
    for (const entry of entries) insertEntry(block, entry.inode, entry.type, entry.name);
    return block;
  }

  get #mayMend(): boolean {
    return this.#volume.findings.repairs;
  }

  #tell(code: Parameters<CheckedVolume["findings"]["tell"]>[0], message: string): boolean {
    return this.#volume.findings.tell(code, message);
  }

  #said({ name }: KeptEntry): string {
    return `Directory ${this.#number}: ${JSON.stringify(new TextDecoder().decode(name))}`;
  }
}

function pick({ inode, type, name }: KeptEntry): KeptEntry {
  return { inode, type, name };
}

/** Whether the name of an entry is so many dots. */
function isDots({ name }: Entry, count: number): boolean {
  return name.length === count && name.every((byte) => byte === DOT);
}

function key(name: Uint8Array): string {
  return String.fromCharCode(...name);
}
