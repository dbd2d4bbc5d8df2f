/**
 * The machine's only source of randomness: sfc32, seeded from its options.
 *
 * Small, fast, passes PractRand; four int32 of state, all of it a function of the seed and of how often it was asked.
 * Whoever draws from it becomes part of the run, so readers for display must not.
 */

/** Outputs dropped after seeding, until every bit of the seed has reached every bit of the state. */
const WARM_UP = 15;

/** Sets the streams of one seed apart. */
const STREAM_FACTOR = 0x85ebca6b;

/** The machine's seeded generator (sfc32): the same seed and stream, the same numbers. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * `seed` is an integer of up to 53 bits. Each `stream` of a seed is a sequence of its own: what is drawn from one
   * shifts nothing in another.
   */
  constructor(seed: number, stream = 0) {
    this.#a = (0x9e3779b9 + Math.imul(stream, STREAM_FACTOR)) | 0;
    this.#b = seed | 0;
    this.#c = Math.floor(seed / 2 ** 32) | 0;
    for (let i = 0; i < WARM_UP; i++) this.next();
  }

  /** The next unsigned 32-bit number. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in 0 .. bound - 1, without bias; bound is 1 .. 2^32. */
  below(bound: number): number {
    const fair = 2 ** 32 - (2 ** 32 % bound);
    let drawn = this.next();
    while (drawn >= fair) drawn = this.next();
    return drawn % bound;
  }
}
