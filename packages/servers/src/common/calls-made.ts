/**
 * Calls that a program has made and not begun. A method of a client gives a thread, which does nothing until `yield*`
 * takes it. Who forgets that has asked nobody and hears of no error; so each call is noted when it is made, and crossed
 * out when it begins.
 *
 * Calls begin in the order in which they were made. One that is passed over was forgotten, and so was one that has not
 * begun when the program waits for others, or ends.
 */

/** The calls of one program. */
export class CallsMade {
  #made = 0;
  #begun = 0;
  /** What was made and has not begun, in its order. */
  readonly #waiting: string[] = [];

  /** A call of `operation` is made. @returns its number */
  made(operation: string): number {
    this.#waiting.push(operation);
    this.#made += 1;
    return this.#made;
  }

  /**
   * The call of this number begins.
   * @throws Error when one before it has not
   */
  begins(number: number): void {
    if (number !== this.#begun + 1) this.#refuse();
    this.#begun = number;
    this.#waiting.shift();
  }

  /** @throws Error when a call was made that has not begun */
  checkAllBegun(): void {
    if (this.#begun !== this.#made) this.#refuse();
  }

  #refuse(): never {
    const [forgotten = "a call"] = this.#waiting;
    throw new Error(`forgot yield*: ${forgotten}(…) was made and has asked nobody; write \`yield* ${forgotten}(…)\``);
  }
}
