/**
 * Blocks: memory in equal pieces, and which of them nobody uses. Who uses the others is written in a journal, so this
 * list lives in the program and is made anew from there.
 *
 * A block that is given back is taken again at once: it is given back when nothing that counts leads to it any more.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";

/** Bytes of a block. */
export const BLOCK_BYTES = 1024;

/** Pieces of memory, by their numbers from 0. */
export class Blocks {
  /** How many there are. */
  readonly count: number;
  readonly #address: number;
  /** Those that nobody uses; the last one is taken first. */
  readonly #free: number[] = [];

  /**
   * @param address of the first one
   * @param bytes how much memory there is
   * @param used those that somebody uses
   */
  constructor(address: number, bytes: number, used: ReadonlySet<number>) {
    this.#address = address;
    this.count = Math.floor(bytes / BLOCK_BYTES);
    for (let block = this.count - 1; block >= 0; block--) if (!used.has(block)) this.#free.push(block);
  }

  /** How many nobody uses. */
  get free(): number {
    return this.#free.length;
  }

  /** So many blocks that nobody uses, holding anything; null when there are not as many. */
  take(count: number): number[] | null {
    if (count > this.#free.length) return null;
    return count === 0 ? [] : this.#free.splice(-count).reverse();
  }

  /** Nobody uses them any more. */
  giveBack(blocks: readonly number[]): void {
    this.#free.push(...blocks);
  }

  /** Copy what lies in a block, from byte `at` on. */
  *read(block: number, at: number, into: Uint8Array): Thread<void> {
    yield* copyIn(this.#address + block * BLOCK_BYTES + at, into);
  }

  /** Copy `from` to a block, from byte `at` on. */
  *write(block: number, at: number, from: Uint8Array): Thread<void> {
    yield* copyOut(this.#address + block * BLOCK_BYTES + at, from);
  }
}
