/**
 * What a check has found: each finding has a code, for programs and tests, and a sentence, for people. A check that
 * repairs says of each whether it has mended it.
 */

/** What a finding is about. */
export type FindingCode =
  // the books of the volume
  | "superblock"
  | "superblock-field"
  | "feature"
  | "journal"
  | "descriptor"
  | "bitmap-blocks"
  | "bitmap-inodes"
  | "count"
  // inodes by themselves
  | "orphan"
  | "orphan-list"
  | "inode-kind"
  | "inode-reserved"
  | "inode-deleted"
  | "inode-flags"
  | "inode-field"
  | "inode-size"
  | "inode-sectors"
  | "inode-times"
  | "link-target"
  | "resize-inode"
  | "attributes"
  // their blocks
  | "block-number"
  | "block-in-books"
  | "block-shared"
  // directories
  | "root"
  | "directory-hole"
  | "directory-entries"
  | "directory-dots"
  | "directory-index"
  | "entry-inode"
  | "entry-name"
  | "entry-kind"
  | "entry-twice"
  | "directory-twice"
  | "directory-parent"
  | "unconnected"
  | "links";

/** Something that is not as it should be. */
export interface Finding {
  readonly code: FindingCode;
  /** A sentence. */
  readonly message: string;
  readonly repaired: boolean;
}

/**
 * What came of a check.
 *
 *     clean        nothing was found
 *     repaired     what was found was mended, and another check found nothing any more
 *     damaged      something was found, and not or not wholly mended
 *     unreadable   there is no volume, or none that can be checked
 */
export type Verdict = "clean" | "repaired" | "damaged" | "unreadable";

/** What a check says at its end. */
export interface FsckReport {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** How many there were beyond those. */
  readonly more: number;
  /** Of the volume as it was checked last; zeroes when it could not be read. */
  readonly inodes: { readonly taken: number; readonly all: number };
  readonly blocks: { readonly taken: number; readonly all: number };
}

/** So many findings are kept as sentences. */
const MOST_FINDINGS = 1000;

/** Findings as they come, over several rounds of a check that repairs. */
export class Findings {
  /** What was mended in all rounds. */
  readonly #repaired: Finding[] = [];
  /** What is left, of this round. */
  #left: Finding[] = [];
  #repairedCount = 0;
  #leftCount = 0;
  #repairs: boolean;

  /** @param repairs whether what is found is mended */
  constructor(repairs: boolean) {
    this.#repairs = repairs;
  }

  /** Whether what is found is mended. */
  get repairs(): boolean {
    return this.#repairs;
  }

  /** How many were mended, and how many of this round are left. */
  get repaired(): number {
    return this.#repairedCount;
  }
  get left(): number {
    return this.#leftCount;
  }

  /** Those that are kept: what was mended, then what is left. */
  get all(): readonly Finding[] {
    return [...this.#repaired, ...this.#left].slice(0, MOST_FINDINGS);
  }

  /** All is looked at anew: what is left will be found again. */
  beginRound(): void {
    this.#left = [];
    this.#leftCount = 0;
  }

  /** Nothing is mended from now on. */
  onlyLook(): void {
    this.#repairs = false;
  }

  /** Something was found. @returns whether to mend it, which the caller does then; `canRepair`: whether it could be */
  tell(code: FindingCode, message: string, canRepair = true): boolean {
    const repaired = this.#repairs && canRepair;
    const kept = repaired ? this.#repaired : this.#left;
    if (repaired) this.#repairedCount++;
    else this.#leftCount++;
    if (kept.length < MOST_FINDINGS) kept.push({ code, message, repaired });
    return repaired;
  }
}
