/**
 * The drawing: a vertical line for every thread, a mark where one does something, an arrow from one to another.
 */
import type { Paint } from "./paint.js";

/** Columns from one line to the next. */
const LANE_WIDTH = 14;
const FIRST_LINE = 5;
/** Columns behind the last line. */
const MARGIN = 3;

/** Columns of the whole drawing. */
function lanesWidth(lanes: number): number {
  return FIRST_LINE + (lanes - 1) * LANE_WIDTH + 1 + MARGIN;
}

/** The names of the threads above their lines, each in the middle as far as there is room. */
export function drawHeads(names: readonly string[], paint: Paint): string {
  let text = "";
  let at = 0;
  names.forEach((name, lane) => {
    const start = Math.max(at + (lane === 0 ? 0 : 1), column(lane) - Math.floor(name.length / 2));
    text += `${" ".repeat(start - at)}${paint(lane, name)}`;
    at = start + name.length;
  });
  return text + " ".repeat(Math.max(0, lanesWidth(names.length) - at));
}

/** A row in which thread `lane` does something, and the others do nothing. */
export function drawMark(lanes: number, lane: number, mark: string, paint: Paint): string {
  return drawRow(lanes, (i) => (i === lane ? paint(lane, mark) : paint("dim", "│")));
}

/** A row in which nobody does anything. */
export function drawNothing(lanes: number, paint: Paint): string {
  return drawRow(lanes, () => paint("dim", "│"));
}

function drawRow(lanes: number, cell: (lane: number) => string): string {
  let text = " ".repeat(FIRST_LINE);
  for (let lane = 0; lane < lanes; lane++) {
    const gap = lane === lanes - 1 ? MARGIN : LANE_WIDTH - 1;
    text += cell(lane) + " ".repeat(gap);
  }
  return text;
}

/** A row with an arrow between the lines of two threads; it takes the place of lines between them. */
export function drawArrow(lanes: number, from: number, to: number, label: string, paint: Paint): string {
  const left = Math.min(from, to);
  const right = Math.max(from, to);
  const room = column(right) - column(left) - 1;
  const shaft = centred(` ${label} `, room - 1, "─");
  const arrow = from < to ? `${shaft}▶` : `◀${shaft}`;
  let text = " ".repeat(FIRST_LINE);
  for (let lane = 0; lane < lanes; lane++) {
    if (lane > left && lane < right) continue;
    text += lane === left || lane === right ? paint(lane, "│") : paint("dim", "│");
    if (lane === left) text += paint(from, arrow);
    else if (lane < lanes - 1) text += " ".repeat(LANE_WIDTH - 1);
  }
  return text + " ".repeat(MARGIN);
}

function column(lane: number): number {
  return FIRST_LINE + lane * LANE_WIDTH;
}

function centred(text: string, width: number, fill: string): string {
  const cut = text.slice(0, width);
  const before = Math.ceil((width - cut.length) / 2);
  return fill.repeat(before) + cut + fill.repeat(width - cut.length - before);
}
