/**
 * What lies in a pipe: a ring of bytes, and the writes that wait for room in it, in the order in which they came.
 *
 *     ends for writing   none yet ─opened─▸ some ─last one closed─▸ none: readers get what is left, then the end
 *     ends for reading   none yet ─opened─▸ some ─last one closed─▸ none: what is left is gone, writes are refused
 *
 * A write goes in whole or waits, and nobody overtakes who waits. No server and no waiting here, so that it can be tested
 * by itself.
 */
import { PIPE_BYTES } from "./interface.js";

/** A write that waits for room. */
export interface PendingWrite {
  readonly data: Uint8Array;
  /** Called when all of it is in the pipe, or nobody will ever read it. */
  readonly settled: (outcome: "written" | "broken") => void;
}

/** Which end of a pipe. */
export type End = "reader" | "writer";

/** The bytes of a pipe, and who can still put some in or take some out. */
export class Stream {
  readonly #ring = new Uint8Array(PIPE_BYTES);
  #first = 0;
  #length = 0;
  #pending: PendingWrite[] = [];
  /** Ends that are open; null: there was none yet. */
  readonly #open: Record<End, number | null> = { reader: null, writer: null };
  /** Further ends can be opened. */
  #canOpen = true;

  /** Bytes that can be read. */
  get length(): number {
    return this.#length;
  }

  /** Whether nothing is in it, and nothing will be. */
  get hasEnded(): boolean {
    return this.#length === 0 && this.#isOver("writer");
  }

  /** Whether nobody will ever read what is written. */
  get isBroken(): boolean {
    return this.#isOver("reader");
  }

  /** An end is opened. */
  add(end: End): void {
    this.#open[end] = (this.#open[end] ?? 0) + 1;
  }

  /** An end is closed. */
  remove(end: End): void {
    this.#open[end] = (this.#open[end] ?? 0) - 1;
    this.#settle();
  }

  /** No further end can be opened. */
  seal(): void {
    this.#canOpen = false;
    this.#settle();
  }

  /** Put a write in. @returns false when it has to wait: for room, or for those who came before */
  write(data: Uint8Array): boolean {
    if (this.#pending.length > 0 || data.length > PIPE_BYTES - this.#length) return false;
    this.#put(data);
    return true;
  }

  /** Put a write behind those that wait. */
  wait(write: PendingWrite): void {
    this.#pending.push(write);
  }

  /** Who waits has died; without effect when it waits no longer. */
  forget(write: PendingWrite): void {
    const before = this.#pending.length;
    this.#pending = this.#pending.filter((other) => other !== write);
    if (this.#pending.length < before) this.#settle();
  }

  /** Take out the next `most` bytes, or as many as there are, and let those in who find room now. */
  take(most: number): Uint8Array {
    const taken = new Uint8Array(Math.min(most, this.#length));
    const behind = this.#first + taken.length;
    taken.set(this.#ring.subarray(this.#first, behind));
    if (behind > PIPE_BYTES) taken.set(this.#ring.subarray(0, behind - PIPE_BYTES), PIPE_BYTES - this.#first);
    this.#first = behind % PIPE_BYTES;
    this.#length -= taken.length;
    this.#settle();
    return taken;
  }

  #isOver(end: End): boolean {
    const open = this.#open[end];
    return open === null ? !this.#canOpen : open === 0;
  }

  #put(data: Uint8Array): void {
    const at = (this.#first + this.#length) % PIPE_BYTES;
    const before = data.subarray(0, PIPE_BYTES - at);
    this.#ring.set(before, at);
    this.#ring.set(data.subarray(before.length), 0);
    this.#length += data.length;
  }

  /** Let those in who find room, or refuse them all. */
  #settle(): void {
    if (this.isBroken) this.#length = 0;
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      if (!this.isBroken && next.data.length > PIPE_BYTES - this.#length) return;
      this.#pending.shift();
      if (!this.isBroken) this.#put(next.data);
      next.settled(this.isBroken ? "broken" : "written");
    }
  }
}
