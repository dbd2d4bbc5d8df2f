/**
 * An open file of a process: the console, or a file of the directory, each with what it was opened for. Reading and
 * writing go between the file and the memory of who asks, in pieces; what could not be delivered was not read.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Failure, fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import type { File } from "../vfs/interface.js";
import { CHUNK } from "../vfs/limits.js";
import type { UserMemory } from "./user-memory.js";

/** What comes of reading and writing: how many bytes. */
export type Counted = { readonly count: number } | Failure<"BadAddress" | "IO">;

/** A file, whatever it is. */
export interface OpenFile {
  readonly reads: boolean;
  readonly writes: boolean;
  /** Parks. @param nbyte at least 1 */
  read(memory: UserMemory, buf: number, nbyte: number): Thread<Counted>;
  /** Parks. @param nbyte at least 1 */
  write(memory: UserMemory, buf: number, nbyte: number): Thread<Counted>;
  /** Nobody uses it any more. Does not park. */
  close(): Thread<void>;
}

/** A file of a file system. */
export class DiskFile implements OpenFile {
  readonly reads: boolean;
  readonly writes: boolean;
  /** Its calls park. */
  readonly #file: Client<typeof File>;
  #position = 0;

  constructor(file: Client<typeof File>, access: { readonly reads: boolean; readonly writes: boolean }) {
    this.#file = file;
    this.reads = access.reads;
    this.writes = access.writes;
  }

  *read(memory: UserMemory, buf: number, nbyte: number): Thread<Counted> {
    let count = 0;
    while (count < nbyte) {
      const length = Math.min(CHUNK, nbyte - count);
      const read = yield* this.#file.read({ offset: this.#position, length });
      if (read.error !== null) return soFar(count, "IO");
      if (!(yield* memory.write(buf + count, read.data))) return soFar(count, "BadAddress");
      this.#position += read.data.length;
      count += read.data.length;
      // Its end, or a device that has no more now.
      if (read.data.length < length) break;
    }
    return { count };
  }

  *write(memory: UserMemory, buf: number, nbyte: number): Thread<Counted> {
    let count = 0;
    while (count < nbyte) {
      const data = yield* memory.read(buf + count, nbyte - count);
      if (data === null) return soFar(count, "BadAddress");
      const write = yield* this.#file.write({ offset: this.#position, data });
      if (write.error === "Full") break;
      if (write.error !== null) return soFar(count, "IO");
      this.#position += write.written;
      count += write.written;
      if (write.written < data.length) break;
    }
    return { count };
  }

  close(): Thread<void> {
    return this.#file.close();
  }
}

/** What was done before something went wrong; if that is nothing, what went wrong. */
export function soFar(count: number, error: "BadAddress" | "IO"): Counted {
  return count > 0 ? { count } : fail(error);
}
