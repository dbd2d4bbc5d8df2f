/**
 * A virtio-mmio slot, version 2 (virtio 1.2, 4.2): the registers through which a driver finds a device, agrees with it on
 * features, gives it queues and is interrupted by it. A slot may be empty.
 *
 * Status only grows (2.1: a driver clears no bit): ACKNOWLEDGE → DRIVER → FEATURES_OK → DRIVER_OK, and 0 resets. What the
 * driver may not do has no effect: FEATURES_OK stays clear with features that were not offered or without VERSION_1,
 * DRIVER_OK without FEATURES_OK, and a ready queue keeps its size and addresses. A queue that cannot be, or a ring or chain
 * that is malformed, sets DEVICE_NEEDS_RESET, and nothing happens until the reset. A device reaches all of RAM: who may
 * write its registers has to be trusted with that, as on hardware without an IOMMU.
 */
import type { DeviceDescription } from "../../description.js";
import type { PhysicalMemory } from "../../memory/physical.js";
import { MachineEvent, type Trace } from "../../trace.js";
import type { Device } from "../device.js";
import type { Plic } from "../plic.js";
import type { VirtioDevice } from "./device.js";
import { QueueSetup } from "./queue-setup.js";
import {
  VIRTIO_MAGIC,
  VIRTIO_VENDOR,
  VirtioDeviceId,
  VirtioFeature,
  VirtioInterrupt,
  VirtioRegister,
  VirtioStatus,
} from "./registers.js";

const VERSION = 2;
/** No device has shared memory regions: their lengths and bases read as -1. */
const NO_REGION = 0xffff_ffff;
/** Features are two words of 32 bits. */
const LOW_FEATURES = 1 << VirtioFeature.IndirectDescriptors;
const HIGH_FEATURES = 1 << (VirtioFeature.Version1 - 32);
const DRIVER_BITS =
  VirtioStatus.Acknowledge |
  VirtioStatus.Driver |
  VirtioStatus.DriverOk |
  VirtioStatus.FeaturesOk |
  VirtioStatus.Failed;

/** What a slot needs of its machine. */
export interface VirtioParts {
  readonly memory: PhysicalMemory;
  readonly plic: Plic;
  readonly trace: Trace;
  /** A sentence for people: why a device needs a reset. */
  readonly report: (text: string) => void;
}

/** A virtio-mmio slot (version 2) with a device behind it, or empty. Drivers reach it on the bus. */
export class VirtioMmio implements Device {
  readonly name: string;
  readonly base: number;
  readonly bytes: number;
  readonly widths = 7;
  readonly irq: number;
  readonly #device: VirtioDevice | null;
  readonly #parts: VirtioParts;
  readonly #queues: readonly QueueSetup[];
  #status = 0;
  #interrupts = 0;
  #generation = 0;
  #deviceWord = 0;
  #driverWord = 0;
  #selected = 0;
  /** What the driver accepts: features 0 to 31, and 32 to 63. */
  #accepted: [low: number, high: number] = [0, 0];

  constructor(place: DeviceDescription, device: VirtioDevice | null, parts: VirtioParts) {
    this.name = place.name;
    this.base = place.base;
    this.bytes = place.bytes;
    this.irq = place.irq;
    this.#device = device;
    this.#parts = parts;
    this.#queues = device === null ? [] : device.queueSizes.map((max, index) => this.#createQueue(device, index, max));
  }

