/**
 * A descriptor chain: one request of a driver, as the device took it from the available ring.
 *
 * Where its bytes lie was read and checked once, when it was taken; what the driver does to the descriptors afterwards
 * changes nothing. Both parts are byte strings whatever the cut into descriptors (virtio 1.2, 2.7.4: a device assumes
 * nothing about the framing): first what the device may read, then what it may write.
 */
import type { PhysicalMemory } from "../../memory/physical.js";
import { rollingSum } from "../rolling-sum.js";

/** Bytes of RAM, by physical address. */
export interface Segment {
  readonly paddr: number;
  readonly bytes: number;
}

/** One request of a driver: bytes that the device reads, and room that it writes into. */
export class DescriptorChain {
  /** Index of its first descriptor, by which it goes back to the driver. */
  readonly head: number;
  readonly readableBytes: number;
  readonly writableBytes: number;
  readonly #memory: PhysicalMemory;
  readonly #readable: readonly Segment[];
  readonly #writable: readonly Segment[];
  #writtenSum = 0;
  #readSum = 0;

  /** The segments are in RAM: whoever makes a chain has checked them. */
  constructor(memory: PhysicalMemory, head: number, readable: readonly Segment[], writable: readonly Segment[]) {
    this.#memory = memory;
    this.head = head;
    this.#readable = readable;
    this.#writable = writable;
    this.readableBytes = totalBytes(readable);
    this.writableBytes = totalBytes(writable);
  }

  /** A sum over what was written, in the order of writing: for the trace. */
  get writtenSum(): number {
    return this.#writtenSum;
  }

  /** A sum over what was read, in the order of reading: for the trace. */
  get readSum(): number {
    return this.#readSum;
  }

  /** Read from byte `at` of the readable part on; returns how many bytes there were. */
  read(at: number, into: Uint8Array): number {
    return overlay(this.#readable, at, into, (paddr, piece) => {
      this.#memory.readBytes(paddr, piece);
      this.#readSum = rollingSum(this.#readSum, piece);
    });
  }

  /** Write from byte `at` of the writable part on; returns how many bytes there was room for. */
  write(at: number, from: Uint8Array): number {
    return overlay(this.#writable, at, from, (paddr, piece) => {
      this.#memory.writeBytes(paddr, piece);
      this.#writtenSum = rollingSum(this.#writtenSum, piece);
    });
  }
}

/** The bytes of descriptors in all. */
export function totalBytes(segments: readonly Segment[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Lay `bytes` over the segments from byte `at` on, piece by piece; returns how many of them fit. */
function overlay(
  segments: readonly Segment[],
  at: number,
  bytes: Uint8Array,
  move: (paddr: number, piece: Uint8Array) => void,
): number {
  let skip = at;
  let done = 0;
  for (const segment of segments) {
    const count = Math.min(segment.bytes - skip, bytes.length - done);
    if (count > 0) {
      move(segment.paddr + skip, bytes.subarray(done, done + count));
      done += count;
    }
    skip = Math.max(0, skip - segment.bytes);
  }
  return done;
}
