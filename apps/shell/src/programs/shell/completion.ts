/**
 * Completion: what stands in front of the cursor, taken apart, and how it may go on. What names there are is for others
 * to find out: commands at the beginning of a command, else names in the directory that the word leads to.
 */
import type { Completion } from "./editor.js";
import { BadLine, expand, type Token, tokensOf } from "./tokens.js";

/** The word that the cursor stands at the end of. */
export interface Begun {
  /** Whether it names a command; else it may be a path. */
  readonly isCommand: boolean;
  /** Up to its last "/": where to look, from the working directory or the root. */
  readonly directory: string;
  /** What the name begins with. */
  readonly name: string;
  /** The quote that is open, or "". */
  readonly quote: string;
}

const OPEN_QUOTES = ["", "'", '"'] as const;

/** What is being written in front of the cursor; null where nothing can be completed. */
export function begunWord(before: string): Begun | null {
  for (const quote of OPEN_QUOTES) {
    try {
      return begun(tokensOf(before + quote), before, quote);
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
    }
  }
  return null;
}

function begun(tokens: readonly Token[], before: string, quote: string): Begun {
  const last = tokens.at(-1);
  const isWord = last !== undefined && "word" in last && last.end >= before.length;
  const text = isWord ? expand(last.word, 0) : "";
  const previous = tokens.at(isWord ? -2 : -1);
  const isFirst = previous === undefined || ("operator" in previous && /^[|&;]/.test(previous.operator));
  const slash = text.lastIndexOf("/") + 1;
  return { isCommand: isFirst && slash === 0, directory: text.slice(0, slash), name: text.slice(slash), quote };
}

/** How a word may go on. @param names what there is; a directory ends in "/" */
export function completionOf({ name, quote }: Begun, names: readonly string[]): Completion {
  const candidates = names.filter((each) => each.startsWith(name)).sort();
  const [only] = candidates;
  if (only === undefined) return { text: "", candidates };
  const rest = commonPrefix(candidates).slice(name.length);
  const isWhole = candidates.length === 1 && !only.endsWith("/");
  return { text: quoted(rest, quote) + (isWhole ? `${quote} ` : ""), candidates };
}

function commonPrefix(names: readonly string[]): string {
  const [first = "", ...others] = names;
  let prefix = first;
  for (const other of others) while (!other.startsWith(prefix)) prefix = [...prefix].slice(0, -1).join("");
  return prefix;
}

/** As it has to be typed behind an open quote, or none. */
function quoted(text: string, quote: string): string {
  if (quote === "'") return text;
  return text.replace(quote === '"' ? /["\\$]/g : /[\s|&;<>'"\\$#]/g, "\\$&");
}
