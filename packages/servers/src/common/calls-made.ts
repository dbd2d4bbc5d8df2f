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
  /** The first of those that were made and have not begun; and those behind it, in their order. */
  #next = "";
  readonly #others: string[] = [];

  /** A call of `operation` is made. @returns its number */
  made(operation: string): number {
    if (this.#made === this.#begun) this.#next = operation;
    else this.#others.push(operation);
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
    if (this.#others.length > 0) this.#next = this.#others.shift() as string;
  }

  /** @throws Error when a call was made that has not begun */
  checkAllBegun(): void {
    if (this.#begun !== this.#made) this.#refuse();
  }

  #refuse(): never {
    const forgotten = this.#next === "" ? "a call" : this.#next;
    throw new Error(`forgot yield*: ${forgotten}(…) was made and has asked nobody; write \`yield* ${forgotten}(…)\``);
  }
}
