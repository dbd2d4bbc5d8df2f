/**
 * From a disk to an open file system: where nothing is on it, one is made if that is asked for; one that was not left in
 * order is checked, and what can be mended is.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { SECTOR_BYTES } from "../block/interface.js";
import { FileSystem } from "./file-system.js";
import { DiskFault, type Sectors } from "./format/store.js";
import { State, SUPERBLOCK_AT, SUPERBLOCK_BYTES } from "./format/superblock.js";
import { parseVolume } from "./format/volume.js";
import { fsck } from "./fsck/fsck.js";
import { mkfs } from "./mkfs/mkfs.js";

/** What is looked at to see that nothing is on a disk: as much as any file system or partition table begins with. */
const BLANK_BYTES = 128 * 1024;
/** What stands in the last sector while a file system is being made: it is begun anew where its maker died meanwhile. */
const UNFINISHED = new TextEncoder().encode("a file system is being made here");

/** How a disk is taken. */
export interface MountOptions {
  readonly nowUs: number;
  /** Make a file system where the disk begins with zeroes alone. */
  readonly formatsBlank: boolean;
}

/** The file system on a disk, or a sentence that says why there is none. */
export function* mount(disk: Sectors, { nowUs, formatsBlank }: MountOptions): Thread<FileSystem | string> {
  try {
    if (disk.sectors * SECTOR_BYTES < BLANK_BYTES / 2) return "there is no disk, or it is too small";
    const why = formatsBlank && disk.writable ? yield* formatBlank(disk, nowUs) : null;
    if (why !== null) return why;
    if (yield* wantsCheck(disk)) yield* fsck(disk, { repair: true, nowUs });
    return yield* FileSystem.open(disk, nowUs);
  } catch (error) {
    if (error instanceof DiskFault) return error.message;
    throw error;
  }
}

/** Make a file system where nothing is, or where one was begun. @returns a sentence when that cannot be done */
function* formatBlank(disk: Sectors, nowUs: number): Thread<string | null> {
  const head = new Uint8Array(Math.min(BLANK_BYTES, disk.sectors * SECTOR_BYTES));
  yield* disk.read(0, head);
  const isBlank = head.every(isZero);
  const mark = new Uint8Array(SECTOR_BYTES);
  yield* disk.read(disk.sectors - 1, mark);
  // Its superblock is written last.
  const isBegun =
    head.subarray(0, SUPERBLOCK_AT + SUPERBLOCK_BYTES).every(isZero) && UNFINISHED.every((byte, i) => mark[i] === byte);
  if (!isBlank && !isBegun) return null;
  mark.set(UNFINISHED);
  yield* disk.write(disk.sectors - 1, mark);
  yield* disk.barrier();
  const made = yield* mkfs(disk, { nowUs, seed: nowUs % 2 ** 32, blank: isBlank && !isBegun });
  if (typeof made === "string") return made;
  yield* disk.write(disk.sectors - 1, new Uint8Array(SECTOR_BYTES));
  yield* disk.flush();
  return null;
}

function isZero(byte: number): boolean {
  return byte === 0;
}

/** Whether it is one that could be written if it were in order. */
function* wantsCheck(disk: Sectors): Thread<boolean> {
  const head = new Uint8Array(SUPERBLOCK_BYTES);
  yield* disk.read(SUPERBLOCK_AT / SECTOR_BYTES, head);
  const parsed = parseVolume(head, disk.sectors);
  if (typeof parsed === "string" || parsed.readOnly !== null || !disk.writable) return false;
  const { state } = parsed.superblock;
  return (state & State.Clean) === 0 || (state & State.Errors) !== 0;
}