  /** For a device: its configuration space has changed. */
  configChanged(): void {
    this.#generation = (this.#generation + 1) >>> 0;
    if ((this.#status & VirtioStatus.DriverOk) !== 0) this.#interrupt(VirtioInterrupt.ConfigChange);
  }

  load(offset: number, width: number): number {
    if (offset >= VirtioRegister.Config) return this.#loadConfig(offset - VirtioRegister.Config);
    if (width !== 4) return 0;
    switch (offset) {
      case VirtioRegister.MagicValue:
        return VIRTIO_MAGIC;
      case VirtioRegister.Version:
        return VERSION;
      case VirtioRegister.VendorID:
        return VIRTIO_VENDOR;
      default:
        return this.#device === null ? VirtioDeviceId.None : this.#loadRegister(this.#device, offset);
    }
  }

  /** The configuration space of no device can be written, and control registers only as words. */
  store(offset: number, value: number, width: number): void {
    if (this.#device === null || width !== 4 || offset >= VirtioRegister.Config) return;
    const queue = this.#queues[this.#selected];
    switch (offset) {
      case VirtioRegister.DeviceFeaturesSel:
        this.#deviceWord = value;
        break;
      case VirtioRegister.DriverFeatures:
        this.#accept(value);
        break;
      case VirtioRegister.DriverFeaturesSel:
        this.#driverWord = value;
        break;
      case VirtioRegister.QueueSel:
        this.#selected = value;
        break;
      case VirtioRegister.QueueReady:
        this.#setReady(queue, value);
        break;
      case VirtioRegister.QueueNotify:
        this.#notify(this.#device, value);
        break;
      case VirtioRegister.InterruptACK:
        this.#interrupts &= ~value;
        this.#raise();
        break;
      case VirtioRegister.Status:
        this.#storeStatus(value);
        break;
      default:
        queue?.store(offset, value);
    }
  }

  #loadRegister(device: VirtioDevice, offset: number): number {
    switch (offset) {
      case VirtioRegister.DeviceID:
        return device.id;
      case VirtioRegister.DeviceFeatures:
        return this.#offered(this.#deviceWord) >>> 0;
      case VirtioRegister.QueueNumMax:
        return this.#queues[this.#selected]?.max ?? 0;
      case VirtioRegister.QueueReady:
        return this.#queues[this.#selected]?.isReady === true ? 1 : 0;
      case VirtioRegister.InterruptStatus:
        return this.#interrupts;
      case VirtioRegister.Status:
        return this.#status;
      case VirtioRegister.SHMLenLow:
      case VirtioRegister.SHMLenHigh:
      case VirtioRegister.SHMBaseLow:
      case VirtioRegister.SHMBaseHigh:
        return NO_REGION;
      case VirtioRegister.ConfigGeneration:
        return this.#generation;
      default:
        return 0;
    }
  }

  /** Up to four bytes of the configuration space, 0 behind its end. */
  #loadConfig(offset: number): number {
    const config = this.#device?.config;
    let value = 0;
    for (let i = 3; i >= 0; i--) value = value * 256 + (config?.[offset + i] ?? 0);
    return value;
  }

  #offered(word: number): number {
    if (word === 0) return (this.#device?.features ?? 0) | LOW_FEATURES;
    return word === 1 ? HIGH_FEATURES : 0;
  }

  /** Features are settled with FEATURES_OK; there are none above 63. */
  #accept(value: number): void {
    if ((this.#status & VirtioStatus.FeaturesOk) !== 0) return;
    if (this.#driverWord === 0 || this.#driverWord === 1) this.#accepted[this.#driverWord] = value;
  }

  #featuresFit(): boolean {
    const [low, high] = this.#accepted;
    return (low & ~this.#offered(0)) === 0 && high === HIGH_FEATURES;
  }

  #storeStatus(value: number): void {
    if (value === 0) {
      this.#reset();
      return;
    }
    let added = value & DRIVER_BITS;
    if ((added & VirtioStatus.FeaturesOk) !== 0 && !this.#featuresFit()) added &= ~VirtioStatus.FeaturesOk;
    if (((this.#status | added) & VirtioStatus.FeaturesOk) === 0) added &= ~VirtioStatus.DriverOk;
    this.#status |= added;
  }

  #reset(): void {
    this.#status = 0;
    this.#interrupts = 0;
    this.#deviceWord = 0;
    this.#driverWord = 0;
    this.#selected = 0;
    this.#accepted = [0, 0];
    for (const queue of this.#queues) queue.reset();
  }

  #setReady(queue: QueueSetup | undefined, value: number): void {
    if (queue === undefined) return;
    if (value === 0) queue.close();
    else if (value === 1 && (this.#status & VirtioStatus.NeedsReset) === 0) queue.open(this.#accepted[0]);
  }

  /** A device consumes nothing before DRIVER_OK (2.1.2), and nothing after it or the driver gave up. */
  #notify(device: VirtioDevice, index: number): void {
    const lives = VirtioStatus.DriverOk | VirtioStatus.NeedsReset | VirtioStatus.Failed;
    if ((this.#status & lives) !== VirtioStatus.DriverOk) return;
    const queue = this.#queues[index]?.queue ?? null;
    if (queue !== null) device.notified(queue);
  }

  #createQueue(device: VirtioDevice, index: number, max: number): QueueSetup {
    return new QueueSetup(index, max, this.#parts.memory, {
      onBroken: (why) => this.#break(device, why),
      onUsed: (queue, chain, written, wanted) => {
        this.#parts.trace.emit(MachineEvent.Used, this.irq, queue.index, written, chain.writtenSum, chain.readSum, 0);
        if (wanted) this.#interrupt(VirtioInterrupt.UsedBuffer);
      },
      onClosed: (queue) => device.closed(queue),
    });
  }

  /** The driver did what no device can make sense of (2.1.2). */
  #break(device: VirtioDevice, why: string): void {
    this.#status |= VirtioStatus.NeedsReset;
    for (const queue of this.#queues) queue.close();
    this.#parts.report(`${this.name} (${device.name}) needs a reset by its driver: ${why}`);
    if ((this.#status & VirtioStatus.DriverOk) !== 0) this.#interrupt(VirtioInterrupt.ConfigChange);
  }

  #interrupt(bit: number): void {
    this.#interrupts |= bit;
    this.#raise();
  }

  #raise(): void {
    if (this.#interrupts !== 0) this.#parts.plic.raise(this.irq);
  }
}
