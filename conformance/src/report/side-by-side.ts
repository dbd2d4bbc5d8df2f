/**
 * Two lists of lines next to each other. Equal lines stand in one row; a line without a counterpart is marked and
 * stands beside nothing. Long lines are folded.
 */
import { printable } from "./printable.js";

type Row = readonly [left: string | undefined, right: string | undefined];

export function sideBySide(
  headings: readonly [string, string],
  left: readonly string[],
  right: readonly string[],
  width: number,
): string[] {
  const column = Math.max(Math.floor((width - 5) / 2), 20);
  return [
    `  ${headings[0].padEnd(column)}   ${headings[1]}`,
    ...align(left, right).flatMap((row) => printRow(row, column)),
  ];
}

/** Rows of equal lines as many as possible (longest common subsequence); lines that differ are paired in order. */
function align(left: readonly string[], right: readonly string[]): Row[] {
  const common = commonLengths(left, right);
  const rows: Row[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const skipLeft = common[l + 1]?.[r] ?? -1;
    const skipRight = common[l]?.[r + 1] ?? -1;
    if (l < left.length && r < right.length && left[l] === right[r]) rows.push([left[l++], right[r++]]);
    else if (l < left.length && r < right.length && common[l + 1]?.[r + 1] === common[l]?.[r]) {
      rows.push([left[l++], right[r++]]);
    } else if (r >= right.length || (l < left.length && skipLeft >= skipRight)) rows.push([left[l++], undefined]);
    else rows.push([undefined, right[r++]]);
  }
  return rows;
}

/** [l][r] = how many lines the rest of left from l and the rest of right from r have in common, in order. */
function commonLengths(left: readonly string[], right: readonly string[]): number[][] {
  const table = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (let l = left.length - 1; l >= 0; l--) {
    for (let r = right.length - 1; r >= 0; r--) {
      const below = table[l + 1] ?? [];
      const here = table[l] ?? [];
      here[r] = left[l] === right[r] ? (below[r + 1] ?? 0) + 1 : Math.max(below[r] ?? 0, here[r + 1] ?? 0);
    }
  }
  return table;
}

function printRow([left, right]: Row, column: number): string[] {
  const leftParts = fold(left ?? "", column);
  const rightParts = fold(right ?? "", column);
  const mark = left === right ? "   " : " | ";
  return Array.from({ length: Math.max(leftParts.length, rightParts.length) }, (_, n) =>
    `${left === right ? " " : "*"} ${(leftParts[n] ?? "").padEnd(column)}${mark}${rightParts[n] ?? ""}`.trimEnd(),
  );
}

function fold(line: string, column: number): string[] {
  const text = printable(line);
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += column) parts.push(text.slice(at, at + column));
  return parts.length === 0 ? [""] : parts;
}
