/**
 * The drawing: a vertical line for every thread, a mark where one does something, an arrow from one to another.
 *
 * How far the lines are apart depends on the room that the sentences beside them leave: wide, with the call's name on
 * the arrow; narrow, with the name in the sentence; or not drawn at all, with the thread's name in the sentence.
 */
import type { Paint } from "./paint.js";

const FIRST_LINE = 5;
/** Columns behind the last line. */
const MARGIN = 3;

/** Columns from one line to the next, and those that a sentence must have beside them; the first that fits is taken. */
const LAYOUTS = [
  { laneWidth: 14, text: 44 },
  { laneWidth: 9, text: 28 },
] as const;
/** A sentence gets these even if the line is then longer than the terminal. */
const LEAST_TEXT = 20;

export class Lanes {
  readonly #names: readonly string[];
  readonly #paint: Paint;
  /** Columns from one line to the next; 0: nothing is drawn. */
  readonly #laneWidth: number;
  /** Columns of the drawing. */
  readonly width: number;
  /** Columns that are left for a sentence. */
  readonly textWidth: number;

  /** @param columns how many there are for drawing and sentence together */
  constructor(names: readonly string[], columns: number, paint: Paint) {
    this.#names = names;
    this.#paint = paint;
    const layout = LAYOUTS.find(({ laneWidth, text }) => drawingWidth(names.length, laneWidth) + text <= columns);
    this.#laneWidth = layout?.laneWidth ?? 0;
    this.width = layout === undefined ? 0 : drawingWidth(names.length, layout.laneWidth);
    this.textWidth = Math.max(LEAST_TEXT, columns - this.width);
  }

  get isDrawn(): boolean {
    return this.#laneWidth > 0;
  }

  /** Whether an arrow between these two has room for a label. */
  isWideEnough(label: string, from: number, to: number): boolean {
    return Math.abs(from - to) * this.#laneWidth - 1 >= label.length + 3;
  }

  /** The names of the threads above their lines, each in the middle as far as there is room. */
  heads(): string {
    if (!this.isDrawn) return "";
    let text = "";
    let at = 0;
    this.#names.forEach((name, lane) => {
      const start = Math.max(at + (lane === 0 ? 0 : 1), this.#column(lane) - Math.floor(name.length / 2));
      text += `${" ".repeat(start - at)}${this.#paint(lane, name)}`;
      at = start + name.length;
    });
    return text + " ".repeat(Math.max(0, this.width - at));
  }

  /** A row in which thread `lane` does something, and the others do nothing. */
  mark(lane: number, mark: string): string {
    return this.#row((i) => (i === lane ? this.#paint(lane, mark) : this.#paint("dim", "│")));
  }

  /** A row in which nobody does anything. */
  nothing(): string {
    return this.#row(() => this.#paint("dim", "│"));
  }

  #row(cell: (lane: number) => string): string {
    if (!this.isDrawn) return "";
    const last = this.#names.length - 1;
    let text = " ".repeat(FIRST_LINE);
    for (let lane = 0; lane <= last; lane++) {
      text += cell(lane) + " ".repeat(lane === last ? MARGIN : this.#laneWidth - 1);
    }
    return text;
  }

  /** A row with an arrow between the lines of two threads; it takes the place of lines between them. */
  arrow(from: number, to: number, label: string): string {
    if (!this.isDrawn) return "";
    const paint = this.#paint;
    const left = Math.min(from, to);
    const right = Math.max(from, to);
    const room = this.#column(right) - this.#column(left) - 1;
    const shaft = centred(this.isWideEnough(label, from, to) ? ` ${label} ` : "", room - 1, "─");
    const arrow = from < to ? `${shaft}▶` : `◀${shaft}`;
    let text = " ".repeat(FIRST_LINE);
    for (let lane = 0; lane < this.#names.length; lane++) {
      if (lane > left && lane < right) continue;
      text += lane === left || lane === right ? paint(lane, "│") : paint("dim", "│");
      if (lane === left) text += paint(from, arrow);
      else if (lane < this.#names.length - 1) text += " ".repeat(this.#laneWidth - 1);
    }
    return text + " ".repeat(MARGIN);
  }

  #column(lane: number): number {
    return FIRST_LINE + lane * this.#laneWidth;
  }
}

function drawingWidth(lanes: number, laneWidth: number): number {
  return FIRST_LINE + (lanes - 1) * laneWidth + 1 + MARGIN;
}

function centred(text: string, width: number, fill: string): string {
  const before = Math.ceil((width - text.length) / 2);
  return fill.repeat(before) + text + fill.repeat(width - text.length - before);
}
