/**
 * Blocks that tell where everything is: bitmaps, tables of inodes, directories, indirect blocks. As many as there is room
 * for are kept as they lie on the disk, and the one that was needed longest ago makes room for the next.
 *
 * Data of files is not among them: it is in the cache of who serves the disk. Whoever reads may overlap with others who
 * read; who writes is alone (file-system.ts), so a block that is read twice at once is the same.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { BlockStore } from "./format/store.js";

/** Blocks that are kept: 2 MiB of 4 KiB each. */
const BLOCKS = 512;

/** Blocks by their numbers, to be looked at. */
export interface Blocks {
  /**
   * The contents of a block that is no data of a file. They are not to be changed, and right until the next change.
   * @throws DiskFault when it cannot be read
   */
  get(block: number): Thread<Uint8Array>;
}

/** The blocks of a store that are kept. */
export class BlockCache implements Blocks {
  readonly #store: BlockStore;
  /** The one that was needed longest ago first. */
  readonly #kept = new Map<number, Uint8Array>();

  constructor(store: BlockStore) {
    this.#store = store;
  }

  *get(block: number): Thread<Uint8Array> {
    const kept = this.#kept.get(block);
    if (kept !== undefined) {
      this.#kept.delete(block);
      this.#kept.set(block, kept);
      return kept;
    }
    const read = new Uint8Array(this.#store.blockBytes);
    yield* this.#store.read(block, read);
    this.put(block, read);
    return read;
  }

  /** This is what lies there from now on. */
  put(block: number, bytes: Uint8Array): void {
    this.#kept.delete(block);
    this.#kept.set(block, bytes);
    if (this.#kept.size <= BLOCKS) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }

  /** What lies there is not known any more, or of no interest. */
  forget(block: number): void {
    this.#kept.delete(block);
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#kept.clear();
  }
}
