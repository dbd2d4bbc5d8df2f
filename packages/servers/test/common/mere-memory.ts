/**
 * A core that has nothing but memory: enough for programs that load, store and copy, and quick enough to stop them after
 * each of their stores. There is no kernel and nobody else. A copy is carried out in words, as a core does.
 */
import { type Port, Register, setExecuting, type Thread } from "@tessera/hal-sim/isa";

/** Where its memory lies in the program's address space. */
export const ADDRESS = 0x6000_0000;
const WORD_BYTES = 8;

/** A store that was made: up to eight bytes within one word. */
export interface Stored {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What a program dies of that was to make so many stores and no more. */
export class Died extends Error {}

/** A core with some memory. */
export class MereMemory {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** Stores since `run` was called. */
  #stored: Stored[] = [];
  #most = Infinity;
  #loaded = { low: 0, high: 0 };

  /** @param bytes what is in it */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /**
   * Run a program to its end.
   * @param most stores that it may make: it dies in place of the next one
   * @throws Died
   */
  run<T>(program: Thread<T>, most = Infinity): T {
    this.#stored = [];
    this.#most = most;
    const before = setExecuting(this as unknown as Port);
    try {
      const step = program.next();
      if (step.done !== true) throw new Error("there is nobody to wait for");
      return step.value;
    } finally {
      setExecuting(before);
    }
  }

  /** What the last program has stored, in this order. */
  get stored(): readonly Stored[] {
    return this.#stored;
  }

  // What is used of a port.

  suspended(): boolean {
    return false;
  }

  word(register: number): number {
    if (register !== Register.t1) throw new Error("programs here look at what they have loaded, and nothing else");
    return this.#loaded.low + this.#loaded.high * 2 ** 32;
  }

  load(address: number): void {
    const at = address - ADDRESS;
    this.#loaded = { low: this.#view.getUint32(at, true), high: this.#view.getUint32(at + 4, true) };
  }

  store(address: number, low: number, high: number): void {
    const word = new Uint8Array(WORD_BYTES);
    const view = new DataView(word.buffer);
    view.setInt32(0, low, true);
    view.setInt32(4, high, true);
    this.#put(address - ADDRESS, word);
  }

  copyIn(address: number, into: Uint8Array): void {
    const at = address - ADDRESS;
    into.set(this.bytes.subarray(at, at + into.length));
  }

  copyOut(address: number, from: Uint8Array): void {
    for (let done = 0; done < from.length; ) {
      const at = address - ADDRESS + done;
      const count = Math.min(from.length - done, WORD_BYTES - (at % WORD_BYTES));
      this.#put(at, from.slice(done, done + count));
      done += count;
    }
  }

  #put(at: number, bytes: Uint8Array): void {
    if (at < 0 || at + bytes.length > this.bytes.length) throw new Error(`a store at ${at} is outside of the memory`);
    if (this.#stored.length === this.#most) throw new Died();
    this.#stored.push({ at, bytes });
    this.bytes.set(bytes, at);
  }
}
