/** Lines that fit: text cut between words, colours carried over from one line to the next. */

const ESCAPE = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g");
/** Columns that a second column keeps, however wide the first one is. */
const LEAST = 20;
const RESET = "\u001b[0m";

/** Characters that show. */
function visibleLength(text: string): number {
  return text.replace(ESCAPE, "").length;
}

/**
 * `text` in lines of at most `width` characters that show; a longer word is cut. At least one line, all others
 * indented by `hang`.
 */
export function fold(text: string, width: number, hang: number): string[] {
  if (visibleLength(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((each) => cut(each, width - hang))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && visibleLength(longer) > width - (lines.length === 0 ? 0 : hang)) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  const indent = " ".repeat(hang);
  return coloursCarried([...lines, line]).map((each, i) => (i === 0 ? each : indent + each));
}

/** A text whose lines are folded one by one; further lines stand where a line's second column begins, or its first. */
export function foldText(text: string, width: number): string {
  const lines = text.split("\n").flatMap((line) => {
    if (line.length <= width) return [line];
    const head = /^ *(?:\S.*? {2,})?/.exec(line)?.[0] ?? "";
    const [first = "", ...more] = fold(line.slice(head.length), Math.max(LEAST, width - head.length), 0);
    return [head + first, ...more.map((each) => " ".repeat(head.length) + each)];
  });
  return lines.join("\n");
}

/** A word in pieces that fit; one with a colour in it stays whole. */
function cut(word: string, width: number): string[] {
  if (word.length <= width || visibleLength(word) !== word.length) return [word];
  return [word.slice(0, width), ...cut(word.slice(width), width)];
}

/** A colour that is on at the end of a line ends there, and begins again on the next. */
function coloursCarried(lines: readonly string[]): string[] {
  let open = "";
  return lines.map((line) => {
    const whole = `${open}${line}`;
    const last = [...whole.matchAll(ESCAPE)].at(-1)?.[0] ?? RESET;
    open = last === RESET ? "" : last;
    return open === "" ? whole : `${whole}${RESET}`;
  });
}
