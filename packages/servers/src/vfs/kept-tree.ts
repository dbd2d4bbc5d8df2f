/**
 * Files in memory that outlives its program: a tree in the program's variables, which is written down in a journal, and
 * the blocks that hold what is in the files.
 *
 *     journal (journal.ts)     an eighth of the memory: what files there are, and which blocks each has
 *     blocks (blocks.ts)       the rest: what is in them
 *
 * Each operation is one step: it writes to places that do not count, has its records count by one store, and returns.
 * Places that do not count are blocks that no record names, and what lies behind the size in the last block of a file.
 * A block that is written over is therefore another one afterwards, and the old one is free when the records count. So
 * wherever the program dies, the next one finds all operations that have returned, and the one under way as a whole or
 * not at all; nobody has to look whether something is half done.
 *
 * When the journal has no room for more records, the whole tree is written down anew in its other half: what was changed
 * by the operation counts with the same store. The tree may take three quarters of a half, so that this is not the rule.
 *
 * Whoever dies of what is written down dies of it again when it is started again. So after some such starts in a row the
 * next one gives all of it up and begins empty, with a file that says so.
 *
 * A file that was removed while it is open is written to as before, and nothing of it is written down: it ends with its
 * sessions, and they end with the program.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { BLOCK_BYTES, Blocks } from "./blocks.js";
import { Journal } from "./journal.js";
import { dataRecordBytes, readRecords, writeRecords } from "./record.js";
import { type DirectoryNode, type FileNode, Tree, type TreeNode } from "./tree.js";

/** How much of the memory is the journal's, and how much of one of its halves the tree may take. */
const JOURNAL_SHARE = 1 / 8;
const TREE_SHARE = 3 / 4;

/** Starts in a row that may come to no end before what is in the memory is given up. */
export const MOST_STARTS = 5;
/** The file that says so. */
export const NOTICE = "files-were-lost";
const NOTICE_TEXT = `What was in here could not be read: ${MOST_STARTS} starts in a row died of it. So this one began empty.\n`;

const NOTHING = new Uint8Array(0);

/** Files in memory that is kept. */
export class KeptTree {
  readonly #tree: Tree;
  readonly #journal: Journal;
  readonly #blocks: Blocks;

  private constructor(tree: Tree, journal: Journal, blocks: Blocks) {
    this.#tree = tree;
    this.#journal = journal;
    this.#blocks = blocks;
  }

  /**
   * The files that are in `memory`; where it is zero, none. After MOST_STARTS that have died in here, none but NOTICE.
   * @param nowUs the time of an empty root directory
   */
  static *open(memory: { readonly address: number; readonly bytes: number }, nowUs: number): Thread<KeptTree> {
    const journalBytes = BLOCK_BYTES * Math.ceil((memory.bytes * JOURNAL_SHARE) / BLOCK_BYTES);
    const journal = new Journal(memory.address, journalBytes);
    const isGivenUp = (yield* journal.begin()) >= MOST_STARTS;
    if (isGivenUp) yield* journal.clear();
    const records = readRecords(yield* journal.read());
    const tree = Tree.from(records, Math.floor(journal.room * TREE_SHARE), nowUs);
    const blocks = new Blocks(memory.address + journalBytes, memory.bytes - journalBytes, tree.blocks);
    const kept = new KeptTree(tree, journal, blocks);
    yield* kept.#commit();
    if (isGivenUp) yield* kept.#tellLoss(nowUs);
    yield* journal.settle();
    return kept;
  }

  get root(): DirectoryNode {
    return this.#tree.root;
  }

  /** As in tree.ts, and likewise all below. */
  find(directory: DirectoryNode, name: string): TreeNode | "NotFound" | "BadName" {
    return this.#tree.find(directory, name);
  }

  next(directory: DirectoryNode, after: string): TreeNode | null {
    return this.#tree.next(directory, after);
  }

  *createFile(directory: DirectoryNode, name: string, nowUs: number): Thread<FileNode | "NotFound" | "Full"> {
    const made = this.#tree.createFile(directory, name, nowUs);
    yield* this.#commit();
    return made;
  }

  *createDirectory(directory: DirectoryNode, name: string, nowUs: number): Thread<DirectoryNode | "NotFound" | "Full"> {
    const made = this.#tree.createDirectory(directory, name, nowUs);
    yield* this.#commit();
    return made;
  }

  *remove(directory: DirectoryNode, name: string, nowUs: number): Thread<ReturnType<Tree["remove"]>> {
    const problem = this.#tree.remove(directory, name, nowUs);
    yield* this.#commit();
    return problem;
  }

