/**
 * Files as programs use them: from the beginning to the end, by lines or pieces, however much a message holds.
 *
 *     const input = new FileReader(stdin);
 *     for (let next = yield* input.line(); next.error === null; next = yield* input.line()) {
 *       must(yield* output.print(`${next.line}\n`));
 *     }
 *
 * They count the offset, which pipes and devices leave aside, so a program need not know what it was given. All can block:
 * as long as the file does.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Answer } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { pieceOf, wholeCharacters } from "../common/pieces.js";
import type { File } from "./interface.js";
import { CHUNK } from "./limits.js";

const NEWLINE = 0x0a;
const NO_BYTES = new Uint8Array(0);

/** Bytes of a line from which on it comes in several pieces: nobody can fill the memory of a reader by a line without end. */
export const READ_LINE_BYTES = 2 ** 16;

/** How reading can fail: `End`: nothing is left. */
export type ReadError = "End" | "Denied" | "Stale" | "IO";

/** How writing can fail. */
export type WriteError = "Denied" | "Full" | "ReadOnly" | "TooLarge" | "Stale" | "IO" | "BrokenPipe";

/** Reads a file from one offset on. */
export class FileReader {
  readonly #file: Client<typeof File>;
  #offset: number;
  /** Read, and not given out. */
  #left: Uint8Array = NO_BYTES;

  /** @param offset where to begin */
  constructor(file: Client<typeof File>, offset = 0) {
    this.#file = file;
    this.#offset = offset;
  }

  /** The next bytes, at least one: what is there, as much as one message holds. */
  *bytes(): Thread<Answer<{ readonly bytes: Uint8Array }, ReadError>> {
    const bytes = this.#left;
    this.#left = NO_BYTES;
    return bytes.length > 0 ? { error: null, bytes } : yield* this.#more();
  }

  /**
   * The next line, without its end; the last one may have none. What is no UTF-8 is replaced. A line of more than
   * READ_LINE_BYTES comes in pieces, as if it were several.
   */
  *line(): Thread<Answer<{ readonly line: string }, ReadError>> {
    let line = this.#left;
    let end = line.indexOf(NEWLINE);
    while (end < 0 && line.length <= READ_LINE_BYTES) {
      const read = yield* this.#more();
      if (read.error === "End" && line.length > 0) break;
      if (read.error !== null) return read;
      const before = line.length;
      line = joined(line, read.bytes);
      end = line.indexOf(NEWLINE, before);
    }
    const isLong = end < 0 && line.length > READ_LINE_BYTES;
    const length = end >= 0 ? end : isLong ? wholeCharacters(line, READ_LINE_BYTES) : line.length;
    this.#left = line.subarray(end >= 0 ? end + 1 : length);
    return { error: null, line: new TextDecoder("utf-8", { ignoreBOM: true }).decode(line.subarray(0, length)) };
  }

  /** All that is left, as a text. */
  *text(): Thread<Answer<{ readonly text: string }, Exclude<ReadError, "End">>> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const read = yield* this.bytes();
      if (read.error === "End") break;
      if (read.error !== null) return { error: read.error };
      pieces.push(read.bytes);
    }
    return { error: null, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(joined(...pieces)) };
  }

  *#more(): Thread<Answer<{ readonly bytes: Uint8Array }, ReadError>> {
    const read = yield* this.#file.read({ offset: this.#offset, length: CHUNK });
    if (read.error !== null) return read;
    if (read.data.length === 0) return { error: "End" };
    this.#offset += read.data.length;
    return { error: null, bytes: read.data };
  }
}

/** Writes a file from one offset on. */
export class FileWriter {
  readonly #file: Client<typeof File>;
  #offset: number;

  /** @param offset where to begin: to add to a file, its size */
  constructor(file: Client<typeof File>, offset = 0) {
    this.#file = file;
    this.#offset = offset;
  }

  /** Write a text, in UTF-8. @returns the error of the first piece that was refused; those behind it are not written */
  *print(text: string): Thread<Answer<object, WriteError>> {
    return yield* this.write(new TextEncoder().encode(text));
  }

  /** Write bytes, in pieces that end where lines end. @returns as `print` */
  *write(bytes: Uint8Array): Thread<Answer<object, WriteError>> {
    for (let rest = bytes; rest.length > 0; ) {
      const length = pieceOf(rest, CHUNK);
      const answer = yield* this.#file.write({ offset: this.#offset, data: rest.subarray(0, length) });
      if (answer.error !== null) return answer;
      if (answer.written === 0 || answer.written > length) return { error: "IO" };
      // A disk that is nearly full takes some of it: the rest is tried again, and refused in words.
      this.#offset += answer.written;
      rest = rest.subarray(answer.written);
    }
    return { error: null };
  }
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
