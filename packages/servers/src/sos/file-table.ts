/**
 * The open files of one process, by their numbers: a table of 16. 1 and 2 are open from the beginning, 0 never is, and none
 * of them is ever given to another file, since C's library keeps them for itself.
 *
 *     open ─▸ lowest free of 3..15 ─▸ close: free again
 */
import { PROCESS_MAX_FILES } from "./api.js";

/** The first number that is given to files that are opened. */
const FIRST_FILE = 3;
/** Numbers that are open from the beginning: what is written and what goes wrong. */
const PREOPENED = [1, 2];

/** Files of one process. */
export class FileTable<File> {
  readonly #files: (File | null)[] = new Array(PROCESS_MAX_FILES).fill(null);

  /** @param output what 1 and 2 are */
  constructor(output: File) {
    for (const number of PREOPENED) this.#files[number] = output;
  }

  /** Whether one more can be opened. */
  get hasRoom(): boolean {
    return this.#free() >= 0;
  }

  /** The number of a file that is opened. @throws Error when there is no room */
  add(file: File): number {
    const number = this.#free();
    if (number < 0) throw new Error(`a process has at most ${PROCESS_MAX_FILES} files open`);
    this.#files[number] = file;
    return number;
  }

  /** The file of this number; null: none is open. */
  get(number: number): File | null {
    return this.#files[number] ?? null;
  }

  /** Close a file. @returns it; null: none is open */
  remove(number: number): File | null {
    const file = this.get(number);
    if (file !== null) this.#files[number] = null;
    return file;
  }

  /** Close all. @returns those that were open, once for each of their numbers */
  clear(): File[] {
    const open = this.#files.filter((file) => file !== null);
    this.#files.fill(null);
    return open;
  }

  #free(): number {
    return this.#files.findIndex((file, number) => number >= FIRST_FILE && file === null);
  }
}
