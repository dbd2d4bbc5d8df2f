/**
 * A transaction: all blocks that one operation changes, and the data that it writes.
 *
 *     open ──edit, begin, data, release──▸ open ──commit──▸ on the disk
 *       └──let go: an operation that refuses, or cannot go on, has changed nothing
 *
 * The operation changes copies. They are written together at its end, in an order by which a cut in between loses as little
 * as can be: first data and blocks that nobody names yet, then the others in the order in which the operation came to change
 * them. So who makes something takes it from the bitmaps before he fills it, and names it at last; who removes something
 * begins with the name. What a cut leaves behind fsck sets right.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { BlockCache, Blocks } from "./block-cache.js";
import type { BlockStore } from "./format/store.js";
import type { Layout } from "./layout.js";

/** A volume, as whoever reads sees it. */
export interface View extends Blocks {
  readonly layout: Layout;
  readonly store: BlockStore;
  /** Whether somebody goes on naming the inode who does not need a name for it. */
  isHeld(ino: number): boolean;
}

/** Data that lies in consecutive blocks. */
interface Run {
  readonly block: number;
  readonly bytes: Uint8Array;
}

/** What an operation changes. */
export class Transaction implements View {
  readonly layout: Layout;
  readonly store: BlockStore;
  /** When the operation began. */
  readonly nowUs: number;
  readonly #view: View;
  readonly #cache: BlockCache;
  /** In the order in which they were changed first. */
  readonly #changed = new Map<number, Uint8Array>();
  /** Blocks that were free before. */
  readonly #begun = new Map<number, Uint8Array>();
  readonly #runs: Run[] = [];
  /** Blocks that hold nothing of interest any more. */
  readonly #released = new Set<number>();

  constructor(view: View, cache: BlockCache, nowUs: number) {
    this.layout = view.layout;
    this.store = view.store;
    this.nowUs = nowUs;
    this.#view = view;
    this.#cache = cache;
  }

  /** Whether there is nothing to be written. */
  get isEmpty(): boolean {
    return this.#changed.size + this.#begun.size + this.#runs.length === 0;
  }

  isHeld(ino: number): boolean {
    return this.#view.isHeld(ino);
  }

  *get(block: number): Thread<Uint8Array> {
    return this.#begun.get(block) ?? this.#changed.get(block) ?? (yield* this.#cache.get(block));
  }

  /** The contents of a block, to be changed. @throws DiskFault when it cannot be read */
  *edit(block: number): Thread<Uint8Array> {
    const own = this.#begun.get(block) ?? this.#changed.get(block);
    if (own !== undefined) return own;
    const copy = (yield* this.#cache.get(block)).slice();
    this.#changed.set(block, copy);
    return copy;
  }

  /** Zeroes, to be filled, as the contents of a block that was free. */
  begin(block: number): Uint8Array {
    const bytes = new Uint8Array(this.store.blockBytes);
    this.#changed.delete(block);
    this.#begun.set(block, bytes);
    return bytes;
  }

  /** Write data of a file: whole blocks, which stay as they are until the end. */
  data(block: number, bytes: Uint8Array): void {
    const last = this.#runs.at(-1);
    if (last === undefined || !isNext(last, block, bytes, this.store.blockBytes)) {
      this.#runs.push({ block, bytes });
      return;
    }
    const { buffer, byteOffset, length } = last.bytes;
    this.#runs[this.#runs.length - 1] = {
      block: last.block,
      bytes: new Uint8Array(buffer, byteOffset, length + bytes.length),
    };
  }

  /** What lies in a block is not needed any more. */
  release(block: number): void {
    this.#begun.delete(block);
    this.#changed.delete(block);
    this.#released.add(block);
  }

  /**
   * Write all of it. What was written before the disk fails is what later readers see; the rest is as it was.
   * @throws DiskFault
   */
  *commit(): Thread<void> {
    for (const block of this.#released) this.#cache.forget(block);
    for (const { block, bytes } of this.#runs) {
      for (let i = 0; i < bytes.length / this.store.blockBytes; i++) this.#cache.forget(block + i);
      yield* this.store.write(block, bytes);
    }
    for (const blocks of [this.#begun, this.#changed]) {
      for (const [block, bytes] of blocks) {
        yield* this.store.write(block, bytes);
        this.#cache.put(block, bytes);
      }
    }
  }
}

/** Whether these bytes lie behind the others, in memory and on the disk. */
function isNext({ block, bytes }: Run, next: number, more: Uint8Array, blockBytes: number): boolean {
  return (
    block + bytes.length / blockBytes === next &&
    bytes.buffer === more.buffer &&
    bytes.byteOffset + bytes.length === more.byteOffset
  );
}
