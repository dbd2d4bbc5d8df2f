/**
 * How many lines a log takes of a client: a bucket of tokens that fills with time. Whoever has been quiet can write a
 * burst; whoever writes without end gets as many lines a second as the others, and no more.
 */

/** Lines that a client can write at once when it has been quiet. */
const BURST = 64;
/** Lines a second of a client that writes on. */
const LINES_PER_S = 100;
const US_PER_LINE = 1_000_000 / LINES_PER_S;

/** What a client may still write. */
export class Allowance {
  #lines = BURST;
  #countedAt: number;
  /** Lines that were refused since the last one that was taken. */
  dropped = 0;

  constructor(nowUs: number) {
    this.#countedAt = nowUs;
  }

  /** Whether one more line is taken. */
  take(nowUs: number): boolean {
    const grown = Math.floor((nowUs - this.#countedAt) / US_PER_LINE);
    this.#countedAt += grown * US_PER_LINE;
    this.#lines = Math.min(BURST, this.#lines + grown);
    if (this.#lines === 0) {
      this.dropped = Math.min(this.dropped + 1, 0xffff_ffff);
      return false;
    }
    this.#lines -= 1;
    return true;
  }
}
