/**
 * The line editor: keys in, bytes for the terminal out. No calls, so that it can be tested by itself.
 *
 *     editing ──Enter──▸ the line          ──ctrl-C──▸ interrupt          ──ctrl-D in an empty line──▸ end
 *        │  ▴
 *      ctrl-R  any other key: what was found is edited; ctrl-G: what was there before
 *        ▾  │
 *     searching the history
 *
 * Tab asks for a completion, which whoever reads keys looks up and hands back by `complete`.
 */
import { LineBuffer } from "./buffer.js";
import type { History } from "./history.js";
import type { Key, KeyName } from "./keys.js";
import { inColumns, Screen } from "./screen.js";

/** What a key came to, beside what it shows. */
export type Pressed = { readonly line: string } | "interrupt" | "end" | "complete" | null;

/** How what stands in front of the cursor may go on. */
export interface Completion {
  /** What is the same in all ways to go on, to be put in. */
  readonly text: string;
  /** All of them, as they are to be shown; none: nothing is known to go on like that. */
  readonly candidates: readonly string[];
}

const BELL = "\x07";
const CLEAR = "\x1b[H\x1b[2J";

/** Keys that change the line or move the cursor; each says whether it did. */
const EDITING: Partial<Record<KeyName, (buffer: LineBuffer) => boolean>> = {
  left: (buffer) => buffer.left(),
  right: (buffer) => buffer.right(),
  home: (buffer) => buffer.home(),
  end: (buffer) => buffer.end(),
  "word-left": (buffer) => buffer.wordLeft(),
  "word-right": (buffer) => buffer.wordRight(),
  backspace: (buffer) => buffer.backspace(),
  delete: (buffer) => buffer.delete(),
  "delete-word-left": (buffer) => buffer.deleteWordLeft(),
  "delete-word-right": (buffer) => buffer.deleteWordRight(),
  "erase-line": (buffer) => buffer.eraseLine(),
  "erase-end": (buffer) => buffer.eraseEnd(),
  yank: (buffer) => buffer.yank(),
  transpose: (buffer) => buffer.transpose(),
};

/** A search in the history. */
interface Search {
  readonly part: string;
  /** Newer lines that were passed over. */
  readonly skip: number;
  readonly found: string;
  /** What was there before. */
  readonly begun: string;
}

/** An editor of one line after the other. */
export class Editor {
  readonly #history: History;
  readonly #screen = new Screen();
  readonly #buffer = new LineBuffer();
  #prompt = "";
  #search: Search | null = null;
  /** Tab was the last key, and has shown nothing: the next one lists. */
  #tabbed = false;
  #output = "";

  constructor(history: History) {
    this.#history = history;
  }

  get columns(): number {
    return this.#screen.columns;
  }

  /** The text in front of the cursor. */
  get before(): string {
    return this.#buffer.before;
  }

  /** Bytes for the terminal since the last time. */
  takeOutput(): string {
    const output = this.#output;
    this.#output = "";
    return output;
  }

  /** Begin a line; the cursor stands at the beginning of a row. */
  begin(prompt: string): void {
    this.#prompt = prompt;
    this.#buffer.set("");
    this.#screen.begin();
    this.#paint();
  }

  /** A key was pressed. */
  press(key: Key): Pressed {
    const tabbed = this.#tabbed;
    this.#tabbed = false;
    if (key.key === "size") {
      if (this.#screen.resize(key.columns, this.#shownPrompt, this.#shownBefore)) this.#paint();
      this.#tabbed = tabbed;
      return null;
    }
    if (this.#search !== null && this.#searched(this.#search, key)) return null;
    if (key.key === "character") {
      this.#insert(key.text);
      return null;
    }
    this.#tabbed = tabbed && key.key === "tab";
    return this.#named(key.key);
  }

  /** What `press` has asked for by "complete". */
  complete({ text, candidates }: Completion): void {
    if (text !== "") {
      this.#tabbed = false;
      this.#insert(text);
    } else if (candidates.length > 1 && this.#tabbed) {
      this.#output += this.#screen.leave(this.#prompt, this.#buffer.text) + inColumns(candidates, this.columns);
      this.#paint();
    } else {
      this.#output += BELL;
      this.#tabbed = true;
    }
  }

  #named(key: KeyName): Pressed {
    const buffer = this.#buffer;
    switch (key) {
      case "enter":
        return this.#leave({ line: buffer.text });
      case "interrupt":
        this.#output += "^C";
        return this.#leave("interrupt");
      case "end-of-input":
        if (buffer.isEmpty) return this.#leave("end");
        this.#changed(buffer.delete());
        return null;
      case "tab":
        return "complete";
      case "up":
        this.#replace(this.#history.older(buffer.text));
        return null;
      case "down":
        this.#replace(this.#history.newer());
        return null;
      case "clear":
        this.#output += CLEAR;
        this.#screen.begin();
        this.#paint();
        return null;
      case "search":
        this.#search = { part: "", skip: 0, found: "", begun: buffer.text };
        this.#paint();
        return null;
      case "cancel":
        return null;
      default:
        this.#changed(EDITING[key]?.(buffer) ?? false);
        return null;
    }
  }

  /** A key while searching. @returns whether that was all about it */
  #searched(search: Search, key: Key): boolean {
    const { part, skip, begun } = search;
    if (key.key === "character") this.#look({ ...search, part: part + key.text, skip: 0 });
    else if (key.key === "search") this.#look({ ...search, skip: skip + 1 });
    else if (key.key === "backspace") this.#look({ ...search, part: part.slice(0, -1), skip: 0 });
    else {
      this.#search = null;
      this.#buffer.set(key.key === "cancel" ? begun : search.found || begun);
      this.#paint();
      return key.key === "cancel";
    }
    return true;
  }

  #look(search: Search): void {
    const found = search.part === "" ? "" : this.#history.find(search.part, search.skip);
    if (found === null) {
      this.#output += BELL;
      return;
    }
    this.#search = { ...search, found };
    this.#paint();
  }

  #insert(text: string): void {
    const buffer = this.#buffer;
    const shown = buffer.isAtEnd ? this.#screen.append(this.#prompt, buffer.text, text) : null;
    if (!buffer.insert(text)) this.#output += BELL;
    else if (shown !== null) this.#output += shown;
    else this.#paint();
  }

  #replace(line: string | null): void {
    if (line === null) {
      this.#output += BELL;
      return;
    }
    this.#buffer.set(line);
    this.#paint();
  }

  #changed(changed: boolean): void {
    if (changed) this.#paint();
    else this.#output += BELL;
  }

  #leave<P extends Pressed>(pressed: P): P {
    this.#output += this.#screen.leave(this.#prompt, this.#buffer.text);
    this.#buffer.set("");
    return pressed;
  }

  get #shownPrompt(): string {
    return this.#search === null ? this.#prompt : `search \`${this.#search.part}': `;
  }

  get #shownBefore(): string {
    return this.#search === null ? this.#buffer.before : this.#search.found;
  }

  #paint(): void {
    const text = this.#search === null ? this.#buffer.text : this.#search.found;
    this.#output += this.#screen.paint(this.#shownPrompt, text, this.#shownBefore);
  }
}
