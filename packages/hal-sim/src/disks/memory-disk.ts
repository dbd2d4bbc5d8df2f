/**
 * A disk in the host's memory: gone with the machine, unless the host takes its contents. What was never written, or was
 * discarded, is zero and takes no memory.
 */
import { type DiskBackEnd, SECTOR_BYTES } from "./back-end.js";

/** Memory is taken in pieces of so many bytes. */
const PIECE_BYTES = 65_536;

/** A disk in memory. */
export interface MemoryDisk extends DiskBackEnd {
  discard(sector: number, count: number): void;
  /** Everything that is on it, as a copy. */
  contents(): Uint8Array;
}

/**
 * A disk of so many bytes of zeroes, or with these contents, which are copied.
 * @throws RangeError when that is no whole number of sectors, or none
 */
export function memoryDisk(bytesOrContents: number | Uint8Array, { readOnly = false } = {}): MemoryDisk {
  const isBlank = typeof bytesOrContents === "number";
  const bytes = isBlank ? bytesOrContents : bytesOrContents.length;
  if (!Number.isSafeInteger(bytes) || bytes < SECTOR_BYTES || bytes % SECTOR_BYTES !== 0) {
    throw new RangeError(`a disk has a multiple of ${SECTOR_BYTES} bytes, and not 0, so it cannot have ${bytes}`);
  }
  const pieces = new Pieces(bytes);
  if (!isBlank) pieces.write(0, bytesOrContents);
  return {
    sectors: bytes / SECTOR_BYTES,
    readOnly,
    read: (sector, into) => pieces.read(sector * SECTOR_BYTES, into),
    write: (sector, from) => pieces.write(sector * SECTOR_BYTES, from),
    flush() {},
    discard: (sector, count) => pieces.clear(sector * SECTOR_BYTES, count * SECTOR_BYTES),
    contents() {
      const all = new Uint8Array(bytes);
      pieces.read(0, all);
      return all;
    },
  };
}

/** Bytes of which most may be zero. */
class Pieces {
  readonly #bytes: number;
  readonly #pieces = new Map<number, Uint8Array>();

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  read(at: number, into: Uint8Array): void {
    this.#each(at, into.length, (piece, start, end, done) => {
      const kept = this.#pieces.get(piece);
      const part = into.subarray(done, done + end - start);
      if (kept === undefined) part.fill(0);
      else part.set(kept.subarray(start, end));
    });
  }

  write(at: number, from: Uint8Array): void {
    this.#each(at, from.length, (piece, start, end, done) => {
      const part = from.subarray(done, done + end - start);
      let kept = this.#pieces.get(piece);
      if (kept === undefined) {
        if (part.every((byte) => byte === 0)) return;
        kept = new Uint8Array(PIECE_BYTES);
        this.#pieces.set(piece, kept);
      }
      kept.set(part, start);
    });
  }

  clear(at: number, count: number): void {
    this.#each(at, count, (piece, start, end) => {
      if (end - start === PIECE_BYTES) this.#pieces.delete(piece);
      else this.#pieces.get(piece)?.fill(0, start, end);
    });
  }

  /** The pieces of a range: from `start` to `end` within `piece`, `done` bytes of the range before it. */
  #each(at: number, count: number, visit: (piece: number, start: number, end: number, done: number) => void): void {
    if (at < 0 || at + count > this.#bytes) throw new RangeError(`bytes ${at} to ${at + count} are beyond the disk`);
    for (let done = 0; done < count; ) {
      const start = (at + done) % PIECE_BYTES;
      const end = Math.min(PIECE_BYTES, start + count - done);
      visit(Math.floor((at + done) / PIECE_BYTES), start, end, done);
      done += end - start;
    }
  }
}
