/**
 * Watching: whether a server still answers. At each turn it is told by its messenger that nobody has died, which it only
 * has to answer; who has not by the next turn hangs, and counts as dead. A turn is as long as the plan says.
 *
 *     turn ──asked──▸ ... ──answers──▸ turn ──asked──▸ ... ──▸ turn: it has not answered
 */

/** The turns of one server. */
export class Watch {
  readonly #looksPerTurn: number;
  #looks = 0;
  #hasAnswered = true;

  /**
   * @param watchUs how long a turn is
   * @param lookUs how often it is looked at
   */
  constructor(watchUs: number, lookUs: number) {
    this.#looksPerTurn = Math.ceil(watchUs / lookUs);
  }

  /** It has answered its messenger, or begins anew. */
  answered(): void {
    this.#hasAnswered = true;
  }

  /**
   * It is looked at.
   * @param isAsked whether its messenger waits for an answer
   * @returns "ask": a turn begins, and nobody asks it yet; "hangs": it was asked for a whole turn
   */
  look(isAsked: boolean): "wait" | "ask" | "hangs" {
    this.#looks = (this.#looks + 1) % this.#looksPerTurn;
    if (this.#looks > 0) return "wait";
    if (isAsked && !this.#hasAnswered) return "hangs";
    this.#hasAnswered = false;
    return isAsked ? "wait" : "ask";
  }
}
