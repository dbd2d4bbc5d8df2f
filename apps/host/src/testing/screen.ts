/**
 * A terminal's screen, for tests: what bytes look like on a screen. It knows what the line editor sends, folds at
 * its last column like a real one (the cursor waits there), and refuses what it does not know.
 */

/** A screen that shows what is written to it. */
export class Screen {
  readonly #columns: number;
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  bells = 0;

  constructor(columns = 80) {
    this.#columns = columns;
  }

  /** The rows without blanks at their ends, up to the last that has something. */
  get shown(): string[] {
    const rows = this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
    while (rows.at(-1) === "") rows.pop();
    return rows;
  }

  get cursor(): [row: number, column: number] {
    return [this.#row, Math.min(this.#column, this.#columns - 1)];
  }

  write(text: string): void {
    for (let rest = text; rest !== ""; ) {
      const [character = ""] = rest;
      const [sequence = ""] = character === "\x1b" ? (/^\[[0-9;?]*[A-Za-z]/.exec(rest.slice(1)) ?? []) : [];
      if (sequence === "") this.#put(character);
      else this.#control(sequence);
      rest = rest.slice(character.length + sequence.length);
    }
  }

  #put(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") {
      // As hosts set their terminals: an end of line goes back to the first column.
      this.#column = 0;
      this.#toRow(this.#row + 1);
    } else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (character === "\x07") this.bells += 1;
    else if (character < " ") throw new Error(`the terminal knows no ${JSON.stringify(character)}`);
    else {
      const width = (character.codePointAt(0) as number) >= 0x2e80 ? 2 : 1;
      if (this.#column + width > this.#columns) {
        this.#toRow(this.#row + 1);
        this.#column = 0;
      }
      const cells = this.#rows[this.#row] as string[];
      cells[this.#column] = character;
      if (width === 2) cells[this.#column + 1] = "";
      this.#column += width;
    }
  }

  #control(sequence: string): void {
    const [, count = "", letter = ""] = /^\[([0-9;?]*)(.)$/.exec(sequence) ?? [];
    const n = Number(count || 1);
    if (letter === "A") this.#row = Math.max(0, this.#row - n);
    else if (letter === "B") this.#toRow(this.#row + n);
    else if (letter === "C") this.#column = Math.min(this.#columns - 1, this.#column + n);
    else if (letter === "H" && count === "") [this.#row, this.#column] = [0, 0];
    else if (letter === "J" && count === "2") this.#rows = this.#rows.map(() => []);
    else if (letter === "J" && count === "") {
      this.#rows.length = this.#row + 1;
      (this.#rows[this.#row] as string[]).length = Math.min(this.#column, (this.#rows[this.#row] as string[]).length);
    } else throw new Error(`the terminal knows no ${JSON.stringify(sequence)}`);
  }

  #toRow(row: number): void {
    this.#row = row;
    while (this.#rows.length <= row) this.#rows.push([]);
  }
}