  *rename(
    from: DirectoryNode,
    name: string,
    to: DirectoryNode,
    newName: string,
    nowUs: number,
  ): Thread<ReturnType<Tree["rename"]>> {
    const problem = this.#tree.rename(from, name, to, newName, nowUs);
    yield* this.#commit();
    return problem;
  }

  hold(file: FileNode): void {
    this.#tree.hold(file);
  }

  release(file: FileNode): void {
    this.#tree.release(file);
    this.#blocks.giveBack(this.#tree.takeFreed());
  }

  /** A copy of up to `length` bytes from `offset` up; none behind the end. */
  *read(file: FileNode, offset: number, length: number): Thread<Uint8Array> {
    const start = Math.min(offset, file.size);
    const end = Math.min(offset + length, file.size);
    const bytes = new Uint8Array(end - start);
    yield* this.#blocks.read(file.blocks, start, bytes);
    return bytes;
  }

  /** Write all of `bytes`, or nothing (`Full`). What lies between the end of the file and `offset` becomes zeroes. */
  *write(file: FileNode, offset: number, bytes: Uint8Array, nowUs: number): Thread<"Full" | null> {
    const gap = Math.max(0, offset - file.size);
    if (gap === 0) return yield* this.#put(file, offset, bytes, nowUs);
    if (!this.#couldHold(offset)) return "Full";
    const filled = new Uint8Array(gap + bytes.length);
    filled.set(bytes, gap);
    return yield* this.#put(file, file.size, filled, nowUs);
  }

  /** Give a file another size, or refuse; what is new is zeroes. */
  *truncate(file: FileNode, size: number, nowUs: number): Thread<"Full" | null> {
    if (size > file.size) return yield* this.write(file, size, NOTHING, nowUs);
    this.#tree.setData(file, size, Math.ceil(size / BLOCK_BYTES), [], nowUs);
    yield* this.#commit();
    return null;
  }

  /** Put `bytes` at `start`, which is not behind the end. */
  *#put(file: FileNode, start: number, bytes: Uint8Array, nowUs: number): Thread<"Full" | null> {
    const end = start + bytes.length;
    const had = file.blocks.length;
    // Behind the end the last block can be written to; what is in the others, and in front of the end, counts.
    const firstNew = start === file.size || start === end ? had : Math.floor(start / BLOCK_BYTES);
    const endBlock = Math.ceil(end / BLOCK_BYTES);
    const grown = dataRecordBytes(Math.max(had, endBlock)) - dataRecordBytes(had);
    const taken = this.#tree.hasRoomFor(grown) ? this.#blocks.take(Math.max(0, endBlock - firstNew)) : null;
    if (taken === null) return "Full";
    const border = Math.max(0, Math.min(firstNew * BLOCK_BYTES - start, bytes.length));
    yield* this.#blocks.write(file.blocks, start, bytes.subarray(0, border));
    const fresh = yield* this.#withRest(file, start + border, bytes.subarray(border));
    yield* this.#blocks.write(taken, 0, fresh);
    this.#tree.setData(file, Math.max(file.size, end), firstNew, taken, nowUs);
    yield* this.#commit();
    return null;
  }

  /** `bytes`, which are to stand at `start`, and what the file has in front and behind them in the same blocks. */
  *#withRest(file: FileNode, start: number, bytes: Uint8Array): Thread<Uint8Array> {
    const end = start + bytes.length;
    const first = start - (start % BLOCK_BYTES);
    const last = Math.max(end, Math.min(file.size, BLOCK_BYTES * Math.ceil(end / BLOCK_BYTES)));
    if (bytes.length === 0 || (first === start && last === end)) return bytes;
    const whole = new Uint8Array(last - first);
    yield* this.#blocks.read(file.blocks, first, whole.subarray(0, start - first));
    yield* this.#blocks.read(file.blocks, end, whole.subarray(end - first));
    whole.set(bytes, start - first);
    return whole;
  }

  *#tellLoss(nowUs: number): Thread<void> {
    const file = yield* this.createFile(this.root, NOTICE, nowUs);
    if (typeof file !== "string") yield* this.write(file, 0, new TextEncoder().encode(NOTICE_TEXT), nowUs);
  }

  /** Whether a file of so many bytes could be there at all. */
  #couldHold(size: number): boolean {
    return size <= this.#blocks.count * BLOCK_BYTES;
  }

  /** Have the changes of the tree count. */
  *#commit(): Thread<void> {
    const changes = this.#tree.takeChanges();
    if (changes.length > 0 && !(yield* this.#journal.append(writeRecords(changes)))) {
      yield* this.#journal.replace(writeRecords(this.#tree.records()));
    }
    this.#blocks.giveBack(this.#tree.takeFreed());
  }
}
