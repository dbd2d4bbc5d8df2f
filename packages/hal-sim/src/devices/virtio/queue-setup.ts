/**
 * A queue as the driver sets it up through the transport's registers: size and addresses, until QueueReady makes a
 * virtqueue of them. While that is open nothing of them can be changed (virtio 1.2, 4.2.2.2).
 */
import type { PhysicalMemory } from "../../memory/physical.js";
import { type QueueParts, refuseQueue, Virtqueue } from "./queue.js";
import { VirtioRegister } from "./registers.js";

/** What the transport wants to hear of its queues. */
export interface QueueListener extends Pick<QueueParts, "onBroken" | "onUsed"> {
  readonly onClosed: (queue: Virtqueue) => void;
}

export class QueueSetup {
  readonly index: number;
  /** The largest size that the device takes. */
  readonly max: number;
  /** The queue, while it is ready. */
  queue: Virtqueue | null = null;
  readonly #memory: PhysicalMemory;
  readonly #listener: QueueListener;
  #size = 0;
  /** Low and high words of the addresses, by register. */
  readonly #addresses = new Map<number, number>();

  constructor(index: number, max: number, memory: PhysicalMemory, listener: QueueListener) {
    this.index = index;
    this.max = max;
    this.#memory = memory;
    this.#listener = listener;
  }

  get isReady(): boolean {
    return this.queue !== null;
  }

  /** A store to one of the registers that describe a queue; any other does nothing. */
  store(register: number, value: number): void {
    if (this.queue !== null) return;
    switch (register) {
      case VirtioRegister.QueueNum:
        this.#size = value;
        break;
      case VirtioRegister.QueueDescLow:
      case VirtioRegister.QueueDescHigh:
      case VirtioRegister.QueueDriverLow:
      case VirtioRegister.QueueDriverHigh:
      case VirtioRegister.QueueDeviceLow:
      case VirtioRegister.QueueDeviceHigh:
        this.#addresses.set(register, value);
        break;
    }
  }

  /** Make the queue ready, if it can be where the driver wants it; `accepted`: features 0 to 31 that it negotiated. */
  open(accepted: number): void {
    if (this.queue !== null) return;
    const place = {
      size: this.#size,
      descriptors: this.#address(VirtioRegister.QueueDescLow),
      driver: this.#address(VirtioRegister.QueueDriverLow),
      device: this.#address(VirtioRegister.QueueDeviceLow),
    };
    const refusal = place.size > this.max ? `its size is ${place.size}` : refuseQueue(this.#memory, place);
    if (refusal !== null) this.#listener.onBroken(`queue ${this.index}: ${refusal}`);
    else this.queue = new Virtqueue(this.index, place, { memory: this.#memory, accepted, ...this.#listener });
  }

  close(): void {
    const { queue } = this;
    if (queue === null) return;
    this.queue = null;
    queue.close();
    this.#listener.onClosed(queue);
  }

  reset(): void {
    this.close();
    this.#size = 0;
    this.#addresses.clear();
  }

  /** The high word's register follows the low word's. */
  #address(low: number): number {
    return (this.#addresses.get(low + 4) ?? 0) * 2 ** 32 + (this.#addresses.get(low) ?? 0);
  }
}
