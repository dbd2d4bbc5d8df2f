/**
 * Second chance: which one of many goes, when room has to be made. Pure.
 *
 * A hand goes round. Who was used since it came by last is spared, and counts as not used from then on; the first one
 * that was not used goes. So after one round at most somebody goes who can.
 *
 * Source: any textbook, "Clock page replacement".
 */

/** What comes of one that the hand points at: it stays, it stays because it was used, it goes. */
export type Verdict = "stays" | "spared" | "goes";

/** A hand over some things in a ring. */
export class SecondChance<T> {
  readonly #ring: readonly T[];
  #hand = 0;

  constructor(ring: readonly T[]) {
    this.#ring = ring;
  }

  /**
   * The next one that goes; null when all stay.
   * @param look what comes of one. Who is spared must not be spared again before it was used
   */
  next(look: (one: T) => Verdict): T | null {
    for (let seen = 0; seen < 2 * this.#ring.length; seen++) {
      const one = this.#ring[this.#hand] as T;
      this.#hand = (this.#hand + 1) % this.#ring.length;
      if (look(one) === "goes") return one;
    }
    return null;
  }
}
