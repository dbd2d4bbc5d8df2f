/**
 * A journal in memory that outlives its program: bytes, of which one store makes further ones count.
 *
 *     word 0     which half counts, how many bytes of it, and how many programs have begun with these in a row and come
 *                to no end of it: begun * 2^33 + half * 2^32 + bytes
 *     half 0     ┐ in one of them what counts, from its beginning, and behind that anything;
 *     half 1     ┘ in the other one anything
 *
 * Word 0 is all that is ever believed, and only it is ever written where something counts. `append` copies behind the
 * bytes that count and then stores word 0; `replace` copies to the half that does not count and then stores word 0. So
 * wherever the program dies, even in the middle of a copy, what counts is what counted before, or what was to count from
 * then on, and nothing in between. Memory that is zero is an empty journal.
 *
 *     begin ──▸ read, or clear ──▸ append, replace ──settle──▸ append, replace …
 *
 * Who dies between `begin` and `settle`, as somebody does whom the bytes themselves make die, leaves a count behind, so that
 * the last of several can do something else than they did.
 *
 * One core executes stores in their order. With several, word 0 would have to be stored behind a fence.
 */
import { copyIn, copyOut, load, store, type Thread } from "@tessera/hal-sim/isa";

/** Bytes of word 0. */
const HEAD_BYTES = 8;
const HALF_UNIT = 2 ** 32;
const BEGUN_UNIT = 2 ** 33;

/** Bytes that are kept, of which one store decides how many. */
export class Journal {
  readonly #address: number;
  readonly #halfBytes: number;
  #half = 0;
  #length = 0;
  /** Programs that have begun and not settled, this one among them. */
  #begun = 0;

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

  /** What a program does first. @returns how many before it have begun, and died before they had settled */
  *begin(): Thread<number> {
    const word = yield* load(this.#address);
    this.#half = Math.floor(word / HALF_UNIT) % 2;
    this.#length = word % HALF_UNIT;
    const before = Math.floor(word / BEGUN_UNIT);
    this.#begun = before + 1;
    yield* this.#commit(this.#half, this.#length);
    return before;
  }

  /** It can go on with what counts: the next one begins as if none had died. */
  *settle(): Thread<void> {
    this.#begun = 0;
    yield* this.#commit(this.#half, this.#length);
  }

  /** Have nothing count. */
  *clear(): Thread<void> {
    yield* this.#commit(0, 0);
  }

  /** A copy of all that counts. */
  *read(): Thread<Uint8Array> {
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
    yield* store(this.#address, this.#begun * BEGUN_UNIT + half * HALF_UNIT + length);
    this.#half = half;
    this.#length = length;
  }

  #at(half: number): number {
    return this.#address + HEAD_BYTES + half * this.#halfBytes;
  }
}
