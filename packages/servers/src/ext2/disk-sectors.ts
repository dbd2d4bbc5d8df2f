/**
 * A disk of another server as the sectors that a file system lies on. Data travel through the window that is shared with
 * it, which is divided, so that several calls can be under way.
 *
 * A read that the disk's server died with is made again. Of what was written nobody knows then, so that is a fault.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Disk, SECTOR_BYTES } from "../block/interface.js";
import type { Condition } from "../common/activity.js";
import type { Client } from "../common/client.js";
import type { Self } from "../common/handles.js";
import { again } from "../common/retry.js";
import type { Window } from "../common/window.js";
import { type DiskAction, DiskFault, type Sectors } from "./format/store.js";

/** Bytes that one call moves, at most. */
export const PIECE_BYTES = 65_536;

/** A disk by calls. */
export class DiskSectors implements Sectors {
  readonly sectors: number;
  readonly writable: boolean;
  readonly #window: Window;
  /** Places in the window that nobody uses. */
  readonly #free: number[];
  readonly #freed: Condition;
  #disk: Client<typeof Disk>;

  constructor(disk: Client<typeof Disk>, window: Window, self: Self, is: { sectors: number; writable: boolean }) {
    this.sectors = is.sectors;
    this.writable = is.writable;
    this.#disk = disk;
    this.#window = window;
    this.#free = Array.from({ length: Math.floor(window.bytes / PIECE_BYTES) }, (_, n) => n * PIECE_BYTES);
    this.#freed = self.condition();
  }

  /** From now on calls are made by this client: one that lets its server go on. */
  callBy(disk: Client<typeof Disk>): void {
    this.#disk = disk;
  }

  *read(sector: number, into: Uint8Array): Thread<void> {
    yield* this.#inPieces(into.length, (done, bytes, at) =>
      this.#readPiece(sector + done / SECTOR_BYTES, into, done, bytes, at),
    );
  }

  *write(sector: number, from: Uint8Array): Thread<void> {
    yield* this.#inPieces(from.length, (done, bytes, at) =>
      this.#writePiece(sector + done / SECTOR_BYTES, from.subarray(done, done + bytes), at),
    );
  }

  *barrier(): Thread<void> {
    check("barrier", 0, 0, (yield* this.#disk.barrier()).error);
  }

  *flush(): Thread<void> {
    check("flush", 0, 0, (yield* this.#disk.flush()).error);
  }

  *discard(sector: number, count: number): Thread<void> {
    check("discard", sector, count, (yield* this.#disk.discard({ sector, count })).error);
  }

  *#readPiece(sector: number, into: Uint8Array, done: number, bytes: number, at: number): Thread<void> {
    const count = bytes / SECTOR_BYTES;
    check("read", sector, count, (yield* again(() => this.#disk.read({ sector, count, at }))).error);
    into.set(yield* this.#window.read(at, bytes), done);
  }

  *#writePiece(sector: number, from: Uint8Array, at: number): Thread<void> {
    const count = from.length / SECTOR_BYTES;
    yield* this.#window.write(at, from);
    check("write", sector, count, (yield* this.#disk.write({ sector, count, at })).error);
  }

  /** Each piece with a place in the window: `at`. */
  *#inPieces(length: number, move: (done: number, bytes: number, at: number) => Thread<void>): Thread<void> {
    for (let done = 0; done < length; ) {
      const bytes = Math.min(PIECE_BYTES, length - done);
      while (this.#free.length === 0) yield* this.#freed.wait();
      const at = this.#free.pop() as number;
      try {
        yield* move(done, bytes, at);
      } finally {
        this.#free.push(at);
        this.#freed.wakeOne();
      }
      done += bytes;
    }
  }
}

function check(action: DiskAction, sector: number, count: number, error: string | null): void {
  if (error !== null) throw new DiskFault(action, sector, count, error);
}
