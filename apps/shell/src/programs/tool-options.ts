/**
 * Options of tools: words that begin with "-". Those that a tool declares may stand anywhere in front of `--`, which says
 * that nothing behind it is an option; any other one in front of all words is refused, and behind them a word like others.
 */

/** What a tool was given. */
export interface Given {
  /** Its options, with what was said behind those that take a word; else "". */
  readonly options: ReadonlyMap<string, string>;
  readonly words: readonly string[];
}

/** What has been said that is no option, or an option whose word is missing: a sentence. */
export interface Misuse {
  readonly misuse: string;
}

const NO_MORE = "--";

/** @param known the options that there are: `-l`, or `-n LINES` where a word follows */
export function takeOptions(given: readonly string[], known: readonly string[]): Given | Misuse {
  const options = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < given.length; i++) {
    const word = given[i] as string;
    if (word === NO_MORE) return { options, words: [...words, ...given.slice(i + 1)] };
    const option = known.find((each) => each.split(" ")[0] === word);
    if (option === undefined) {
      if (words.length === 0 && /^-./.test(word)) return { misuse: `there is no option ${word}` };
      words.push(word);
    } else if (option === word) {
      options.set(word, "");
    } else {
      const value = given[++i];
      if (value === undefined) return { misuse: `behind ${word} a word is missing` };
      options.set(word, value);
    }
  }
  return { options, words };
}
