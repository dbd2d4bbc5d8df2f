/**
 * Read-ahead: who reads on where it has stopped will go on so, and finds what it wants next in the cache.
 *
 * With each such read twice as many pages are read ahead, up to a limit; when half of them are used up the next ones are
 * asked for, so that the device works while the client does. A read of anything else begins anew, with none.
 */

/** Pages with which it begins. */
const FIRST = 4;

/** What one session has read last. */
export class ReadAhead {
  readonly #most: number;
  /** The sector behind what was read last. */
  #next = -1;
  #pages = 0;

  /** @param most pages */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * The session reads.
   * @param end the page behind what it reads
   * @returns the page behind what is to be read ahead
   */
  reads(sector: number, count: number, end: number): number {
    this.#pages = sector === this.#next ? Math.min(this.#most, Math.max(FIRST, this.#pages * 2)) : 0;
    this.#next = sector + count;
    return end + this.#pages;
  }

  /** The page that is to be in the cache behind one that was read, or more are read ahead; null: none. */
  mark(end: number): number | null {
    return this.#pages === 0 ? null : end + Math.floor(this.#pages / 2);
  }
}
