/**
 * The console, as the processes of SOS have it: many may write, and one may have it open for reading. What is typed comes
 * line by line; what of a line does not fit, or could not be delivered, comes with the next read, whoever reads then.
 *
 * A process that waits for a line and ends takes nobody's: what it reads by is lent to it, and ends with it.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Answer } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { Reopening } from "../common/retry.js";
import type { File } from "../vfs/interface.js";
import { CHUNK } from "../vfs/limits.js";
import type { Lane } from "./lane.js";
import { type Counted, type OpenFile, soFar } from "./open-file.js";
import type { UserMemory } from "./user-memory.js";

/** The console, lent to one reader. */
type Keyboard = Reopening<Answer<{ readonly lent: Client<typeof File> }, never>, Client<typeof File>>;

/** How long to wait when somebody else has the keyboard, or there is no room for one who waits. */
const BUSY_US = 20_000;

/** What the console is reached by. */
export interface ConsoleParts {
  readonly file: Client<typeof File>;
  /** Of width 1 each: lines come out in the order in which they were written. */
  readonly reading: Lane;
  readonly writing: Lane;
  /** Park for so many microseconds. */
  readonly pause: (us: number) => Thread<void>;
}

/** The console of one system. */
export class Console {
  readonly #parts: ConsoleParts;
  readonly #out: Client<typeof File>;
  /** Typed, and not delivered to anybody. */
  #typed: Uint8Array = new Uint8Array(0);
  #hasReader = false;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.#out = parts.writing.client(parts.file);
  }

  /** Open it. @returns null: somebody has it open for reading */
  open(access: { readonly reads: boolean; readonly writes: boolean }): OpenFile | null {
    if (access.reads && this.#hasReader) return null;
    this.#hasReader ||= access.reads;
    const keyboard = access.reads ? this.#keyboard() : null;
    return new ConsoleFile(this, access.writes, keyboard, () => {
      this.#hasReader = false;
    });
  }

  /** A line of the system's own. Parks. */
  *say(line: string): Thread<void> {
    yield* this.print(new TextEncoder().encode(`${line}\n`));
  }

  /** Parks. @returns how many bytes; null: there is no console */
  *print(data: Uint8Array): Thread<number | null> {
    for (;;) {
      const answer = yield* this.#out.write({ offset: 0, data });
      if (answer.error === null) return answer.written;
      if (answer.error !== "Busy") return null;
      yield* this.#parts.pause(BUSY_US);
    }
  }

  /** What was typed, up to `most` bytes; none: ctrl-D. Parks until there is something. @returns null: there is no console */
  *read(keyboard: Keyboard, most: number): Thread<Uint8Array | null> {
    while (this.#typed.length === 0) {
      const answer = yield* keyboard.ask((file) => file.read({ offset: 0, length: CHUNK }), { twice: true });
      if (answer.error === "Gone" || answer.error === "Closed" || answer.error === "Malformed") return null;
      // Some of it was lost (IO), somebody else has the keyboard (Busy), or has taken it out of line mode (Denied).
      if (answer.error !== null) yield* this.#parts.pause(BUSY_US);
      else if (answer.data.length === 0) return answer.data;
      else this.#typed = answer.data;
    }
    return this.#typed.subarray(0, most);
  }

  /** So much of what was typed has been delivered. */
  delivered(count: number): void {
    this.#typed = this.#typed.slice(count);
  }

  #keyboard(): Keyboard {
    const { file, reading } = this.#parts;
    return new Reopening(
      () => file.lend(),
      ({ lent }) => reading.client(lent),
    );
  }
}

class ConsoleFile implements OpenFile {
  readonly writes: boolean;
  readonly #console: Console;
  /** Null: it was not opened for reading. */
  readonly #keyboard: Keyboard | null;
  readonly #free: () => void;

  constructor(console: Console, writes: boolean, keyboard: Keyboard | null, free: () => void) {
    this.#console = console;
    this.writes = writes;
    this.#keyboard = keyboard;
    this.#free = free;
  }

  get reads(): boolean {
    return this.#keyboard !== null;
  }

  *read(memory: UserMemory, buf: number, nbyte: number): Thread<Counted> {
    // Whoever passes a bad address is told at once, and not when somebody has typed.
    if (this.#keyboard === null || !(yield* memory.isWritable(buf))) return soFar(0, "BadAddress");
    const typed = yield* this.#console.read(this.#keyboard, nbyte);
    if (typed === null) return soFar(0, "IO");
    if (!(yield* memory.write(buf, typed))) return soFar(0, "BadAddress");
    this.#console.delivered(typed.length);
    return { count: typed.length };
  }

  *write(memory: UserMemory, buf: number, nbyte: number): Thread<Counted> {
    let count = 0;
    while (count < nbyte) {
      const data = yield* memory.read(buf + count, nbyte - count);
      if (data === null) return soFar(count, "BadAddress");
      const written = yield* this.#console.print(data);
      if (written === null) return soFar(count, "IO");
      count += written;
    }
    return { count };
  }

  *close(): Thread<void> {
    if (this.#keyboard === null) return;
    yield* this.#keyboard.close();
    this.#free();
  }
}
