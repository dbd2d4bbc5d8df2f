/**
 * What C's library does about files, for our programs: texts out of a buffer in the memory of the process, lines into it.
 *
 * A program's own variables are the host's and not in that memory, so all that is read or written goes through a buffer
 * that is: SOS sees addresses, and nothing else.
 */
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import { type Heap, MAX_IO_BUF, readBytes, type SosApi } from "@tessera/servers/sos";

/** The file that is open from the beginning, for what a program has to say. */
const STDOUT = 1;
const NEWLINE = 0x0a;

/** Files as texts. */
export class Stdio {
  readonly #sos: SosApi;
  readonly #buffer: number;
  /** What was read behind the last line that was returned. */
  #rest: number[] = [];

  private constructor(sos: SosApi, buffer: number) {
    this.#sos = sos;
    this.#buffer = buffer;
  }

  /** Null: the process has no memory for a buffer. Can block. */
  static *open(sos: SosApi, heap: Heap): Thread<Stdio | null> {
    const buffer = yield* heap.malloc(MAX_IO_BUF);
    return buffer === 0 ? null : new Stdio(sos, buffer);
  }

  /** Write a text to the console. Can block until there is room for it. @returns false when not all could be written */
  *print(text: string): Thread<boolean> {
    return yield* this.write(STDOUT, new TextEncoder().encode(text));
  }

  /** Write bytes to a file. Can block. @returns false when not all could be written */
  *write(file: number, bytes: Uint8Array): Thread<boolean> {
    for (let rest = bytes; rest.length > 0; ) {
      const piece = rest.subarray(0, MAX_IO_BUF);
      yield* copyOut(this.#buffer, piece);
      const count = yield* this.#sos.sos_write(file, this.#buffer, piece.length);
      if (count <= 0) return false;
      rest = rest.subarray(count);
    }
    return true;
  }

  /** Copy what is left of one file to another. Can block. @returns how that ended */
  *copy(from: number, to: number): Thread<"copied" | "not read" | "not written"> {
    for (;;) {
      const count = yield* this.#sos.sos_read(from, this.#buffer, MAX_IO_BUF);
      if (count < 0) return "not read";
      if (count === 0) return "copied";
      for (let done = 0; done < count; ) {
        const written = yield* this.#sos.sos_write(to, this.#buffer + done, count - done);
        if (written <= 0) return "not written";
        done += written;
      }
    }
  }

  /** The next line of a file, without its end; the last one need have none. Can block. */
  *readLine(file: number): Thread<{ readonly line: string } | "end" | "not read"> {
    for (;;) {
      const end = this.#rest.indexOf(NEWLINE);
      if (end >= 0) return { line: text(this.#rest.splice(0, end + 1).slice(0, -1)) };
      const count = yield* this.#sos.sos_read(file, this.#buffer, MAX_IO_BUF);
      if (count < 0) return "not read";
      if (count === 0) return this.#rest.length === 0 ? "end" : { line: text(this.#rest.splice(0)) };
      this.#rest.push(...(yield* readBytes(this.#buffer, count)));
    }
  }
}

function text(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
