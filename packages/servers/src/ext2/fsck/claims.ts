/**
 * The blocks of one inode, claimed as they are met. A number that is no block of the volume, or one of its own books, is
 * taken out; a block that was claimed before is kept for later (shared.ts), and what it stands for is not looked at.
 */
import { EntryType } from "../format/entries.js";
import { isMetadata } from "../format/group.js";
import { mostFileBytes } from "../format/pointers.js";
import type { CheckedVolume, Numbered } from "./volume.js";
import type { BlockUse, Decision, Walker } from "./walk.js";

/** A directory has no more than 2 GiB. */
const MOST_DIRECTORY_BYTES = 2 ** 31;
/** A block of numbers with more wrong ones than this is taken for something else. */
const MOST_WRONG_NUMBERS = 12;

/** Where an inode has a block that is claimed already. */
export interface SharedUse {
  readonly block: number;
  readonly depth: number;
  readonly logical: number;
}

/** What an inode has. */
export class Claims implements Walker {
  /** Blocks, those of numbers among them. */
  count = 0;
  /** The last block of the file that is no hole; -1: none. */
  lastLogical = -1;
  /** Of a directory: its blocks, without holes. */
  readonly dataBlocks: number[] = [];
  readonly shared: SharedUse[] = [];
  readonly #volume: CheckedVolume;
  readonly #number: number;
  readonly #isDirectory: boolean;
  readonly #mostBlocks: number;

  constructor(volume: CheckedVolume, { number, inode }: Numbered) {
    this.#volume = volume;
    this.#number = number;
    this.#isDirectory = inode.kind === "directory";
    const { blockBytes } = volume.geometry;
    const most = this.#isDirectory ? MOST_DIRECTORY_BYTES : mostFileBytes(blockBytes);
    this.#mostBlocks = Math.ceil(most / blockBytes);
  }

  visit(use: BlockUse): Decision {
    const { block, depth, logical } = use;
    const problem = this.#whyWrong(use);
    if (problem !== null) {
      const code = problem.endsWith("books") ? "block-in-books" : "block-number";
      const message = `Inode ${this.#number}: ${placeOf(use)} is said to be ${block}, ${problem}.`;
      return this.#volume.findings.tell(code, message) ? 0 : "skip";
    }
    this.count++;
    if (depth === 0) this.#noteData(block, logical);
    if (this.#volume.isClaimed(block)) {
      this.shared.push({ block, depth, logical });
      return "skip";
    }
    this.#volume.claim(block);
    return "follow";
  }

  accepts(numbers: Uint32Array, use: BlockUse): boolean {
    const wrong = numbers.filter((block) => block !== 0 && !this.#volume.geometry.hasBlock(block)).length;
    if (wrong <= MOST_WRONG_NUMBERS) return true;
    const message = `Inode ${this.#number}: ${placeOf(use)}, block ${use.block}, has ${wrong} numbers of no blocks.`;
    return !this.#volume.findings.tell("block-number", message);
  }

  #noteData(block: number, logical: number): void {
    this.lastLogical = Math.max(this.lastLogical, logical);
    if (this.#isDirectory) this.dataBlocks.push(block);
  }

  #whyWrong({ block, logical, above }: BlockUse): string | null {
    const { geometry, groups } = this.#volume;
    if (!geometry.hasBlock(block)) return "which the volume does not have";
    if (isMetadata(block, geometry, groups)) return "where the volume has its books";
    if (above.includes(block)) return "which it lies in itself";
    return logical >= this.#mostBlocks ? "behind all that it can have" : null;
  }
}

/** The kind of a directory, as `kinds` says it. */
export const DIRECTORY = EntryType.directory;

function placeOf({ depth, logical }: BlockUse): string {
  return depth === 0 ? `block ${logical} of it` : `the block of numbers (${depth}) for block ${logical} of it`;
}
