/**
 * A disk that is memory of the program itself: for tests, for tools on the host, and to try something on a copy. What was
 * never written takes no room, so a disk of a gigabyte with little on it is small. Nothing on it is lost, and no operation
 * waits.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { SECTOR_BYTES } from "../../block/interface.js";
import { type DiskAction, DiskFault, type Sectors } from "./store.js";

/** What is kept or missing as a whole. */
const PIECE_BYTES = 64 * 1024;

/** A disk of zeroes, or with contents. */
export class MemorySectors implements Sectors {
  readonly sectors: number;
  readonly writable: boolean = true;
  readonly #pieces = new Map<number, Uint8Array>();
  #readCount = 0;
  #writeCount = 0;

  /** @param contents how many bytes it has, a multiple of 512 and all zeroes; or the bytes, which are copied */
  constructor(contents: number | Uint8Array) {
    const bytes = typeof contents === "number" ? contents : contents.length;
    this.sectors = Math.floor(bytes / SECTOR_BYTES);
    if (typeof contents === "number") return;
    for (let at = 0; at < this.sectors * SECTOR_BYTES; at += PIECE_BYTES) {
      const piece = contents.subarray(at, Math.min(at + PIECE_BYTES, this.sectors * SECTOR_BYTES));
      if (piece.some((byte) => byte !== 0)) this.#put(at, piece);
    }
  }

  /** Sectors that were read and written since it was made. */
  get traffic(): { readonly read: number; readonly written: number } {
    return { read: this.#readCount, written: this.#writeCount };
  }

  /** All of it, as one array. */
  contents(): Uint8Array {
    const all = new Uint8Array(this.sectors * SECTOR_BYTES);
    for (const [number, piece] of this.#pieces) {
      const at = number * PIECE_BYTES;
      all.set(piece.subarray(0, Math.min(PIECE_BYTES, all.length - at)), at);
    }
    return all;
  }

  /** What was ever written, from the first byte to the last: pieces of it, and where each begins. */
  *pieces(): Generator<{ readonly at: number; readonly bytes: Uint8Array }, void, void> {
    for (const number of [...this.#pieces.keys()].sort((a, b) => a - b)) {
      const at = number * PIECE_BYTES;
      yield { at, bytes: this.#pieces.get(number)!.subarray(0, this.sectors * SECTOR_BYTES - at) };
    }
  }

  read(sector: number, into: Uint8Array): Thread<void> {
    this.#check("read", sector, into.length / SECTOR_BYTES);
    this.#readCount += into.length / SECTOR_BYTES;
    this.#get(sector * SECTOR_BYTES, into);
    return nothing();
  }

  write(sector: number, from: Uint8Array): Thread<void> {
    this.#check("write", sector, from.length / SECTOR_BYTES);
    this.#writeCount += from.length / SECTOR_BYTES;
    this.#put(sector * SECTOR_BYTES, from);
    return nothing();
  }

  barrier(): Thread<void> {
    return nothing();
  }

  flush(): Thread<void> {
    return nothing();
  }

  discard(sector: number, count: number): Thread<void> {
    this.#check("discard", sector, count);
    return nothing();
  }

  #check(action: DiskAction, sector: number, count: number): void {
    const isThere =
      Number.isInteger(sector) && Number.isInteger(count) && sector >= 0 && sector + count <= this.sectors;
    if (!isThere) throw new DiskFault(action, sector, count, `it has ${this.sectors} sectors`);
  }

  #get(start: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const within = (start + done) % PIECE_BYTES;
      const count = Math.min(PIECE_BYTES - within, into.length - done);
      const piece = this.#pieces.get((start + done - within) / PIECE_BYTES);
      if (piece === undefined) into.fill(0, done, done + count);
      else into.set(piece.subarray(within, within + count), done);
      done += count;
    }
  }

  #put(start: number, from: Uint8Array): void {
    for (let done = 0; done < from.length; ) {
      const within = (start + done) % PIECE_BYTES;
      const count = Math.min(PIECE_BYTES - within, from.length - done);
      const number = (start + done - within) / PIECE_BYTES;
      let piece = this.#pieces.get(number);
      if (piece === undefined) {
        piece = new Uint8Array(PIECE_BYTES);
        this.#pieces.set(number, piece);
      }
      piece.set(from.subarray(done, done + count), within);
      done += count;
    }
  }
}

/** What has already been done. */
function* nothing(): Thread<void> {}
