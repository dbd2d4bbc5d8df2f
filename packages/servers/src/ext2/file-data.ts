/**
 * Data of files, in any number of bytes. What lies in consecutive blocks of the disk is read and written at once.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { editSuperblock, superblock } from "./accounts.js";
import { blockOf, type FileBlock, takeBlockOf } from "./block-map.js";
import { ReadOnlyCompatible } from "./format/features.js";
import type { Inode } from "./format/inode.js";
import { mostFileBytes } from "./format/pointers.js";
import type { Transaction, View } from "./transaction.js";
import { NoRoom } from "./trouble.js";
import { cutOff } from "./truncation.js";

/** From this size on, a volume says that it has large files. */
const LARGE_FILE_BYTES = 2 ** 31;

/** Up to `length` bytes of a file from `offset` up; none behind its end. @throws Corrupt, DiskFault */
export function* readData(view: View, inode: Inode, offset: number, length: number): Thread<Uint8Array> {
  const count = Math.max(0, Math.min(length, inode.size - offset));
  const { blockBytes } = view.layout.geometry;
  const first = Math.floor(offset / blockBytes);
  const blocks = count === 0 ? 0 : Math.ceil((offset + count) / blockBytes) - first;
  const bytes = new Uint8Array(blocks * blockBytes);
  for (let done = 0; done < blocks; ) {
    const block = yield* blockOf(view, inode, first + done);
    const run = yield* runFrom(view, inode, first + done, block, blocks - done);
    if (block !== 0) yield* view.store.read(block, bytes.subarray(done * blockBytes, (done + run) * blockBytes));
    done += run;
  }
  return bytes.subarray(offset % blockBytes, (offset % blockBytes) + count);
}

/** How many blocks of the file, at most `most`, follow one another on the disk from `block` up; or are holes. */
function* runFrom(view: View, inode: Inode, logical: number, block: number, most: number): Thread<number> {
  let run = 1;
  while (run < most && (yield* blockOf(view, inode, logical + run)) === (block === 0 ? 0 : block + run)) run++;
  return run;
}

/**
 * Write to a file at `offset`: as much as there is room for.
 * @param inode to be changed
 * @param goal where the first block of a file is best
 * @returns how many bytes
 * @throws NoRoom when there is room for none; Corrupt, DiskFault
 */
export function* writeData(
  tx: Transaction,
  inode: Inode,
  offset: number,
  bytes: Uint8Array,
  goal: number,
): Thread<number> {
  const { blockBytes } = tx.layout.geometry;
  const begin = offset % blockBytes;
  const first = (offset - begin) / blockBytes;
  const blocks = Math.ceil((begin + bytes.length) / blockBytes);
  const buffer = new Uint8Array(blocks * blockBytes);
  let near = first === 0 ? goal : ((yield* blockOf(tx, inode, first - 1)) || goal - 1) + 1;
  let end = 0;
  for (let i = 0; i < blocks; i++) {
    const place = yield* takeBlockOf(tx, inode, first + i, near);
    if (place === null) break;
    const target = buffer.subarray(i * blockBytes, (i + 1) * blockBytes);
    const isWhole = i * blockBytes >= begin && (i + 1) * blockBytes <= begin + bytes.length;
    if (!isWhole) yield* readOld(tx, place, target);
    tx.data(place.block, target);
    near = place.block + 1;
    end = (i + 1) * blockBytes;
  }
  const written = Math.min(bytes.length, end - begin);
  if (written <= 0) throw new NoRoom();
  buffer.set(bytes.subarray(0, written), begin);
  yield* grow(tx, inode, Math.max(inode.size, offset + written));
  return written;
}

/** Cut a file off, or lengthen it by a hole. @param inode to be changed. @throws Corrupt, DiskFault */
export function* resize(tx: Transaction, inode: Inode, size: number): Thread<void> {
  if (size >= inode.size) return yield* grow(tx, inode, size);
  const { blockBytes } = tx.layout.geometry;
  const rest = size % blockBytes;
  const last = rest === 0 ? 0 : yield* blockOf(tx, inode, (size - rest) / blockBytes);
  inode.size = size;
  yield* cutOff(tx, inode, Math.ceil(size / blockBytes));
  if (last === 0) return;
  // What lies behind the end of a file is zero, so that it can be lengthened.
  const bytes = new Uint8Array(blockBytes);
  yield* tx.store.read(last, bytes);
  tx.data(last, bytes.fill(0, rest));
}

/** The largest size of a file. */
export function mostBytes({ layout }: View): number {
  return mostFileBytes(layout.geometry.blockBytes);
}

/** What lies in a block that is written in part only. */
function* readOld({ store }: Transaction, { block, isNew }: FileBlock, into: Uint8Array): Thread<void> {
  if (!isNew) yield* store.read(block, into);
}

function* grow(tx: Transaction, inode: Inode, size: number): Thread<void> {
  inode.size = size;
  if (size < LARGE_FILE_BYTES) return;
  if (((yield* superblock(tx)).readOnlyCompatible & ReadOnlyCompatible.LargeFile) !== 0) return;
  (yield* editSuperblock(tx)).readOnlyCompatible |= ReadOnlyCompatible.LargeFile;
}
