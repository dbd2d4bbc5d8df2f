/**
 * A split virtqueue from the device's side (virtio 1.2, 2.7): chains are taken from the available ring and given back
 * through the used ring.
 *
 * Life: made when the driver writes QueueReady; closed by QueueReady = 0, by a reset, or when the device found it
 * broken. A closed queue gives nothing and takes nothing; a queue that is made ready again is another one, whose rings
 * begin at index 0. Indexes run freely to 2^16. `EVENT_IDX` is not offered: whether the driver wants an interrupt is the
 * NO_INTERRUPT flag of its ring.
 */
import type { PhysicalMemory } from "../../memory/physical.js";
import type { DescriptorChain } from "./chain.js";
import { DESCRIPTOR_BYTES, DescriptorReader } from "./descriptors.js";
import { VirtioFeature } from "./registers.js";

/** The flag of the available ring that asks for no interrupt. */
export const NO_INTERRUPT = 1;

/** Flags and index stand at the head of both rings, 16 bits each. */
const RING_HEAD_BYTES = 4;
const INDEX_OFFSET = 2;
const AVAILABLE_ENTRY_BYTES = 2;
/** Index of the chain's head, and length, 32 bits each. */
const USED_ENTRY_BYTES = 8;
const INDEX_MASK = 0xffff;

/** What a driver sets up: the size of a queue and the physical addresses of its three areas. */
export interface QueuePlace {
  readonly size: number;
  readonly descriptors: number;
  readonly driver: number;
  readonly device: number;
}

/** What a queue needs of the transport. */
export interface QueueParts {
  readonly memory: PhysicalMemory;
  /** Features 0 to 31 that the driver accepted. */
  readonly accepted: number;
  /** The driver broke the queue: the end of a sentence that says how. */
  readonly onBroken: (why: string) => void;
  /** A chain was given back; `wanted`: the driver asks for an interrupt. */
  readonly onUsed: (queue: Virtqueue, chain: DescriptorChain, written: number, wanted: boolean) => void;
}

/** Why a queue cannot be where the driver wants it (2.7: a power of two; alignments 16, 2 and 4), or null. */
export function refuseQueue(memory: PhysicalMemory, place: QueuePlace): string | null {
  const { size, descriptors, driver, device } = place;
  if (size < 1 || (size & (size - 1)) !== 0) return `its size is ${size}`;
  const fits = (paddr: number, bytes: number, alignment: number): boolean =>
    paddr % alignment === 0 && memory.contains(paddr, bytes);
  if (!fits(descriptors, size * DESCRIPTOR_BYTES, 16)) return "its descriptors are out of line or not in RAM";
  if (!fits(driver, RING_HEAD_BYTES + size * AVAILABLE_ENTRY_BYTES, 2)) {
    return "its available ring is out of line or not in RAM";
  }
  if (!fits(device, RING_HEAD_BYTES + size * USED_ENTRY_BYTES, 4)) return "its used ring is out of line or not in RAM";
  return null;
}

/** One queue that a driver made ready: a device takes requests from it and completes them, in any order. */
export class Virtqueue {
  /** Number of the queue in its device. */
  readonly index: number;
  readonly #place: QueuePlace;
  readonly #parts: QueueParts;
  readonly #reader: DescriptorReader;
  readonly #raw = new Uint8Array(USED_ENTRY_BYTES);
  readonly #fields = new DataView(this.#raw.buffer);
  readonly #half = this.#raw.subarray(0, 2);
  #isOpen = true;
  #taken = 0;
  #used = 0;

  /** `place` is one that `refuseQueue` has nothing against. */
  constructor(index: number, place: QueuePlace, parts: QueueParts) {
    this.index = index;
    this.#place = place;
    this.#parts = parts;
    this.#reader = new DescriptorReader(parts.memory, {
      paddr: place.descriptors,
      count: place.size,
      indirect: (parts.accepted & (1 << VirtioFeature.IndirectDescriptors)) !== 0,
    });
  }

  /** Features 0 to 31 that the driver accepted. */
  get accepted(): number {
    return this.#parts.accepted;
  }

  /** The next request, or null: there is none, or the driver broke the queue, which the transport is told. */
  take(): DescriptorChain | null {
    if (!this.#isOpen) return null;
    const { size, driver } = this.#place;
    const available = this.#load16(driver + INDEX_OFFSET);
    if (available === this.#taken) return null;
    const outstanding = (available - this.#used) & INDEX_MASK;
    if (outstanding > size) return this.#break(`${outstanding} requests are outstanding in a ring of ${size}`);
    const entry = driver + RING_HEAD_BYTES + (this.#taken % size) * AVAILABLE_ENTRY_BYTES;
    const chain = this.#reader.chain(this.#load16(entry));
    if (typeof chain === "string") return this.#break(chain);
    this.#taken = (this.#taken + 1) & INDEX_MASK;
    return chain;
  }

  /**
   * Give a request back, the first `written` bytes of its writable part filled; the driver is told if it wants to be.
   * @param isTold false: its interrupt gets lost
   */
  complete(chain: DescriptorChain, written: number, isTold = true): void {
    if (!this.#isOpen) return;
    const { size, driver, device } = this.#place;
    this.#fields.setUint32(0, chain.head, true);
    this.#fields.setUint32(4, written, true);
    this.#parts.memory.writeBytes(device + RING_HEAD_BYTES + (this.#used % size) * USED_ENTRY_BYTES, this.#raw);
    this.#used = (this.#used + 1) & INDEX_MASK;
    this.#fields.setUint16(0, this.#used, true);
    this.#parts.memory.writeBytes(device + INDEX_OFFSET, this.#half);
    this.#parts.onUsed(this, chain, written, isTold && (this.#load16(driver) & NO_INTERRUPT) === 0);
  }

  /** For a device: the request is none that it could do, and the driver has to start anew. */
  refuse(why: string): void {
    if (this.#isOpen) this.#break(why);
  }

  /** For the transport: nothing is taken or given any more. */
  close(): void {
    this.#isOpen = false;
  }

  #break(why: string): null {
    this.#parts.onBroken(`queue ${this.index}: ${why}`);
    return null;
  }

  #load16(paddr: number): number {
    this.#parts.memory.readBytes(paddr, this.#half);
    return this.#fields.getUint16(0, true);
  }
}
