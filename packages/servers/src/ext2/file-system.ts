/**
 * A file system on a disk: what reads it and what changes it goes through here.
 *
 *     open ──▸ may be written ──trouble──▸ is only read
 *       └──▸ is only read: features, errors, or not left as it should be
 *
 * - Those who read may overlap; who changes is alone. Whoever calls sees to it (server.ts).
 * - A change is a transaction: it happens whole, or is refused and nothing has changed.
 * - Before the first change the disk says that the volume is in use, and `settle` that it is in order again. Who opens one
 *   that was left in use has it checked first.
 * - From what makes no sense on, and when a change could not be written, the volume is only read, and the disk says so.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { SECTOR_BYTES } from "../block/interface.js";
import { editSuperblock, secondsOf, superblock } from "./accounts.js";
import { BlockCache } from "./block-cache.js";
import { ROOT_INODE } from "./format/inode.js";
import { type BlockStore, DiskFault, inBlocks, type Sectors } from "./format/store.js";
import { State, SUPERBLOCK_AT, SUPERBLOCK_BYTES } from "./format/superblock.js";
import { parseVolume } from "./format/volume.js";
import { Layout } from "./layout.js";
import { inodeAt, inodeOf } from "./node.js";
import { endFirstOrphan, endOrphan } from "./removal.js";
import { Transaction, type View } from "./transaction.js";
import { Corrupt, NoRoom } from "./trouble.js";

/** What there is room for. */
export interface Space {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly free: number;
  readonly available: number;
  readonly nodes: number;
  readonly freeNodes: number;
  readonly isReadOnly: boolean;
}

/** A volume that was opened. */
export class FileSystem implements View {
  readonly layout: Layout;
  readonly store: BlockStore;
  readonly #cache: BlockCache;
  /** How often each inode is held. */
  readonly #holds = new Map<number, number>();
  #whyReadOnly: string | null;
  /** The disk says that it is in order. */
  #isSettled: boolean;
  /** Changes since it was opened. */
  #changes = 0;

  private constructor(layout: Layout, store: BlockStore, state: number, readOnly: string | null) {
    this.layout = layout;
    this.store = store;
    this.#cache = new BlockCache(store);
    this.#whyReadOnly = readOnly ?? whyNotWritten(store, state);
    this.#isSettled = (state & State.Clean) !== 0;
  }

  /**
   * Open the volume on a disk. What was removed while somebody held it is given back.
   * @returns a sentence, when there is none that can be read
   * @throws DiskFault
   */
  static *open(disk: Sectors, nowUs: number): Thread<FileSystem | string> {
    const head = new Uint8Array(SUPERBLOCK_BYTES);
    yield* disk.read(SUPERBLOCK_AT / SECTOR_BYTES, head);
    const parsed = parseVolume(head, disk.sectors);
    if (typeof parsed === "string") return parsed;
    const { geometry, readOnly } = parsed;
    const store = inBlocks(disk, geometry.blockBytes);
    const layout = yield* Layout.read(store, geometry);
    if (typeof layout === "string") return layout;
    const files = new FileSystem(layout, store, parsed.superblock.state, readOnly);
    const root = yield* files.reading((view) => inodeAt(view, ROOT_INODE));
    if (root === "IO" || root.kind !== "directory") return "it has no directory at its root";
    yield* files.#endOrphans(nowUs);
    return files;
  }

  /** Why it cannot be written, as a sentence; null: it can. */
  get whyReadOnly(): string | null {
    return this.#whyReadOnly;
  }

  get(block: number): Thread<Uint8Array> {
    return this.#cache.get(block);
  }

  isHeld(ino: number): boolean {
    return this.#holds.has(ino);
  }

