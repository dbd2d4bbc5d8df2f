/**
 * A driver of one virtio queue, outside any program: it lays out the rings in RAM and goes through the transport's
 * registers as the specification has it (virtio 1.2, 3.1 and 4.2.3), and keeps count of what it gets back.
 */
import {
  DESCRIPTOR_BYTES,
  DescriptorFlag,
  type Machine,
  VirtioRegister as R,
  VirtioStatus as S,
  type VirtioDevice,
  VirtioFeature,
  VirtioMmio,
} from "../../src/index.js";

/** Where the rings lie: a page of descriptors, one of the available ring, one of the used ring; buffers behind them. */
export const RINGS = 0x8038_0000;
export const BUFFERS = RINGS + 0x4000;

export const ACCEPTED = S.Acknowledge | S.Driver | S.FeaturesOk;
export const RUNNING = ACCEPTED | S.DriverOk;
const VERSION_1 = 1 << (VirtioFeature.Version1 - 32);
export const INDIRECT = 1 << VirtioFeature.IndirectDescriptors;

/** A descriptor as a driver means it. */
export interface Descriptor {
  readonly paddr: number;
  readonly bytes: number;
  readonly flags?: number;
  readonly next?: number;
}

export class QueueDriver {
  readonly slot: VirtioMmio;
  readonly machine: Machine;
  readonly size: number;
  #offered = 0;
  #seen = 0;

  constructor(machine: Machine, slot: VirtioMmio, size = 8) {
    this.machine = machine;
    this.slot = slot;
    this.size = size;
  }

  load(register: number): number {
    return this.slot.load(register, 4);
  }

  store(register: number, value: number): void {
    this.slot.store(register, value, 4);
  }

  /** Everything up to DRIVER_OK, with queue 0 of this driver's size. */
  start(features = 0): this {
    this.negotiate(features);
    this.setQueue();
    this.store(R.Status, RUNNING);
    return this;
  }

  /** Reset, and features up to FEATURES_OK. */
  negotiate(low: number, high = VERSION_1): void {
    this.store(R.Status, 0);
    this.store(R.Status, S.Acknowledge | S.Driver);
    for (const [word, value] of [low, high].entries()) {
      this.store(R.DriverFeaturesSel, word);
      this.store(R.DriverFeatures, value >>> 0);
    }
    this.store(R.Status, ACCEPTED);
  }

  /** Clean rings, and queue 0 made ready. */
  setQueue(): void {
    this.machine.memory.zero(RINGS, 0x4000);
    this.#offered = 0;
    this.#seen = 0;
    this.store(R.QueueSel, 0);
    this.store(R.QueueNum, this.size);
    this.store(R.QueueDescLow, RINGS);
    this.store(R.QueueDriverLow, RINGS + 0x1000);
    this.store(R.QueueDeviceLow, RINGS + 0x2000);
    this.store(R.QueueReady, 1);
  }

  /** Write descriptor `index` of a table. */
  describe(index: number, { paddr, bytes, flags = 0, next = 0 }: Descriptor, table = RINGS): void {
    const raw = new DataView(new ArrayBuffer(DESCRIPTOR_BYTES));
    raw.setUint32(0, paddr % 2 ** 32, true);
    raw.setUint32(4, Math.floor(paddr / 2 ** 32), true);
    raw.setUint32(8, bytes, true);
    raw.setUint16(12, flags, true);
    raw.setUint16(14, next, true);
    this.machine.memory.writeBytes(table + index * DESCRIPTOR_BYTES, new Uint8Array(raw.buffer));
  }

  /** Descriptors 0, 1, … chained in this order. */
  chain(...descriptors: Descriptor[]): void {
    descriptors.forEach((descriptor, i) => {
      const more = i + 1 < descriptors.length ? DescriptorFlag.Next : 0;
      this.describe(i, { ...descriptor, flags: (descriptor.flags ?? 0) | more, next: i + 1 });
    });
  }

  /** Put a chain into the available ring; the device is not told. */
  offer(head: number): void {
    this.#store16(RINGS + 0x1000 + 4 + 2 * (this.#offered % this.size), head);
    this.#offered = (this.#offered + 1) & 0xffff;
    this.setAvailable(this.#offered);
  }

  /** The available index, whatever it ought to be. */
  setAvailable(index: number): void {
    this.#store16(RINGS + 0x1002, index);
  }

  /** The flags of the available ring. */
  setFlags(flags: number): void {
    this.#store16(RINGS + 0x1000, flags);
  }

  /** Offer a chain and tell the device. */
  send(head: number): void {
    this.offer(head);
    this.store(R.QueueNotify, 0);
  }

  /** What has come back since the last time. */
  used(): { head: number; bytes: number }[] {
    const back: { head: number; bytes: number }[] = [];
    for (; this.#seen !== this.#load(RINGS + 0x2002, 2); this.#seen = (this.#seen + 1) & 0xffff) {
      const entry = RINGS + 0x2004 + 8 * (this.#seen % this.size);
      back.push({ head: this.#load(entry, 4), bytes: this.#load(entry + 4, 4) });
    }
    return back;
  }

  /** Bytes of RAM. */
  bytes(paddr: number, count: number): number[] {
    const bytes = new Uint8Array(count);
    this.machine.memory.readBytes(paddr, bytes);
    return [...bytes];
  }

  #load(paddr: number, count: number): number {
    return this.bytes(paddr, count).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  #store16(paddr: number, value: number): void {
    this.machine.memory.writeBytes(paddr, Uint8Array.of(value, value >>> 8));
  }
}

/** A device of a test's own in a slot of its own, beside those of the machine; `reports` is why it needed a reset. */
export function testSlot(machine: Machine, device: VirtioDevice): { slot: VirtioMmio; reports: string[] } {
  const reports: string[] = [];
  const { memory, plic, trace } = machine;
  const place = { name: "test-slot", base: 0x2000_0000, bytes: 0x1000, irq: 20 };
  const slot = new VirtioMmio(place, device, { memory, plic, trace, report: (text) => reports.push(text) });
  return { slot, reports };
}
