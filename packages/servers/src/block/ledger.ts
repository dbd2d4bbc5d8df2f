/**
 * The ledger: which frames of the cache are dirty, in memory that outlives the server as the frames do. So what was
 * answered for is not lost when the server dies: the next one writes it.
 *
 *     word 0        1 when clients are to be told that something could not be written
 *     then, for each frame, in its order:
 *       place       page of the disk * 256 + its sectors that are dirty, as bits; 0 when none is
 *       serial      of the group that it is in: groups are on the disk in this order
 *
 * An entry is there whenever a frame is dirty, and counts by the store of its place: the data lie in the frame before, and
 * are not touched again until the entry is cleared, but by what is in the same group. What is found here is not believed
 * to make sense: a dead server has left it.
 */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import type { Memory } from "../common/handles.js";
import { PAGE_BYTES } from "../common/need.js";
import type { Frame } from "./frames.js";
import { ALL_SECTORS } from "./sectors.js";

const WORD_BYTES = 8;
const HEAD_BYTES = 16;
const ENTRY_BYTES = 2 * WORD_BYTES;
const SECTOR_BITS = ALL_SECTORS + 1;

/** Pages that the ledger of so many frames takes. */
export function ledgerPages(frames: number): number {
  return Math.ceil((HEAD_BYTES + frames * ENTRY_BYTES) / PAGE_BYTES);
}

/** A frame that the server before this one has left dirty. */
export interface Left {
  readonly frame: Frame;
  readonly page: number;
  readonly dirty: number;
  readonly serial: number;
}

/** The ledger of a cache. */
export class Ledger {
  readonly #address: number;
  readonly #places: ReadonlyMap<Frame, number>;

  constructor({ address }: Memory, frames: readonly Frame[]) {
    this.#address = address;
    this.#places = new Map(frames.map((frame, i) => [frame, address + HEAD_BYTES + i * ENTRY_BYTES]));
  }

  /** A frame is dirty, in the group of this serial. */
  *note(frame: Frame, serial: number): Thread<void> {
    const place = this.#placeOf(frame);
    yield* store(place + WORD_BYTES, serial);
    yield* store(place, frame.page * SECTOR_BITS + frame.dirty);
  }

  /** A frame is dirty no more. */
  *clear(frame: Frame): Thread<void> {
    yield* store(this.#placeOf(frame), 0);
  }

  /** Whether clients are to be told that something could not be written. */
  *tells(): Thread<boolean> {
    return (yield* load(this.#address)) !== 0;
  }

  /** Something could not be written. It stays there: at worst clients are told once too often. */
  *tell(): Thread<void> {
    yield* store(this.#address, 1);
  }

  /**
   * What was left, in the order in which it is to be written. Nothing of what is no entry is left in the ledger.
   * @param pages that the disk has
   */
  *left(pages: number): Thread<Left[]> {
    const left = new Map<number, Left>();
    for (const [frame, place] of this.#places) {
      const entry = yield* load(place);
      if (entry === 0) continue;
      const dirty = entry % SECTOR_BITS;
      const page = (entry - dirty) / SECTOR_BITS;
      if (dirty === 0 || page >= pages || left.has(page)) yield* this.clear(frame);
      else left.set(page, { frame, page, dirty, serial: yield* load(place + WORD_BYTES) });
    }
    return [...left.values()].sort((one, other) => one.serial - other.serial);
  }

  #placeOf(frame: Frame): number {
    return this.#places.get(frame) as number;
  }
}
