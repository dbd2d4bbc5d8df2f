/**
 * A split virtqueue from the driver's side (virtio 1.2, 2.7): requests of several pieces of memory, several of them under
 * way, completed in any order.
 *
 *     descriptors   16 bytes each: where a piece of memory is, how long, and which one comes next
 *     available     flags, index, and the first descriptor of each request that was made
 *     used          flags, index, and of each request that is done: its first descriptor, bytes that were written
 *
 * The device can write to all of it, so what is in it is only ever written, but for the used ring, and that is not
 * believed: which descriptors are free, and what each request is made of, is known here. An answer to a request that is
 * not under way, more answers than requests, or more bytes than there was room for are a broken device.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import { DescriptorFlag } from "./registers.js";

/** Memory for a queue, as the driver and the device see it. */
export interface QueueMemory {
  readonly address: number;
  readonly physical: number;
}

/** A piece of memory that the device is given: consecutive bytes, at least one. */
export interface Piece {
  readonly physical: number;
  readonly bytes: number;
}

/** A request that the device has done. */
export interface Completed<T> {
  /** What it was called when it was added. */
  readonly request: T;
  /** How many bytes the device says it has written, from the first writable one up. */
  readonly written: number;
}

/** Where the parts of a queue lie in its memory. */
interface Places {
  readonly descriptors: number;
  readonly available: number;
  readonly used: number;
  readonly end: number;
}

/** A request that is under way. */
interface UnderWay<T> {
  readonly request: T;
  readonly descriptors: readonly number[];
  readonly writable: number;
}

const DESCRIPTOR_BYTES = 16;
const RING_HEAD_BYTES = 4;
const USED_ENTRY_BYTES = 8;
const INDEX_MASK = 0xffff;

/** Bytes that a queue of so many descriptors takes. */
export function queueBytes(size: number): number {
  return placesOf(size).end;
}

/** A queue. `T` is what requests are called by who makes them. */
export class Virtqueue<T> {
  /** Its number at the device. */
  readonly index: number;
  readonly places: Places;
  readonly #size: number;
  readonly #memory: QueueMemory;
  readonly #free: number[];
  /** By their first descriptors. */
  readonly #underWay = new Map<number, UnderWay<T>>();
  /** Requests that were made, and those that have come back, modulo 2^16. */
  #made = 0;
  #back = 0;

  /** @param size a power of two */
  constructor(index: number, size: number, memory: QueueMemory) {
    this.index = index;
    this.places = placesOf(size);
    this.#size = size;
    this.#memory = memory;
    this.#free = Array.from({ length: size }, (_, i) => size - 1 - i);
  }

  /** How many pieces can be added. */
  get room(): number {
    return this.#free.length;
  }

  /** What is under way, in no particular order. */
  get underWay(): readonly T[] {
    return [...this.#underWay.values()].map(({ request }) => request);
  }

  /** Make its memory that of a queue without requests: before the device is told where it is. */
  *clear(): Thread<void> {
    yield* copyOut(this.#memory.address, new Uint8Array(this.places.end));
  }

  /**
   * Make a request. The device is to be notified afterwards; its memory belongs to the device until it is back.
   * @param request what it is called when it is back
   * @param readable what the device reads, in this order
   * @param writable what it writes, behind that; there is at least one piece of either
   * @returns false when there is no room for so many pieces: nothing has happened then
   */
  *add(request: T, readable: readonly Piece[], writable: readonly Piece[]): Thread<boolean> {
    const pieces = [...readable, ...writable];
    if (pieces.length === 0) throw new Error("a request has at least one piece");
    if (pieces.length > this.#free.length) return false;
    const descriptors = pieces.map(() => this.#free.pop() as number);
    for (const [i, piece] of pieces.entries()) {
      yield* this.#writeDescriptor(descriptors[i] as number, piece, i >= readable.length, descriptors[i + 1]);
    }
    const [head] = descriptors as [number];
    this.#underWay.set(head, { request, descriptors, writable: writable.reduce((sum, { bytes }) => sum + bytes, 0) });
    const { available } = this.places;
    yield* this.#write(available + RING_HEAD_BYTES + 2 * (this.#made % this.#size), half(head));
    this.#made = (this.#made + 1) & INDEX_MASK;
    yield* this.#write(available + 2, half(this.#made));
    return true;
  }

  /**
   * The next request that has come back.
   * @returns null: no other one has; "broken": the device says what cannot be
   */
  *take(): Thread<Completed<T> | "broken" | null> {
    const { used } = this.places;
    const index = (yield* this.#read(used + 2, 2)).getUint16(0, true);
    const waiting = (index - this.#back) & INDEX_MASK;
    if (waiting === 0) return null;
    if (waiting > this.#underWay.size) return "broken";
    const at = used + RING_HEAD_BYTES + USED_ENTRY_BYTES * (this.#back % this.#size);
    const entry = yield* this.#read(at, USED_ENTRY_BYTES);
    const [head, written] = [entry.getUint32(0, true), entry.getUint32(4, true)];
    const done = this.#underWay.get(head);
    if (done === undefined || written > done.writable) return "broken";
    this.#back = (this.#back + 1) & INDEX_MASK;
    this.#underWay.delete(head);
    this.#free.push(...done.descriptors);
    return { request: done.request, written };
  }

  *#writeDescriptor(place: number, { physical, bytes }: Piece, isWritable: boolean, next?: number): Thread<void> {
    const raw = new DataView(new ArrayBuffer(DESCRIPTOR_BYTES));
    raw.setUint32(0, physical % 2 ** 32, true);
    raw.setUint32(4, Math.floor(physical / 2 ** 32), true);
    raw.setUint32(8, bytes, true);
    raw.setUint16(12, (isWritable ? DescriptorFlag.Write : 0) | (next === undefined ? 0 : DescriptorFlag.Next), true);
    raw.setUint16(14, next ?? 0, true);
    yield* this.#write(this.places.descriptors + DESCRIPTOR_BYTES * place, new Uint8Array(raw.buffer));
  }

  *#read(at: number, length: number): Thread<DataView> {
    const bytes = new Uint8Array(length);
    yield* copyIn(this.#memory.address + at, bytes);
    return new DataView(bytes.buffer);
  }

  *#write(at: number, bytes: Uint8Array): Thread<void> {
    yield* copyOut(this.#memory.address + at, bytes);
  }
}

/** Alignments are 16, 2 and 4 (virtio 1.2, 2.7); behind each ring is room for an index that this driver does not use. */
function placesOf(size: number): Places {
  const available = DESCRIPTOR_BYTES * size;
  const used = Math.ceil((available + RING_HEAD_BYTES + 2 * size + 2) / 4) * 4;
  return { descriptors: 0, available, used, end: used + RING_HEAD_BYTES + USED_ENTRY_BYTES * size + 2 };
}

/** A number of 16 bits as it lies in memory. */
function half(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8);
}
