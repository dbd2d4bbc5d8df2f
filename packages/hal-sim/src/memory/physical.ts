/**
 * RAM: the bytes that frames, IPC buffers, page tables and register files really are.
 *
 * One buffer per machine, from `base` up. The kernel and the MMU reach it as int32 words by index, everybody else by
 * physical address; no view of it reaches a program. An address is a plain number (physical addresses stay far below
 * 2^53). Callers check `contains` first wherever the address was not made by themselves.
 */
import { copyWords, fillWords, viewWords, type Words } from "./words.js";

/** RAM: one buffer a machine, from `base` up, as bytes by physical address and as int32 words by index. */
export class PhysicalMemory {
  /** Physical address of the first byte. */
  readonly base: number;
  /** Size of RAM in bytes. */
  readonly bytes: number;
  /** All of RAM as int32 words: word `index(paddr)`. */
  readonly words: Words;
  readonly #octets: Uint8Array;

  constructor(base: number, bytes: number) {
    const buffer = new ArrayBuffer(bytes);
    this.base = base;
    this.bytes = bytes;
    this.words = viewWords(buffer);
    this.#octets = new Uint8Array(buffer);
  }

  /** Whether [paddr, paddr + bytes) is RAM. */
  contains(paddr: number, bytes: number): boolean {
    return paddr >= this.base && paddr + bytes <= this.base + this.bytes;
  }

  /** The word index of a physical address in RAM. */
  index(paddr: number): number {
    return (paddr - this.base) >>> 2;
  }

  /** Clear a range; `paddr` and `bytes` are multiples of 4. */
  zero(paddr: number, bytes: number): void {
    const first = this.index(paddr);
    fillWords(this.words, 0, first, first + bytes / 4);
  }

  /** Copy `count` words between word indexes; the ranges must not overlap. */
  copyWords(to: number, from: number, count: number): void {
    copyWords(this.words, to, from, count);
  }

  /** Copy `into.length` bytes at `paddr` out of RAM. */
  readBytes(paddr: number, into: Uint8Array): void {
    const first = paddr - this.base;
    into.set(this.#octets.subarray(first, first + into.length));
  }

  /** Copy bytes into RAM at `paddr`. */
  writeBytes(paddr: number, from: Uint8Array): void {
    this.#octets.set(from, paddr - this.base);
  }
}
