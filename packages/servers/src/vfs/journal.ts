/**
 * A journal in memory that outlives its program: bytes, of which one store makes further ones count.
 *
 *     word 0     which half counts, and how many bytes of it: half * 2^32 + bytes
 *     half 0     ┐ in one of them what counts, from its beginning, and behind that anything;
 *     half 1     ┘ in the other one anything
 *
 * Word 0 is all that is ever believed, and only it is ever written where something counts. `append` copies behind the
 * bytes that count and then stores word 0; `replace` copies to the half that does not count and then stores word 0. So
 * wherever the program dies, even in the middle of a copy, what counts is what counted before, or what was to count from
 * then on, and nothing in between. Memory that is zero is an empty journal.
 *
 * One core executes stores in their order. With several, word 0 would have to be stored behind a fence.
 */
import { copyIn, copyOut, load, store, type Thread } from "@tessera/hal-sim/isa";

/** Bytes of word 0. */
const HEAD_BYTES = 8;
const HALF_UNIT = 2 ** 32;

/** Bytes that are kept, of which one store decides how many. */
export class Journal {
  readonly #address: number;
  readonly #halfBytes: number;
  #half = 0;
  #length = 0;

  /**
   * @param address of the memory, a multiple of 8
   * @param bytes how much there is of it
   */
  constructor(address: number, bytes: number) {
    this.#address = address;
    this.#halfBytes = 8 * Math.floor((bytes - HEAD_BYTES) / 16);
  }

  /** Bytes that it can hold. */
  get room(): number {
    return this.#halfBytes;
  }

  /** A copy of all that counts: what a program does first. */
  *read(): Thread<Uint8Array> {
    const word = yield* load(this.#address);
    this.#half = Math.floor(word / HALF_UNIT);
    this.#length = word % HALF_UNIT;
    const bytes = new Uint8Array(this.#length);
    yield* copyIn(this.#at(this.#half), bytes);
    return bytes;
  }

  /** Have `more` count as well. @returns false, and nothing has changed, when there is no room behind what counts */
  *append(more: Uint8Array): Thread<boolean> {
    if (this.#length + more.length > this.#halfBytes) return false;
    yield* copyOut(this.#at(this.#half) + this.#length, more);
    yield* this.#commit(this.#half, this.#length + more.length);
    return true;
  }

  /** Have `all` count, in place of everything that does. @throws RangeError when that is more than it can hold */
  *replace(all: Uint8Array): Thread<void> {
    if (all.length > this.#halfBytes) throw new RangeError(`${all.length} bytes, and there is room for ${this.room}`);
    yield* copyOut(this.#at(1 - this.#half), all);
    yield* this.#commit(1 - this.#half, all.length);
  }

  *#commit(half: number, length: number): Thread<void> {
    yield* store(this.#address, half * HALF_UNIT + length);
    this.#half = half;
    this.#length = length;
  }

  #at(half: number): number {
    return this.#address + HEAD_BYTES + half * this.#halfBytes;
  }
}
