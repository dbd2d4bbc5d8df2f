/**
 * The memory of a process, as its operating system reads and writes it: through the memory server, which does what a
 * thread of the process would have done, page faults and all. What a process has passed is believed in nothing: an address
 * at which there is nothing is an answer, and costs nobody else anything.
 *
 * All of it goes in pieces that one message holds, so that a large one keeps nobody waiting. All of it parks.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client } from "../common/client.js";
import { PAGE_BYTES } from "../common/need.js";
import type { Space } from "../memory/interface.js";
import { CHUNK } from "../vfs/limits.js";

/** Bytes of a path, at most, without the NUL. */
const PATH_BYTES = 1023;

/** A process's memory. */
export class UserMemory {
  readonly #space: Client<typeof Space>;
  readonly #pause: () => Thread<void>;

  /**
   * @param space whose calls park
   * @param pause waits a moment: the memory server has no room for one more who waits
   */
  constructor(space: Client<typeof Space>, pause: () => Thread<void>) {
    this.#space = space;
    this.#pause = pause;
  }

  /** Up to CHUNK bytes from `address` on; null: not all of them can be read. */
  *read(address: number, length: number): Thread<Uint8Array | null> {
    for (;;) {
      const answer = yield* this.#space.read({ address, length: Math.min(length, CHUNK) });
      if (answer.error === null) return answer.data;
      if (answer.error !== "Busy") return null;
      yield* this.#pause();
    }
  }

  /** Write `data` from `address` on. @returns false: not all of it can be written; the beginning may be */
  *write(address: number, data: Uint8Array): Thread<boolean> {
    for (let at = 0; at < data.length; ) {
      const piece = data.subarray(at, at + CHUNK);
      const { error } = yield* this.#space.write({ address: address + at, data: piece });
      if (error === null) at += piece.length;
      else if (error === "Busy") yield* this.#pause();
      else return false;
    }
    return true;
  }

  /** Whether a byte at `address` can be written: before something is fetched that cannot be brought back. */
  *isWritable(address: number): Thread<boolean> {
    const there = yield* this.read(address, 1);
    return there !== null && (yield* this.write(address, there));
  }

  /**
   * The string at `address`, up to its NUL.
   * @returns null: it cannot be read. "": it is empty, or no path at all, too long or no UTF-8
   */
  *path(address: number): Thread<string | null> {
    const bytes: number[] = [];
    while (bytes.length <= PATH_BYTES) {
      const at = address + bytes.length;
      // Up to the end of a page: what lies behind the NUL may be nothing.
      const piece = yield* this.read(at, Math.min(CHUNK, PAGE_BYTES - (at % PAGE_BYTES)));
      if (piece === null) return null;
      const end = piece.indexOf(0);
      bytes.push(...(end < 0 ? piece : piece.subarray(0, end)));
      if (end >= 0) return textOf(Uint8Array.from(bytes));
    }
    return "";
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return bytes.length > PATH_BYTES ? "" : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "";
  }
}
