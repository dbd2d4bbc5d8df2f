/**
 * What a file system lies on: sectors, and blocks of several sectors each. All of it waits as programs wait, so that the
 * same code runs in a component, over a disk that another server serves, and on the host, over a file or plain memory,
 * where nothing ever traps and `finish` runs it to its end.
 *
 * Whatever a disk cannot do is thrown as a DiskFault, from the deepest reader up to the edge of the library, which makes
 * its declared error of it. Nothing else is thrown for what lies on a disk: contents are checked, and what makes no sense
 * is told as a sentence.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { SECTOR_BYTES } from "../../block/interface.js";

/** What was asked of a disk that could not do it. */
export type DiskAction = "read" | "write" | "barrier" | "flush" | "discard";

/** A disk could not do what it was asked. */
export class DiskFault extends Error {
  readonly action: DiskAction;
  /** The first sector that it was asked for; 0 for all of the disk. */
  readonly sector: number;
  /** How many; 0 for all of the disk. */
  readonly count: number;

  constructor(action: DiskAction, sector: number, count: number, reason: string) {
    super(`the disk could not ${action}${count === 0 ? "" : ` ${count} sectors from ${sector} up`}: ${reason}`);
    this.name = "DiskFault";
    this.action = action;
    this.sector = sector;
    this.count = count;
  }
}

/** A disk, or a part of one, as the operations of `Disk` see it. All of it may wait, and throw DiskFault. */
export interface Sectors {
  /** How many it has. */
  readonly sectors: number;
  readonly writable: boolean;
  /** As many as `into` has room for, a whole number. */
  read(sector: number, into: Uint8Array): Thread<void>;
  /** As many as `from` holds, a whole number. They are read back at once. */
  write(sector: number, from: Uint8Array): Thread<void>;
  /** What was written before reaches the disk before what is written from now on. */
  barrier(): Thread<void>;
  /** Wait until what was written is on the disk to stay. */
  flush(): Thread<void>;
  /** The contents of these are not needed any more. */
  discard(sector: number, count: number): Thread<void>;
}

/** The same disk in blocks. Sectors behind the last whole block cannot be reached. */
export interface BlockStore {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly writable: boolean;
  /** As many blocks as `into` has room for, a whole number. */
  read(block: number, into: Uint8Array): Thread<void>;
  /** As many as `from` holds. */
  write(block: number, from: Uint8Array): Thread<void>;
  /** As of `Sectors`. */
  barrier(): Thread<void>;
  /** As of `Sectors`. */
  flush(): Thread<void>;
  /** As of `Sectors`. */
  discard(block: number, count: number): Thread<void>;
}

/** `disk` in blocks of `blockBytes`, a multiple of 512. */
export function inBlocks(disk: Sectors, blockBytes: number): BlockStore {
  const each = blockBytes / SECTOR_BYTES;
  return {
    blockBytes,
    blocks: Math.floor(disk.sectors / each),
    writable: disk.writable,
    read: (block, into) => disk.read(block * each, into),
    write: (block, from) => disk.write(block * each, from),
    barrier: () => disk.barrier(),
    flush: () => disk.flush(),
    discard: (block, count) => disk.discard(block * each, count * each),
  };
}

/** Run what never waits, as everything over memory and files of the host does. Throws for what does. */
export function finish<R>(thread: Thread<R>): R {
  const { done, value } = thread.next();
  if (done !== true) throw new Error("this waits for another thread: only a program on the machine can run it");
  return value;
}
