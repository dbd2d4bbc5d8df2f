/**
 * Indexes of the names of directories ("dir_index"). Nothing here goes by them: to who does not know them, the blocks of an
 * index look like free room. A check looks whether they make sense, since others would miss names otherwise.
 *
 *     block 0          "." ".." │ kind of hash, levels │ limit, count, first block │ hash, block │ hash, block ...
 *     inner blocks     free entry │ limit, count, first block │ hash, block ...
 *     leaves           entries whose hashes are from the one that the leaf is listed under up to the next
 *
 * Source: Linux, Documentation/filesystems/ext4/directory.rst, "Hash Tree Directories".
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { entriesOf } from "../format/entries.js";
import { halfMd4 } from "./name-hash.js";
import type { CheckedVolume } from "./volume.js";

const ROOT_AT = 24;
const ROOT_ENTRIES_AT = 32;
const INNER_ENTRIES_AT = 8;
const ENTRY_BYTES = 8;
const INFO_BYTES = 8;
const MOST_LEVELS = 2;
/** Kinds of hashes: an old one, half MD4, TEA. */
const HALF_MD4 = 1;
const MOST_KIND = 2;
const UNSIGNED = 2;
const LAST_HASH = 0xfffffffe;

/** A block that an index lists, and the hashes that it may have. */
interface Listed {
  readonly block: number;
  readonly least: number;
  readonly most: number;
}

/** What is wrong with the index of a directory, as the rest of a sentence; null when nothing is. */
export function* checkIndex(volume: CheckedVolume, blocks: readonly number[]): Thread<string | null> {
  const root = viewOf(yield* volume.block(blocks[0]!));
  if (root.getUint16(16, true) !== volume.geometry.blockBytes - 12) return "there is no room for it";
  const kind = root.getUint8(ROOT_AT + 4);
  const levels = root.getUint8(ROOT_AT + 6);
  const isKnown = root.getUint32(ROOT_AT, true) === 0 && root.getUint8(ROOT_AT + 5) === INFO_BYTES && kind <= MOST_KIND;
  if (!isKnown || levels > MOST_LEVELS || (root.getUint8(ROOT_AT + 7) & 1) !== 0)
    return "its first words are not known";
  const all = { block: 0, least: 0, most: LAST_HASH };
  const seen = new Set<number>([0]);
  let listed = listedIn(root, ROOT_ENTRIES_AT, all, blocks.length, seen);
  for (let level = 0; level < levels && typeof listed !== "string"; level++) {
    const below: Listed[] = [];
    for (const inner of listed) {
      const view = viewOf(yield* volume.block(blocks[inner.block]!));
      if (view.getUint32(0, true) !== 0 || view.getUint16(4, true) !== volume.geometry.blockBytes) {
        return `block ${inner.block} should be a part of it, and has entries`;
      }
      const more = listedIn(view, INNER_ENTRIES_AT, inner, blocks.length, seen);
      if (typeof more === "string") return more;
      below.push(...more);
    }
    listed = below;
  }
  if (typeof listed === "string") return listed;
  if (seen.size < blocks.length) return `${blocks.length - seen.size} blocks are not in it`;
  return kind === HALF_MD4 ? yield* whyLeavesWrong(volume, blocks, listed) : null;
}

/** The blocks that a part of an index lists, or what is wrong with it. */
function listedIn(
  view: DataView,
  at: number,
  { least, most }: Listed,
  blocks: number,
  seen: Set<number>,
): Listed[] | string {
  const limit = view.getUint16(at, true);
  const count = view.getUint16(at + 2, true);
  if (limit !== Math.floor((view.byteLength - at) / ENTRY_BYTES)) return `it is said to have room for ${limit}`;
  if (count > limit || count === 0) return `it is said to list ${count} of ${limit}`;
  const hashes: number[] = [least];
  for (let index = 1; index < count; index++) {
    const hash = view.getUint32(at + index * ENTRY_BYTES, true);
    if (hash < hashes[index - 1]!) return "its hashes are not in order";
    hashes.push((hash & ~1) >>> 0);
  }
  const listed: Listed[] = [];
  for (const [index, hash] of hashes.entries()) {
    const block = view.getUint32(at + index * ENTRY_BYTES + 4, true) & 0x0fffffff;
    if (block >= blocks || seen.has(block)) return `block ${block} cannot be at that place in it`;
    seen.add(block);
    listed.push({ block, least: hash, most: hashes[index + 1] ?? most });
  }
  return listed;
}

function* whyLeavesWrong(
  volume: CheckedVolume,
  blocks: readonly number[],
  leaves: readonly Listed[],
): Thread<string | null> {
  const { hashSeed, flags } = volume.superblock;
  const isSigned = (flags & UNSIGNED) === 0;
  for (const { block, least, most } of leaves) {
    for (const { inode, name } of entriesOf(yield* volume.block(blocks[block]!))) {
      if (inode === 0) continue;
      const hash = halfMd4(name, hashSeed, isSigned);
      if (hash < least || hash > most) return `a name in block ${block} is not where it looks for it`;
    }
  }
  return null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
