/**
 * What a process prints on its own, bounded, since it may print without end: lines are told as they come, long ones cut;
 * the last ones are kept; and it is counted how much it is.
 */

/** Characters of a line. */
const WIDTH = 400;
/** Lines that are kept: of a process that has died, its error and the stack below it. */
const KEPT = 30;

export class Printed {
  readonly #told: (line: string) => void;
  readonly #last: string[] = [];
  #line = "";
  #count = 0;

  /** @param told each line, without its end */
  constructor(told: (line: string) => void) {
    this.#told = told;
  }

  /** Characters since the last `restart`. */
  get count(): number {
    return this.#count;
  }

  /** Count from here on. */
  restart(): void {
    this.#count = 0;
  }

  add(text: string): void {
    this.#count += text.length;
    const [first = "", ...more] = text.split("\n");
    this.#extend(first);
    for (const piece of more) {
      this.#endLine();
      this.#extend(piece);
    }
  }

  /** Nothing comes any more: a line without an end is one. */
  end(): void {
    if (this.#line !== "") this.#endLine();
  }

  /** The last lines, of those that have ended. */
  last(lines = KEPT): string {
    return this.#last.slice(-lines).join("\n").trim();
  }

  #extend(piece: string): void {
    // One more than is shown, to know of a line that it goes on.
    this.#line += piece.slice(0, WIDTH + 1 - this.#line.length);
  }

  #endLine(): void {
    const line = this.#line.length > WIDTH ? `${this.#line.slice(0, WIDTH)}…` : this.#line;
    this.#line = "";
    this.#last.push(line);
    if (this.#last.length > KEPT) this.#last.shift();
    this.#told(line);
  }
}
