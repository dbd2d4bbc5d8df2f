/**
 * What a virtio device is behind its transport: an id, the features that it offers, its configuration space, and what it
 * does with the requests on its queues. Registers, negotiation, rings and interrupts are the transport's.
 *
 * A device serves a queue from the moment it is notified: `queue.take()` until null, and `queue.complete` for each, at
 * once or in an alarm of the clock.
 */
import type { Virtqueue } from "./queue.js";

/** A kind of virtio device, for `VirtioMmio`. */
export interface VirtioDevice {
  readonly name: string;
  /** Its number in the specification's list of device types (chapter 5). */
  readonly id: number;
  /** Feature bits 0 to 23 of its own kind. What the transport offers comes on top. */
  readonly features: number;
  /** Its configuration space, which drivers read as it is at the moment. */
  readonly config: Uint8Array;
  /** The largest size of each of its queues: powers of two. */
  readonly queueSizes: readonly number[];
  /** The driver says that there are requests on this queue. It may say so when there are none. */
  notified(queue: Virtqueue): void;
  /** The queue was closed: what was taken from it is to be forgotten, no byte of it touched again. */
  closed(queue: Virtqueue): void;
}