  /** Carry out what only reads. */
  *reading<T>(work: (view: View) => Thread<T>): Thread<T | "IO"> {
    try {
      return yield* work(this);
    } catch (error) {
      return (yield* this.#ends(error, 0)) as "IO";
    }
  }

  /** Carry out what changes something. Where it returns a word nothing has changed. */
  *changing<T>(nowUs: number, work: (tx: Transaction) => Thread<T>): Thread<T | "IO" | "Full" | "ReadOnly"> {
    if (this.#whyReadOnly !== null) return "ReadOnly";
    try {
      yield* this.#unsettle(nowUs);
      const tx = new Transaction(this, this.#cache, nowUs);
      const result = yield* work(tx);
      if (typeof result !== "string" && !tx.isEmpty) yield* this.#commit(tx);
      return result;
    } catch (error) {
      return yield* this.#ends(error, nowUs);
    }
  }

  /** The node lives on without names, until it was released as often. Whoever calls has looked that it is there. */
  hold(node: number): void {
    const ino = inodeOf(node, this.layout.geometry);
    this.#holds.set(ino, (this.#holds.get(ino) ?? 0) + 1);
  }

  /** As often as `hold`. A change: the node may be at its end. */
  *release(node: number, nowUs: number): Thread<void> {
    const ino = inodeOf(node, this.layout.geometry);
    const left = (this.#holds.get(ino) ?? 0) - 1;
    if (left > 0) this.#holds.set(ino, left);
    else this.#holds.delete(ino);
    if (left > 0) return;
    const inode = yield* this.reading((view) => inodeAt(view, ino));
    // Where nothing can be written, it stays an orphan for who opens the volume next.
    if (inode !== "IO" && inode.links === 0) yield* this.changing(nowUs, (tx) => endOrphan(tx, ino));
  }

  /** Wait until all changes that were carried out are on the disk to stay. */
  *flush(): Thread<"IO" | null> {
    try {
      yield* this.store.flush();
      return null;
    } catch (error) {
      return (yield* this.#ends(new Unwritten(error), 0)) as "IO";
    }
  }

  /**
   * Have the disk say that the volume is in order, after a flush. A change.
   * @param changes that had been carried out when that began: where there were more since, it is not in order
   */
  *settle(nowUs: number, changes: number): Thread<void> {
    if (this.#isSettled || this.#whyReadOnly !== null || changes !== this.#changes) return;
    try {
      const tx = new Transaction(this, this.#cache, nowUs);
      if ((yield* superblock(tx)).lastOrphan !== 0) return;
      (yield* editSuperblock(tx)).state |= State.Clean;
      yield* this.#commit(tx);
      this.#isSettled = true;
    } catch (error) {
      yield* this.#ends(error, nowUs);
    }
  }

  /** Changes that were carried out. */
  get changes(): number {
    return this.#changes;
  }

  /** What there is room for. */
  space(): Thread<Space | "IO"> {
    const isReadOnly = this.#whyReadOnly !== null;
    return this.reading(function* (view) {
      const { blocks, inodes, freeBlocks, freeInodes, reservedBlocks } = yield* superblock(view);
      const available = Math.max(0, freeBlocks - reservedBlocks);
      const { blockBytes } = view.layout.geometry;
      return { blockBytes, blocks, free: freeBlocks, available, nodes: inodes, freeNodes: freeInodes, isReadOnly };
    });
  }

  *#endOrphans(nowUs: number): Thread<void> {
    for (let steps = 0; steps < this.layout.geometry.inodes; steps++) {
      if (this.#whyReadOnly !== null) return;
      const orphans = yield* this.reading(superblock);
      if (orphans === "IO" || orphans.lastOrphan === 0) return;
      yield* this.changing(nowUs, endFirstOrphan);
    }
  }

  /** Have the disk say that the volume is in use, before anything else is written. */
  *#unsettle(nowUs: number): Thread<void> {
    if (!this.#isSettled) return;
    const tx = new Transaction(this, this.#cache, nowUs);
    const head = yield* editSuperblock(tx);
    head.state &= ~State.Clean;
    head.mountTimeS = secondsOf(nowUs);
    yield* this.#commit(tx);
    this.#isSettled = false;
    yield* this.store.barrier();
  }

  *#commit(tx: Transaction): Thread<void> {
    this.#changes += 1;
    try {
      yield* tx.commit();
    } catch (error) {
      throw new Unwritten(error);
    }
  }

  /** The word for what has ended an operation. */
  *#ends(error: unknown, nowUs: number): Thread<"IO" | "Full"> {
    if (error instanceof NoRoom) return "Full";
    if (error instanceof DiskFault) return "IO";
    if (!(error instanceof Corrupt) && !(error instanceof Unwritten)) throw error;
    if (this.#whyReadOnly === null) yield* this.#stopWriting(error.message, nowUs);
    return "IO";
  }

  *#stopWriting(why: string, nowUs: number): Thread<void> {
    this.#whyReadOnly = why;
    try {
      const tx = new Transaction(this, this.#cache, nowUs);
      (yield* editSuperblock(tx)).state |= State.Errors;
      yield* tx.commit();
    } catch (error) {
      // A disk that cannot even say so has said it in another way.
      if (!(error instanceof DiskFault)) throw error;
    }
  }
}

/** A change was not written, or not wholly. */
class Unwritten extends Error {
  constructor(cause: unknown) {
    super(`what was changed could not be written: ${cause instanceof Error ? cause.message : String(cause)}`);
    // Whatever else is thrown while writing is a mistake of this program.
    if (!(cause instanceof DiskFault)) throw cause;
  }
}

/** Why a volume that was left in this state is only read. */
function whyNotWritten(store: BlockStore, state: number): string | null {
  if (!store.writable) return "its disk can only be read";
  if ((state & State.Errors) !== 0) return "something that made no sense was met on it, and it was not checked since";
  return (state & State.Clean) !== 0 ? null : "it was not left in order, and was not checked since";
}
