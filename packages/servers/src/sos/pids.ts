/**
 * Pids: small numbers, from 1 up. One that was used comes again only when all others have had their turn, and never while
 * a process has it or somebody may still ask for its end.
 */

/** The highest pid; the next one is 1 again. */
const MAX_PID = 32_767;

/** The pids of one system. */
export class Pids {
  readonly #most: number;
  #last = 0;

  /** @param most the highest */
  constructor(most: number = MAX_PID) {
    this.#most = most;
  }

  /**
   * A pid for a new process.
   * @param isTaken whether one cannot be used now
   * @throws Error when all are taken
   */
  next(isTaken: (pid: number) => boolean): number {
    for (let tried = 0; tried < this.#most; tried++) {
      this.#last = (this.#last % this.#most) + 1;
      if (!isTaken(this.#last)) return this.#last;
    }
    throw new Error(`all ${this.#most} pids are taken`);
  }
}
