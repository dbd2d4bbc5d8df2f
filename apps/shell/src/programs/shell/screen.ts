/**
 * The edited line on the terminal: a prompt and a text that may take several rows. All is relative to where the prompt
 * began, since nobody knows how far down the screen that is.
 *
 * What was painted is known by one number, the row of the cursor below the prompt's; painting anew goes up there, erases
 * to the end of the screen and writes all. Sequences are of ECMA-48 and understood by every terminal.
 */
import { characterWidth, textWidth } from "./width.js";

/** Columns of a terminal that has not said how many it has. */
const USUAL_COLUMNS = 80;

interface Place {
  readonly row: number;
  readonly column: number;
}

const ORIGIN: Place = { row: 0, column: 0 };

/** A prompt and the line behind it. */
export class Screen {
  #columns = USUAL_COLUMNS;
  /** Of the cursor, below the prompt's first row. */
  #row = 0;

  get columns(): number {
    return this.#columns;
  }

  /** What paints the line, from wherever the cursor is in it; `before`: the text in front of the cursor. */
  paint(prompt: string, text: string, before: string): string {
    const end = this.#behind(text, this.#behind(prompt));
    const cursor = this.#behind(before, this.#behind(prompt));
    const toBegin = `${up(this.#row)}\r\x1b[J`;
    // Behind the last column a terminal waits with the cursor: an end of line brings it where we count it.
    const wrapped = end.column === 0 && end.row > 0 ? "\r\n" : "";
    const toCursor = text === before ? "" : `${up(end.row - cursor.row)}\r${right(cursor.column)}`;
    this.#row = cursor.row;
    return `${toBegin}${prompt}${text}${wrapped}${toCursor}`;
  }

  /** What shows a text at the end of the line, when the line is `before` and ends at the cursor; null: paint it anew. */
  append(prompt: string, before: string, text: string): string | null {
    const { column } = this.#behind(before, this.#behind(prompt));
    return column + textWidth(text) < this.#columns ? text : null;
  }

  /** What brings the cursor from behind `before` to a row of its own below the line. */
  leave(prompt: string, text: string): string {
    const end = this.#behind(text, this.#behind(prompt));
    const below = end.row - this.#row;
    this.#row = 0;
    return `${below > 0 ? `\x1b[${below}B` : ""}${end.column === 0 && end.row > 0 ? "\r" : "\r\n"}`;
  }

  /** The terminal has another width, and has folded what it shows anew. @returns whether it is another one */
  resize(columns: number, prompt: string, before: string): boolean {
    if (columns === this.#columns || columns < 1) return false;
    this.#columns = columns;
    this.#row = this.#behind(before, this.#behind(prompt)).row;
    return true;
  }

  /** The screen was erased, or the cursor stands at the beginning of an empty row. */
  begin(): void {
    this.#row = 0;
  }

  /** Where the cursor is behind a text that begins at `from`. */
  #behind(text: string, from: Place = ORIGIN): Place {
    let { row, column } = from;
    for (const character of text) {
      const width = characterWidth(character);
      if (column + width > this.#columns) {
        row += 1;
        column = 0;
      }
      column += width;
      if (column >= this.#columns) {
        row += 1;
        column = 0;
      }
    }
    return { row, column };
  }
}

/** Names in columns, as many as fit, from top to bottom; each line with its end. */
export function inColumns(names: readonly string[], columns: number): string {
  const width = Math.max(0, ...names.map(textWidth)) + 2;
  const across = Math.max(1, Math.floor(columns / width));
  const rows = Math.ceil(names.length / across);
  let text = "";
  for (let row = 0; row < rows; row++) {
    const own = names.filter((_, i) => i % rows === row);
    text += `${own.map((name, i) => (i === own.length - 1 ? name : name + " ".repeat(width - textWidth(name)))).join("")}\n`;
  }
  return text;
}

function up(rows: number): string {
  return rows > 0 ? `\x1b[${rows}A` : "";
}

function right(columns: number): string {
  return columns > 0 ? `\x1b[${columns}C` : "";
}
