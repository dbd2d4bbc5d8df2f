/**
 * Directories are listed in pieces. Where a piece ends is a byte of the directory: entries never move, so who goes on from
 * there meets each that stays exactly once, whatever comes and goes meanwhile.
 *
 * An entry of the list: node (8 bytes, lowest first), the cursor behind it (8), kind (1), length of the name (1), the name.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { blocksIn, entriesOfBlock } from "./directory.js";
import type { InodeKind } from "./format/inode.js";
import { resolveDirectory } from "./names.js";
import { inodeAt, nodeOf } from "./node.js";
import type { View } from "./transaction.js";

/** A piece of a list. */
export interface Listing {
  readonly entries: number;
  readonly bytes: Uint8Array;
  /** From where it goes on. */
  readonly cursor: number;
}

/** Kinds, in the order in which a list numbers them. */
const KINDS: readonly InodeKind[] = ["file", "directory", "link", "characters", "blocks", "pipe", "socket"];
const HEAD_BYTES = 18;
const TWO_32 = 2 ** 32;

/**
 * The entries of a directory from `cursor` up, as many as fit in `room` bytes. Of a directory that was removed: none.
 * @throws Corrupt, DiskFault
 */
export function* list(
  view: View,
  directory: number,
  cursor: number,
  room: number,
): Thread<Listing | "NotDirectory" | "TooSmall" | "Stale"> {
  const found = yield* resolveDirectory(view, directory);
  if (typeof found === "string") return found;
  const { blockBytes } = view.layout.geometry;
  const bytes = new Uint8Array(room);
  let [entries, used, at] = [0, 0, cursor];
  const blocks = found.inode.links === 0 ? 0 : blocksIn(view, found.inode);
  for (let logical = Math.floor(cursor / blockBytes); logical < blocks; logical++) {
    for (const entry of yield* entriesOfBlock(view, found.inode, logical)) {
      const begin = logical * blockBytes + entry.at;
      if (begin < cursor || entry.inode === 0) continue;
      if (used + HEAD_BYTES + entry.name.length > room) {
        return entries === 0 ? "TooSmall" : { entries, bytes: bytes.subarray(0, used), cursor: at };
      }
      const { kind, generation } = yield* inodeAt(view, entry.inode);
      at = begin + entry.bytes;
      const node = nodeOf(entry.inode, generation, view.layout.geometry);
      used = put(bytes, used, { node, cursor: at, kind, name: entry.name });
      entries += 1;
    }
  }
  return { entries, bytes: bytes.subarray(0, used), cursor: Math.max(at, blocks * blockBytes) };
}

/** An entry of a list. */
export interface ListedEntry {
  readonly node: number;
  readonly cursor: number;
  readonly kind: InodeKind;
  readonly name: Uint8Array;
}

/** The entries of a piece, as `list` has written them. */
export function listedEntries(bytes: Uint8Array): ListedEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: ListedEntry[] = [];
  for (let at = 0; at < bytes.length; at += HEAD_BYTES + view.getUint8(at + 17)) {
    entries.push({
      node: numberAt(view, at),
      cursor: numberAt(view, at + 8),
      kind: KINDS[view.getUint8(at + 16)] as InodeKind,
      name: bytes.slice(at + HEAD_BYTES, at + HEAD_BYTES + view.getUint8(at + 17)),
    });
  }
  return entries;
}

function put(bytes: Uint8Array, at: number, { node, cursor, kind, name }: ListedEntry): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (const [i, number] of [node, cursor].entries()) {
    view.setUint32(at + 8 * i, number % TWO_32, true);
    view.setUint32(at + 8 * i + 4, Math.floor(number / TWO_32), true);
  }
  view.setUint8(at + 16, KINDS.indexOf(kind));
  view.setUint8(at + 17, name.length);
  bytes.set(name, at + HEAD_BYTES);
  return at + HEAD_BYTES + name.length;
}

function numberAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + TWO_32 * view.getUint32(at + 4, true);
}
