/**
 * Where commands come from: a terminal with the line editor, or a text without one (a script, a pipe on the host).
 *
 * Both read the console in raw mode. At a terminal the reader asks for reports of its size (mode 2048) as long as it
 * edits. Of a text nothing is echoed; it ends at ctrl-D, which its host puts behind it. What was read and not used yet
 * stays for the next line, unless the terminal is given to a program first, which gets it (`takeUnused`).
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client, ConsoleOutput } from "@tessera/servers";
import { type Completion, Editor, type Pressed } from "./editor.js";
import type { History } from "./history.js";
import { type Key, Keys } from "./keys.js";
import { say } from "./say.js";

/** What was typed, at least one byte. Can block. */
export type Typed = () => Thread<Uint8Array>;

/** What was entered. */
export type Entered = { readonly line: string } | "interrupt" | "end" | "too long";

/** Where commands come from. */
export interface Reader {
  /** The next command line. The console is in raw mode. Can block. */
  next(prompt: string): Thread<Entered>;
  /** Take what was read behind the last line: it is for the program that the line has started. None of a text's is. */
  takeUnused(): Uint8Array;
}

const REPORTS_ON = "\x1b[?2048h";
const REPORTS_OFF = "\x1b[?2048l";
const END_OF_INPUT = 0x04;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Bytes of a command of a text. */
const COMMAND_BYTES = 4096;

/** Commands of somebody at a terminal. */
export class TerminalReader implements Reader {
  readonly #output: Client<typeof ConsoleOutput>;
  readonly #typed: Typed;
  readonly #editor: Editor;
  readonly #complete: (before: string) => Thread<Completion>;
  readonly #keys = new Keys();
  /** Read, and not used yet: bytes, which are made keys of one by one, and keys. */
  #bytes: Uint8Array = new Uint8Array(0);
  #waiting: Key[] = [];
  #last = 0;

  /** @param complete how the text in front of the cursor may go on */
  constructor(
    output: Client<typeof ConsoleOutput>,
    typed: Typed,
    history: History,
    complete: (before: string) => Thread<Completion>,
  ) {
    this.#output = output;
    this.#typed = typed;
    this.#editor = new Editor(history);
    this.#complete = complete;
  }

  *next(prompt: string): Thread<Entered> {
    yield* say(this.#output, REPORTS_ON);
    this.#editor.begin(prompt);
    for (;;) {
      const pressed = yield* this.#pressed();
      yield* say(this.#output, this.#editor.takeOutput() + (pressed === null ? "" : REPORTS_OFF));
      if (pressed !== null) return pressed;
      this.#bytes = yield* this.#typed();
    }
  }

  takeUnused(): Uint8Array {
    // CR LF is one key, of which the first half has ended the line.
    const isHalf = this.#last === CARRIAGE_RETURN && this.#bytes[0] === LINE_FEED;
    const unused = this.#bytes.subarray(isHalf ? 1 : 0);
    this.#bytes = new Uint8Array(0);
    return unused;
  }

  /** Work off the keys that there are, up to one that ends the line. */
  *#pressed(): Thread<Exclude<Pressed, "complete">> {
    for (let key = this.#nextKey(); key !== null; key = this.#nextKey()) {
      const pressed = this.#editor.press(key);
      if (pressed === "complete") this.#editor.complete(yield* this.#complete(this.#editor.before));
      else if (pressed !== null) return pressed;
    }
    return null;
  }

  #nextKey(): Key | null {
    while (this.#waiting.length === 0 && this.#bytes.length > 0) {
      this.#last = this.#bytes[0] as number;
      this.#waiting.push(...this.#keys.take(this.#bytes.subarray(0, 1)));
      this.#bytes = this.#bytes.subarray(1);
    }
    return this.#waiting.shift() ?? null;
  }
}

/** Commands of a text. */
export class TextReader implements Reader {
  readonly #typed: Typed;
  #bytes: number[] = [];
  /** Bytes of a line that were thrown away, since it is too long. */
  #dropped = 0;

  constructor(typed: Typed) {
    this.#typed = typed;
  }

  *next(): Thread<Entered> {
    for (;;) {
      const end = this.#bytes.findIndex((byte) => byte === LINE_FEED || byte === END_OF_INPUT);
      if (end >= 0) return this.#take(end);
      if (this.#bytes.length > COMMAND_BYTES) this.#dropped += this.#bytes.splice(0).length;
      this.#bytes.push(...(yield* this.#typed()));
    }
  }

  takeUnused(): Uint8Array {
    return new Uint8Array(0);
  }

  /** What stands in front of an end of line, or of input. The end of input stays, for the next time. */
  #take(end: number): Entered {
    const isLine = this.#bytes[end] === LINE_FEED;
    if (!isLine && end === 0 && this.#dropped === 0) return "end";
    const own = this.#bytes.splice(0, isLine ? end + 1 : end);
    const isTooLong = this.#dropped + end > COMMAND_BYTES;
    this.#dropped = 0;
    if (isTooLong) return "too long";
    const line = new TextDecoder().decode(Uint8Array.from(isLine ? own.slice(0, -1) : own));
    return { line: line.replace(/\r$/, "") };
  }
}
