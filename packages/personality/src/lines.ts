/**
 * Differences of texts, line by line, as diff tools write them: three lines around each change, and at the head of each
 * stretch the component that it is in.
 */

/** Lines that stay the same, around each change. */
const CONTEXT = 3;

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
  /** The line that a name for this stretch is taken from: the last one above that begins at the margin with a letter. */
  readonly head: string;
}

/** What leads from `before` to `after`, in unified format without line numbers. */
export function unifiedDiff(before: string, after: string, beforeName: string, afterName: string): string {
  const lines = align(before.split("\n"), after.split("\n"));
  const shown = new Set<number>();
  for (const [i, { mark }] of lines.entries()) {
    if (mark === " ") continue;
    for (let near = Math.max(0, i - CONTEXT); near <= i + CONTEXT; near++) shown.add(near);
  }
  const out = [`--- ${beforeName}`, `+++ ${afterName}`];
  for (const [i, { mark, text }] of lines.entries()) {
    if (!shown.has(i)) continue;
    if (!shown.has(i - 1)) out.push(`@@ ${headOfChange(lines, i)}`.trimEnd());
    out.push(`${mark}${text}`.trimEnd());
  }
  return out.join("\n");
}

/** What the first line that changes, from line `i` on, belongs to. */
function headOfChange(lines: readonly Line[], i: number): string {
  return lines.slice(i).find(({ mark }) => mark !== " ")?.head ?? "";
}

/** The lines of both, in an order in which as many as possible are the same (longest common subsequence). */
function align(before: readonly string[], after: readonly string[]): Line[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let head = "";
  const push = (mark: Line["mark"], text: string) => {
    if (/^[a-z]/.test(text)) head = text;
    lines.push({ mark, text, head });
  };
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, current] = [before[i], after[j]];
    if (old !== undefined && old === current) {
      push(" ", old);
      i += 1;
      j += 1;
    } else if (old !== undefined && (current === undefined || at(i + 1, j) >= at(i, j + 1))) {
      push("-", old);
      i += 1;
    } else {
      push("+", current ?? "");
      j += 1;
    }
  }
  return lines;
}
