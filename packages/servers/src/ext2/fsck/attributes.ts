/**
 * Extended attributes, as far as a check has to know them: a block of them may be shared by several inodes and counts them;
 * others stand behind the fields of an inode itself. Nothing here reads or writes attributes otherwise.
 *
 *     block      head (32 bytes: magic, owners, blocks, hash) │ entries ▸    ◂ values
 *     entry      bytes of the name (1)  namespace (1)  place of the value (2)  0 (4)  bytes of the value (4)  hash (4)  name
 *
 * Source: Linux, Documentation/filesystems/ext4/attributes.rst.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { SMALL_INODE_BYTES } from "../format/inode.js";
import type { CheckedVolume, Numbered } from "./volume.js";

const MAGIC = 0xea020000;
const HEAD_BYTES = 32;
const ENTRY_BYTES = 16;

/** What the inodes of a volume say of attributes. */
export class Attributes {
  readonly #volume: CheckedVolume;
  /** Blocks of attributes that make sense, and how many inodes have each. */
  readonly #owners = new Map<number, number>();

  constructor(volume: CheckedVolume) {
    this.#volume = volume;
  }

  /** Check what an inode in use has. @returns whether it was changed */
  *check(numbered: Numbered): Thread<boolean> {
    const isChanged = this.#checkInside(numbered);
    const { number, inode } = numbered;
    if (inode.attributes === 0) return isChanged;
    const block = inode.attributes;
    const problem = yield* this.#whyWrong(block);
    if (problem === null) {
      this.#owners.set(block, (this.#owners.get(block) ?? 0) + 1);
      this.#volume.claim(block);
      return isChanged;
    }
    const message = `Inode ${number}: its attributes are said to be in block ${block}, ${problem}.`;
    if (!this.#volume.findings.tell("attributes", message)) return isChanged;
    inode.attributes = 0;
    return true;
  }

  /** When all inodes have been seen: each block knows how many have it. */
  *checkOwners(): Thread<void> {
    for (const [block, owners] of this.#owners) {
      const bytes = yield* this.#volume.block(block);
      const view = viewOf(bytes);
      const said = view.getUint32(4, true);
      const message = `Block ${block} of attributes is said to be of ${said} inodes, and is of ${owners}.`;
      if (said === owners || !this.#volume.findings.tell("attributes", message)) continue;
      view.setUint32(4, owners, true);
      yield* this.#volume.write(block, bytes);
    }
  }

  *#whyWrong(block: number): Thread<string | null> {
    if (!this.#volume.has("ExtAttr")) return "and this volume has none";
    if (!this.#volume.geometry.hasBlock(block)) return "which the volume does not have";
    if (this.#owners.has(block)) return null;
    if (this.#volume.isClaimed(block)) return "which is used for something else";
    const bytes = yield* this.#volume.block(block);
    const view = viewOf(bytes);
    if (view.getUint32(0, true) !== MAGIC) return "which holds something else";
    if (view.getUint32(8, true) !== 1) return "which says that they are longer than that";
    return whyEntriesWrong(bytes, HEAD_BYTES, 0);
  }

  /** Those behind the fields of an inode. */
  #checkInside({ number, inode }: Numbered): boolean {
    const at = SMALL_INODE_BYTES + inode.extraBytes;
    if (inode.extraBytes === 0 || at + 8 > inode.bytes.length) return false;
    if (viewOf(inode.bytes).getUint32(at, true) !== MAGIC) return false;
    const problem = whyEntriesWrong(inode.bytes, at + 4, at + 4);
    const message = `Inode ${number}: the attributes in it make no sense: ${problem}.`;
    if (problem === null || !this.#volume.findings.tell("attributes", message)) return false;
    inode.bytes.fill(0, at);
    return true;
  }
}

/** @param first where entries begin. @param base from where places of values are counted */
function whyEntriesWrong(bytes: Uint8Array, first: number, base: number): string | null {
  const view = viewOf(bytes);
  const values: (readonly [number, number])[] = [];
  let at = first;
  for (; at + 4 <= bytes.length && view.getUint32(at, true) !== 0; ) {
    if (at + ENTRY_BYTES > bytes.length) return "whose entries go beyond its end";
    const length = view.getUint32(at + 8, true);
    const place = base + view.getUint16(at + 2, true);
    if (view.getUint32(at + 4, true) !== 0) return "of which a value is said to be elsewhere";
    if (place + length > bytes.length) return "of which a value goes beyond its end";
    if (length > 0) values.push([place, place + 4 * Math.ceil(length / 4)]);
    at += ENTRY_BYTES + 4 * Math.ceil(bytes[at]! / 4);
  }
  const end = at + 4;
  if (end > bytes.length) return "whose entries have no end";
  values.push([first, end]);
  values.sort(([a], [b]) => a - b);
  const isOver = values.some(([start], index) => index > 0 && start < values[index - 1]![1]);
  return isOver ? "of which parts lie over one another" : null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
