/**
 * A virtio device over MMIO (virtio 1.2, 4.2) as the driver of a queue of one request sees it.
 *
 * The memory that it shares with the device is one page:
 *
 *     0x000   descriptors: one of them, 16 bytes
 *     0x100   available ring: flags, index, and one entry
 *     0x200   used ring: flags, index, and one entry of a head and a length
 *     0x800   the buffer that the device fills
 *
 * What the device writes is not believed: an index that is none, or a length beyond the buffer, is a broken device.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import type { Device, Memory } from "../common/handles.js";
import { Registers } from "../common/registers.js";

const Register = {
  MagicValue: 0x000,
  Version: 0x004,
  DeviceID: 0x008,
  DriverFeatures: 0x020,
  DriverFeaturesSel: 0x024,
  QueueSel: 0x030,
  QueueNumMax: 0x034,
  QueueNum: 0x038,
  QueueReady: 0x044,
  QueueNotify: 0x050,
  InterruptStatus: 0x060,
  InterruptACK: 0x064,
  Status: 0x070,
  QueueDescLow: 0x080,
  QueueDriverLow: 0x090,
  QueueDeviceLow: 0x0a0,
} as const;

const MAGIC = 0x7472_6976;
const VERSION = 2;
const Status = { Acknowledge: 1, Driver: 2, DriverOk: 4, FeaturesOk: 8, NeedsReset: 64, Failed: 128 } as const;
/** Feature 32, in the second word: the device is one of version 1. */
const VERSION_1 = 1;
/** The flag of a descriptor whose buffer the device writes. */
const WRITE = 2;

const Place = { descriptors: 0x000, available: 0x100, used: 0x200, buffer: 0x800 } as const;

/** A device with a queue of one request. */
export class VirtioSource {
  readonly #device: Device;
  readonly #registers: Registers;
  readonly #memory: Memory;
  readonly #bufferBytes: number;
  /** Requests that were made, modulo 2^16, and whether the last one is under way. */
  #asked = 0;
  #isAsked = false;

  /** @param bufferBytes bytes that the device may fill at a request, at most 2048 */
  constructor(device: Device, memory: Memory, bufferBytes: number) {
    this.#device = device;
    this.#registers = new Registers(device, 4);
    this.#memory = memory;
    this.#bufferBytes = bufferBytes;
  }

  /**
   * Reset the device and set it up.
   * @returns false when it is none of the kind `id`, or refuses what it is offered
   */
  *start(id: number): Thread<boolean> {
    const { Acknowledge, Driver, DriverOk, FeaturesOk } = Status;
    const found = [Register.MagicValue, Register.Version, Register.DeviceID];
    for (const [i, expected] of [MAGIC, VERSION, id].entries()) {
      if ((yield* this.#load(found[i] as number)) !== expected) return false;
    }
    yield* this.#store(Register.Status, 0);
    yield* this.#device.acknowledge(); // there may be one that a driver before this one has not come to
    yield* this.#store(Register.Status, Acknowledge | Driver);
    yield* this.#store(Register.DriverFeaturesSel, 1);
    yield* this.#store(Register.DriverFeatures, VERSION_1);
    yield* this.#store(Register.Status, Acknowledge | Driver | FeaturesOk);
    if (((yield* this.#load(Register.Status)) & FeaturesOk) === 0) return false;
    if (!(yield* this.#startQueue())) return false;
    yield* this.#store(Register.Status, Acknowledge | Driver | FeaturesOk | DriverOk);
    return true;
  }

  /** Ask for the buffer to be filled. */
  *ask(): Thread<void> {
    this.#asked = (this.#asked + 1) & 0xffff;
    this.#isAsked = true;
    yield* this.#write(Place.available + 2, halves(this.#asked));
    yield* this.#store(Register.QueueNotify, 0);
  }

  /**
   * The interrupt was heard: what has become of the request?
   * @returns the bytes that the device has written; null: it is not done, or there is none, since the interrupt was
   *   about one of a driver before this one; "broken": it never will be
   */
  *take(): Thread<Uint8Array | "broken" | null> {
    const events = yield* this.#load(Register.InterruptStatus);
    yield* this.#store(Register.InterruptACK, events);
    const status = yield* this.#load(Register.Status);
    yield* this.#device.acknowledge();
    if ((status & (Status.NeedsReset | Status.Failed)) !== 0) return "broken";
    if (!this.#isAsked) return null;
    const used = new DataView((yield* this.#read(Place.used, 12)).buffer);
    const done = used.getUint16(2, true);
    if (done === ((this.#asked - 1) & 0xffff)) return null;
    const length = used.getUint32(8, true);
    this.#isAsked = false;
    if (done !== this.#asked || length === 0 || length > this.#bufferBytes) return "broken";
    const bytes = yield* this.#read(Place.buffer, length);
    yield* this.#write(Place.buffer, new Uint8Array(length)); // nobody finds them there again
    return bytes;
  }

  *#startQueue(): Thread<boolean> {
    yield* this.#store(Register.QueueSel, 0);
    if ((yield* this.#load(Register.QueueNumMax)) === 0) return false;
    yield* this.#write(0, new Uint8Array(this.#memory.bytes));
    const descriptor = new DataView(new ArrayBuffer(16));
    const buffer = this.#memory.physical + Place.buffer;
    descriptor.setUint32(0, buffer % 2 ** 32, true);
    descriptor.setUint32(4, Math.floor(buffer / 2 ** 32), true);
    descriptor.setUint32(8, this.#bufferBytes, true);
    descriptor.setUint16(12, WRITE, true);
    yield* this.#write(Place.descriptors, new Uint8Array(descriptor.buffer));
    yield* this.#store(Register.QueueNum, 1);
    const places = [
      [Register.QueueDescLow, Place.descriptors],
      [Register.QueueDriverLow, Place.available],
      [Register.QueueDeviceLow, Place.used],
    ] as const;
    for (const [register, place] of places) {
      const physical = this.#memory.physical + place;
      yield* this.#store(register, physical % 2 ** 32);
      yield* this.#store(register + 4, Math.floor(physical / 2 ** 32));
    }
    yield* this.#store(Register.QueueReady, 1);
    return true;
  }

  *#read(at: number, length: number): Thread<Uint8Array> {
    const bytes = new Uint8Array(length);
    yield* copyIn(this.#memory.address + at, bytes);
    return bytes;
  }

  *#write(at: number, bytes: Uint8Array): Thread<void> {
    yield* copyOut(this.#memory.address + at, bytes);
  }

  #load(register: number): Thread<number> {
    return this.#registers.load(register);
  }

  #store(register: number, value: number): Thread<void> {
    return this.#registers.store(register, value);
  }
}

/** A number of 16 bits as it lies in memory. */
function halves(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8);
}
