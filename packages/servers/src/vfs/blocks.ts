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

  /** Nobody uses them any more. Those that stand behind one another are taken so again. */
  giveBack(blocks: readonly number[]): void {
    for (let i = blocks.length - 1; i >= 0; i--) this.#free.push(blocks[i] as number);
  }

  /** Copy what lies in some blocks, from byte `at` on, the first one's first byte being 0. */
  *read(blocks: readonly number[], at: number, into: Uint8Array): Thread<void> {
    for (let done = 0; done < into.length; ) {
      const length = stretch(blocks, at + done, into.length - done);
      yield* copyIn(this.#addressOf(blocks, at + done), into.subarray(done, done + length));
      done += length;
    }
  }

  /** Copy `from` to some blocks, likewise. */
  *write(blocks: readonly number[], at: number, from: Uint8Array): Thread<void> {
    for (let done = 0; done < from.length; ) {
      const length = stretch(blocks, at + done, from.length - done);
      yield* copyOut(this.#addressOf(blocks, at + done), from.subarray(done, done + length));
      done += length;
    }
  }

  #addressOf(blocks: readonly number[], at: number): number {
    return this.#address + (blocks[Math.floor(at / BLOCK_BYTES)] as number) * BLOCK_BYTES + (at % BLOCK_BYTES);
  }
}

/** How many bytes from byte `at` on lie one behind the other, `most` at most. */
function stretch(blocks: readonly number[], at: number, most: number): number {
  let place = Math.floor(at / BLOCK_BYTES);
  let length = BLOCK_BYTES - (at % BLOCK_BYTES);
  for (; length < most && blocks[place + 1] === (blocks[place] as number) + 1; place++) length += BLOCK_BYTES;
  return Math.min(length, most);
}
