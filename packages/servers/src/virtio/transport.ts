/**
 * A virtio device over MMIO (virtio 1.2, 4.2), as its driver finds it and comes to terms with it.
 *
 *     start ──▸ openQueue … ──▸ go ──▸ notify, interrupted …      and start again, which resets it
 *
 * A reset takes back all that the device was given: it touches no memory of the driver any more. Nothing here waits: a
 * device that does not answer is noticed by who waits for it.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Device } from "../common/handles.js";
import { Registers } from "../common/registers.js";
import { VERSION_1, VIRTIO_MAGIC, VIRTIO_VERSION, VirtioInterrupt, VirtioRegister, VirtioStatus } from "./registers.js";
import { type QueueMemory, Virtqueue } from "./virtqueue.js";

const { Acknowledge, Driver, DriverOk, FeaturesOk, NeedsReset, Failed } = VirtioStatus;
/** How often a configuration is read that changes meanwhile. */
const MOST_READS = 8;

/** What an interrupt was about: one, both, or none, when it was meant for a driver before this one. */
export interface Heard {
  /** Requests may have been completed. */
  readonly used: boolean;
  /** The configuration space has changed. */
  readonly config: boolean;
}

/** A virtio device, at its registers. */
export class VirtioTransport {
  readonly #device: Device;
  readonly #registers: Registers;

  constructor(device: Device) {
    this.#device = device;
    this.#registers = new Registers(device, 4);
  }

  /**
   * Reset the device and agree with it on features.
   * @param id the kind of device that is wanted (virtio 1.2, 5)
   * @param wanted features 0 to 31 that the driver can make use of, as bits
   * @returns those of them that the device has; null when it is none of that kind, or does not agree
   */
  *start(id: number, wanted: number): Thread<number | null> {
    if ((yield* this.#load(VirtioRegister.MagicValue)) !== VIRTIO_MAGIC) return null;
    if ((yield* this.#load(VirtioRegister.Version)) !== VIRTIO_VERSION) return null;
    if ((yield* this.#load(VirtioRegister.DeviceID)) !== id) return null;
    yield* this.reset();
    yield* this.#device.acknowledge(); // there may be an interrupt that a driver before this one has not come to
    yield* this.#store(VirtioRegister.Status, Acknowledge | Driver);
    const accepted = (yield* this.#offered(0)) & wanted;
    if (((yield* this.#offered(1)) & VERSION_1) === 0) return null;
    yield* this.#accept(0, accepted);
    yield* this.#accept(1, VERSION_1);
    yield* this.#store(VirtioRegister.Status, Acknowledge | Driver | FeaturesOk);
    return ((yield* this.#load(VirtioRegister.Status)) & FeaturesOk) === 0 ? null : accepted;
  }

  /**
   * Give the device a queue, between `start` and `go`.
   * @param size the most descriptors that are under way at a time: a power of two
   * @param memory for `queueBytes(size)` bytes, which the two share
   * @returns null when the device has no such queue, or takes none of this size
   */
  *openQueue<T>(index: number, size: number, memory: QueueMemory): Thread<Virtqueue<T> | null> {
    yield* this.#store(VirtioRegister.QueueSel, index);
    if ((yield* this.#load(VirtioRegister.QueueNumMax)) < size) return null;
    const queue = new Virtqueue<T>(index, size, memory);
    yield* queue.clear();
    yield* this.#store(VirtioRegister.QueueNum, size);
    const { descriptors, available, used } = queue.places;
    yield* this.#storeAddress(VirtioRegister.QueueDescLow, memory.physical + descriptors);
    yield* this.#storeAddress(VirtioRegister.QueueDriverLow, memory.physical + available);
    yield* this.#storeAddress(VirtioRegister.QueueDeviceLow, memory.physical + used);
    yield* this.#store(VirtioRegister.QueueReady, 1);
    return queue;
  }

  /** All queues are there: the device may begin. */
  *go(): Thread<void> {
    yield* this.#store(VirtioRegister.Status, Acknowledge | Driver | FeaturesOk | DriverOk);
  }

  /** Take everything back. The device touches no memory any more, and says nothing. */
  *reset(): Thread<void> {
    yield* this.#store(VirtioRegister.Status, 0);
  }

  /** Tell the device that requests were added to a queue. */
  *notify({ index }: Virtqueue<unknown>): Thread<void> {
    yield* this.#store(VirtioRegister.QueueNotify, index);
  }

  /** Its interrupt was heard. @returns "broken": nothing will happen until it is started anew */
  *interrupted(): Thread<Heard | "broken"> {
    const events = yield* this.#load(VirtioRegister.InterruptStatus);
    yield* this.#store(VirtioRegister.InterruptACK, events);
    yield* this.#device.acknowledge();
    const config = (events & VirtioInterrupt.Config) !== 0;
    if (config && (yield* this.isBroken())) return "broken";
    return { used: (events & VirtioInterrupt.Used) !== 0, config };
  }

  /** Whether it has given up. Who does is heard of by an interrupt, too. */
  *isBroken(): Thread<boolean> {
    return ((yield* this.#load(VirtioRegister.Status)) & (NeedsReset | Failed)) !== 0;
  }

  /**
   * Words of 32 bits of the configuration space, from byte `at` up, all of one moment.
   * @returns null when they never stay the same for so long
   */
  *config(at: number, words: number): Thread<number[] | null> {
    for (let times = 0; times < MOST_READS; times++) {
      const before = yield* this.#load(VirtioRegister.ConfigGeneration);
      const read: number[] = [];
      for (let i = 0; i < words; i++) read.push(yield* this.#load(VirtioRegister.Config + at + 4 * i));
      if ((yield* this.#load(VirtioRegister.ConfigGeneration)) === before) return read;
    }
    return null;
  }

  *#offered(word: number): Thread<number> {
    yield* this.#store(VirtioRegister.DeviceFeaturesSel, word);
    return yield* this.#load(VirtioRegister.DeviceFeatures);
  }

  *#accept(word: number, features: number): Thread<void> {
    yield* this.#store(VirtioRegister.DriverFeaturesSel, word);
    yield* this.#store(VirtioRegister.DriverFeatures, features);
  }

  *#storeAddress(low: number, physical: number): Thread<void> {
    yield* this.#store(low, physical % 2 ** 32);
    yield* this.#store(low + 4, Math.floor(physical / 2 ** 32));
  }

  #load(register: number): Thread<number> {
    return this.#registers.load(register);
  }

  #store(register: number, value: number): Thread<void> {
    return this.#registers.store(register, value);
  }
}
