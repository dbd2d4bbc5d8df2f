/**
 * Where commands come from: a terminal with the line editor, or a text without one (a script, a pipe on the host).
 *
 * Both read the console in raw mode. At a terminal the reader asks for reports of its size (mode 2048) as long as it
 * edits. Of a text nothing is echoed; it ends at ctrl-D, which its host puts behind it. What was read and not used yet
 * stays for the next line.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Client, type ConsoleInput, type ConsoleOutput, mustPrint } from "@tessera/servers";
import { type Completion, Editor, type Pressed } from "./editor.js";
import type { History } from "./history.js";
import { type Key, Keys } from "./keys.js";

/** The console, as the shell has it. */
export interface Console {
  readonly input: Client<typeof ConsoleInput>;
  readonly output: Client<typeof ConsoleOutput>;
}

/** What was entered. */
export type Entered = { readonly line: string } | "interrupt" | "end";

/** Where commands come from. */
export interface Reader {
  /** The next command line. Can block. */
  next(prompt: string): Thread<Entered>;
  /** The terminal is somebody else's from now on, until `next`. */
  release(): Thread<void>;
}

/** Calls that may fail one after the other before the reader gives up: the console is started anew when it dies. */
const ATTEMPTS = 10;
const REPORTS_ON = "\x1b[?2048h";
const REPORTS_OFF = "\x1b[?2048l";
const END_OF_INPUT = 0x04;
const LINE_FEED = 0x0a;
/** Bytes of a command of a text. */
const COMMAND_BYTES = 4096;

/** Bytes that were typed, in raw mode. @throws Error when the console is gone for good */
function* typed({ input }: Console): Thread<Uint8Array> {
  let error = "";
  for (let i = 0; i < ATTEMPTS; i++) {
    const read = yield* input.read();
    if (read.error === null) return read.bytes;
    error = read.error;
    // Started anew it is in line mode; whatever was lost, what comes now is read.
    yield* input.mode({ mode: "raw" });
  }
  throw new Error(`the console cannot be read: ${error}`);
}

/** Commands of somebody at a terminal. */
export class TerminalReader implements Reader {
  readonly #console: Console;
  readonly #editor: Editor;
  readonly #complete: (before: string) => Thread<Completion>;
  readonly #keys = new Keys();
  #waiting: Key[] = [];
  #isOurs = false;

  /** @param complete how the text in front of the cursor may go on */
  constructor(console: Console, history: History, complete: (before: string) => Thread<Completion>) {
    this.#console = console;
    this.#editor = new Editor(history);
    this.#complete = complete;
  }

  *next(prompt: string): Thread<Entered> {
    if (!this.#isOurs) {
      yield* this.#console.input.mode({ mode: "raw" });
      yield* mustPrint(this.#console.output, REPORTS_ON);
      this.#isOurs = true;
    }
    this.#editor.begin(prompt);
    for (;;) {
      const pressed = yield* this.#pressed();
      yield* this.#show();
      if (pressed !== null && pressed !== "complete") return pressed;
      yield* this.#read();
    }
  }

  *release(): Thread<void> {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    yield* mustPrint(this.#console.output, REPORTS_OFF);
    yield* this.#console.input.mode({ mode: "line" });
  }

  /** Work off the keys that there are, up to one that ends the line. */
  *#pressed(): Thread<Pressed> {
    for (let key = this.#waiting.shift(); key !== undefined; key = this.#waiting.shift()) {
      const pressed = this.#editor.press(key);
      if (pressed === "complete") this.#editor.complete(yield* this.#complete(this.#editor.before));
      else if (pressed !== null) return pressed;
    }
    return null;
  }

  *#read(): Thread<void> {
    this.#waiting.push(...this.#keys.take(yield* typed(this.#console)));
  }

  *#show(): Thread<void> {
    const output = this.#editor.takeOutput();
    if (output !== "") yield* mustPrint(this.#console.output, output);
  }
}

/** Commands of a text. */
export class TextReader implements Reader {
  readonly #console: Console;
  #bytes: number[] = [];

  constructor(console: Console) {
    this.#console = console;
  }

  *next(): Thread<Entered> {
    for (;;) {
      const end = this.#bytes.findIndex((byte) => byte === LINE_FEED || byte === END_OF_INPUT);
      if (end >= 0) return this.#take(end);
      if (this.#bytes.length > COMMAND_BYTES) throw new Error(`a command has more than ${COMMAND_BYTES} bytes`);
      this.#bytes.push(...(yield* typed(this.#console)));
    }
  }

  *release(): Thread<void> {}

  /** What stands in front of an end of line, or of input. The end of input stays, for the next time. */
  #take(end: number): Entered {
    const isLine = this.#bytes[end] === LINE_FEED;
    if (!isLine && end === 0) return "end";
    const own = this.#bytes.splice(0, isLine ? end + 1 : end);
    const line = new TextDecoder().decode(Uint8Array.from(isLine ? own.slice(0, -1) : own));
    return { line: line.replace(/\r$/, "") };
  }
}
