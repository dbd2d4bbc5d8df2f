/**
 * The text of a plan, cut into tokens that know where they stand.
 *
 * Spaces, line ends and comments (`--` to the end of the line) part tokens and mean nothing else. A text that people
 * review must not look other than it is, so what cannot be seen, or turns the direction of writing, is refused wherever
 * it stands; inside a string it is written as an escape.
 */

/** Where something stands in a text; both count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A plan's text is wrong. The message says where, what was expected, and what to write. */
export class PlanTextError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, { line, column }: Position, source: string) {
    super(`${source}:${line}:${column}: ${message}`);
    this.name = "PlanTextError";
    this.line = line;
    this.column = column;
  }
}

/** A piece of the text. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "mark" | "end";
  /** As it is written, for errors. */
  readonly text: string;
  /** A number's value; 0 for others. */
  readonly value: number;
  /** A number's unit, as it stands behind it; a string's content. */
  readonly extra: string;
  readonly at: Position;
}

const SPACE = /(?: |\r?\n|--[^\n]*)+/y;
const WORD = /[A-Za-z][A-Za-z0-9_]*/y;
const NUMBER = /(0x[0-9a-f]+|[0-9]+)([A-Za-z0-9_]*)/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;
const MARK = /\.\.|[{}():,=.]/y;
/** Control, format and other invisible characters, and all spaces but the usual one. */
const UNSEEN = /(?! |\r?\n)[\p{C}\p{Z}]/u;

/**
 * The tokens of `text`; the last one has the kind `end`.
 * @param source what errors call the text: the name of its file
 * @throws PlanTextError for a character that belongs to nothing
 */
export function scan(text: string, source: string): Token[] {
  const lines = lineStarts(text);
  const unseen = UNSEEN.exec(text);
  if (unseen !== null) {
    const code = (unseen[0].codePointAt(0) ?? 0).toString(16).padStart(4, "0");
    const what = `U+${code.toUpperCase()} cannot be seen; leave it out, or write "\\u${code}" in a string`;
    throw new PlanTextError(what, positionOf(lines, unseen.index), source);
  }
  const tokens: Token[] = [];
  let offset = matchAt(SPACE, text, 0)?.[0].length ?? 0;
  while (offset < text.length) {
    const token = tokenAt(text, offset, positionOf(lines, offset), source);
    tokens.push(token);
    offset += token.text.length;
    offset += matchAt(SPACE, text, offset)?.[0].length ?? 0;
  }
  tokens.push({ kind: "end", text: "the end of the text", value: 0, extra: "", at: positionOf(lines, offset) });
  return tokens;
}

/** A string as it stands in a text: what cannot be seen is escaped. */
export function quoted(content: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(content).replace(/(?! )[\p{C}\p{Z}]/gu, (unseen) => unseen.split("").map(escaped).join(""));
}

function tokenAt(text: string, offset: number, at: Position, source: string): Token {
  const word = matchAt(WORD, text, offset);
  if (word !== null) return { kind: "word", text: word[0], value: 0, extra: "", at };
  const number = matchAt(NUMBER, text, offset);
  if (number !== null) {
    const value = Number(number[1]);
    if (!Number.isSafeInteger(value)) throw new PlanTextError(`${number[1]} is too large`, at, source);
    return { kind: "number", text: number[0], value, extra: number[2] ?? "", at };
  }
  const mark = matchAt(MARK, text, offset);
  if (mark !== null) return { kind: "mark", text: mark[0], value: 0, extra: "", at };
  const string = matchAt(STRING, text, offset);
  if (string !== null) return { kind: "string", text: string[0], value: 0, extra: unquoted(string[0], at, source), at };
  if (text[offset] === '"') throw new PlanTextError('a string ends on its line, by a "', at, source);
  throw new PlanTextError(`"${String.fromCodePoint(text.codePointAt(offset) ?? 0)}" has no meaning here`, at, source);
}

function unquoted(string: string, at: Position, source: string): string {
  try {
    return JSON.parse(string) as string;
  } catch {
    throw new PlanTextError(`${string} has an escape that there is not; a backslash is \\\\`, at, source);
  }
}

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}

function positionOf(starts: readonly number[], offset: number): Position {
  let low = 0;
  for (let high = starts.length; high - low > 1; ) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
