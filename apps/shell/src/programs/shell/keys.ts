/**
 * Keys: what a terminal sends, taken apart. Bytes come in pieces of any size, so what may still become a key is kept.
 *
 * A key is a character, a name for one that has no character (`left`, `ctrl-a`, `alt-b`), or the terminal's report of
 * its size. What no key is known for is swallowed whole, so that its tail is not taken for text.
 *
 * Sources: ECMA-48 (control sequences), xterm's and VT220's cursor and editing keys, mode 2048 (reports of the size).
 */

/** What was typed, or told by the terminal. */
export type Key =
  | { readonly key: "character"; readonly text: string }
  | { readonly key: "size"; readonly columns: number }
  | { readonly key: KeyName };

/** Keys that have no character. */
export type KeyName =
  | "enter"
  | "tab"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "delete-word-left"
  | "delete-word-right"
  | "erase-line"
  | "erase-end"
  | "yank"
  | "transpose"
  | "clear"
  | "search"
  | "interrupt"
  | "end-of-input"
  | "cancel";

const ESCAPE = 0x1b;

/** Control characters; LF ends a line as CR does. */
const CONTROLS: Readonly<Record<number, KeyName>> = {
  1: "home",
  2: "left",
  3: "interrupt",
  4: "end-of-input",
  5: "end",
  6: "right",
  7: "cancel",
  8: "backspace",
  9: "tab",
  10: "enter",
  11: "erase-end",
  12: "clear",
  13: "enter",
  14: "down",
  16: "up",
  18: "search",
  20: "transpose",
  21: "erase-line",
  23: "delete-word-left",
  25: "yank",
  127: "backspace",
};

/** Sequences behind ESC. */
const SEQUENCES: Readonly<Record<string, KeyName>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  OA: "up",
  OB: "down",
  OC: "right",
  OD: "left",
  OH: "home",
  OF: "end",
  "[1~": "home",
  "[7~": "home",
  "[4~": "end",
  "[8~": "end",
  "[3~": "delete",
  "[1;5C": "word-right",
  "[1;5D": "word-left",
  "[1;3C": "word-right",
  "[1;3D": "word-left",
  "[3;5~": "delete-word-right",
  b: "word-left",
  f: "word-right",
  d: "delete-word-right",
  "\x7f": "delete-word-left",
  "\b": "delete-word-left",
};

/** A whole sequence behind ESC: control sequence, single shift, or one character. */
const WHOLE = /^(?:\[[0-?]*[ -/]*[@-~]|O[@-~]|[^[O])/;
/** One that is not whole yet. */
const BEGUN = /^(?:\[[0-?]*[ -/]*|O)?$/;
/** The terminal's report of its size: rows and columns. */
const SIZE = /^\[48;\d+;(\d+)(?:;\d+)*t$/;

/** Makes keys of bytes. */
export class Keys {
  #kept: number[] = [];
  #afterReturn = false;

  /** The keys of what was kept and these bytes. */
  take(bytes: Uint8Array): Key[] {
    const all = [...this.#kept, ...bytes];
    const keys: Key[] = [];
    let at = 0;
    while (at < all.length) {
      const [key, length] = all[at] === ESCAPE ? escaped(all, at) : plain(all, at);
      if (length === 0) break;
      at += length;
      // CR LF is one key.
      const isSecond = this.#afterReturn && all[at - 1] === 0x0a;
      this.#afterReturn = all[at - 1] === 0x0d;
      if (key !== null && !isSecond) keys.push(key);
    }
    this.#kept = all.slice(at);
    return keys;
  }
}

/** A key and how many bytes it has; none: more have to come. No key: it means nothing here. */
type Decoded = readonly [Key | null, number];

function escaped(bytes: readonly number[], at: number): Decoded {
  const rest = String.fromCharCode(...bytes.slice(at + 1, at + 33));
  if (BEGUN.test(rest) && rest.length < 32) return [null, 0];
  const [sequence = ""] = WHOLE.exec(rest) ?? [];
  const [, columns] = SIZE.exec(sequence) ?? [];
  if (columns !== undefined) return [{ key: "size", columns: Number(columns) }, 1 + sequence.length];
  const name = SEQUENCES[sequence];
  // A sequence without end is none: ESC alone goes.
  return [name === undefined ? null : { key: name }, 1 + sequence.length];
}

function plain(bytes: readonly number[], at: number): Decoded {
  const byte = bytes[at] as number;
  if (byte < 0x20 || byte === 0x7f) {
    const name = CONTROLS[byte];
    return [name === undefined ? null : { key: name }, 1];
  }
  const length = byte < 0xc0 || byte > 0xf7 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  const own = bytes.slice(at, at + length);
  const wrong = own.findIndex((each, i) => i > 0 && (each & 0xc0) !== 0x80);
  if (wrong < 0 && own.length < length) return [null, 0];
  const whole = wrong < 0 ? own : own.slice(0, wrong);
  return [
    { key: "character", text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(whole)) },
    whole.length,
  ];
}
