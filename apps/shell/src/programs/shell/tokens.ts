/**
 * A command line as tokens: words, and what stands between them.
 *
 *     words       up to a blank or an operator; `'…'` takes all as it is, `"…"` all but `$?` and `\`, `\x` is x
 *     operators   | && || ; & < > >>
 *     comments    from a # at the beginning of a word to the end of the line
 *
 * A word keeps what it is made of, since `$?` is known only when its command is about to run, and what was quoted is
 * never taken for a pattern.
 */

/** Part of a word: a text, or the status of the last command. */
export type Part = { readonly text: string; readonly quoted: boolean } | "status";

/** A word, as its parts; none: the empty word `""`. */
export type Word = readonly Part[];

/** What stands between words. */
export const OPERATORS = ["&&", "||", ">>", "|", ";", "&", "<", ">"] as const;

/** What stands between words. */
export type Operator = (typeof OPERATORS)[number];

/** A word or an operator, and where it begins in the line. */
export type Token = { readonly at: number; readonly end: number } & (
  | { readonly word: Word }
  | { readonly operator: Operator }
);

/** A line that cannot be understood; the message is a sentence for who typed it. */
export class BadLine extends Error {}

/** @throws BadLine for a quote that is not closed, and for a word with NUL in it */
export function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  const blank = /\s*/y;
  for (let at = 0; ; ) {
    blank.lastIndex = at;
    at += (blank.exec(line) as RegExpExecArray)[0].length;
    if (at === line.length || line[at] === "#") return tokens;
    const operator = OPERATORS.find((each) => line.startsWith(each, at));
    const token = operator === undefined ? wordAt(line, at) : { operator, at, end: at + operator.length };
    tokens.push(token);
    at = token.end;
  }
}

/** A word as the text that it stands for. */
export function expand(word: Word, status: number): string {
  return word.map((part) => (part === "status" ? String(status) : part.text)).join("");
}

function wordAt(line: string, start: number): Token {
  const parts: Part[] = [];
  const add = (text: string, quoted: boolean) => parts.push({ text, quoted });
  let at = start;
  while (at < line.length && !/[\s|&;<>]/.test(line[at] as string)) {
    const character = line[at] as string;
    if (character === "'") {
      const end = closing(line, at);
      add(line.slice(at + 1, end), true);
      at = end + 1;
    } else if (character === '"') {
      at = doubleQuoted(line, at, parts);
    } else if (line.startsWith("$?", at)) {
      parts.push("status");
      at += 2;
    } else if (character === "\\") {
      if (at + 1 === line.length) throw new BadLine('the line ends in "\\", which stands in front of a character');
      const escaped = String.fromCodePoint(line.codePointAt(at + 1) as number);
      add(escaped, true);
      at += 1 + escaped.length;
    } else {
      const [text] = /^[^\s|&;<>'"\\$]+|^\$/.exec(line.slice(at)) as RegExpExecArray;
      add(text, false);
      at += text.length;
    }
  }
  // Programs are given their words with NUL between them.
  if (line.slice(start, at).includes("\0")) throw new BadLine("a word has NUL in it, which no program can be given");
  return { word: parts, at: start, end: at };
}

/** What is in double quotes from `start` on, into `parts`; where the line goes on behind them. */
function doubleQuoted(line: string, start: number, parts: Part[]): number {
  let text = "";
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === '"') {
      parts.push({ text, quoted: true });
      return at + 1;
    }
    if (line.startsWith("$?", at)) {
      parts.push({ text, quoted: true }, "status");
      text = "";
      at += 1;
    } else if (line[at] === "\\" && /["\\$]/.test(line[at + 1] ?? "")) {
      at += 1;
      text += line[at];
    } else {
      text += line[at];
    }
  }
  throw new BadLine(notClosed('"'));
}

function closing(line: string, at: number): number {
  const end = line.indexOf("'", at + 1);
  if (end < 0) throw new BadLine(notClosed("'"));
  return end;
}

function notClosed(quote: string): string {
  return `a ${quote} is not closed`;
}
