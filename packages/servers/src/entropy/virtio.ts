/**
 * The virtio entropy device (virtio 1.2, 5.4), asked for one buffer at a time.
 *
 * The page that it shares with the device has the queue at its beginning, and from 0x800 up the buffer that the device
 * fills. An answer of no bytes is as bad as one that a queue does not believe.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import type { Device, Memory } from "../common/handles.js";
import { VirtioTransport } from "../virtio/transport.js";
import type { Virtqueue } from "../virtio/virtqueue.js";

/** The kind of the device (virtio 1.2, 5). */
const DEVICE_ID = 4;
/** Requests are made one by one. */
const QUEUE_SIZE = 1;
const BUFFER = 0x800;

/** The entropy device, with a queue of one request. */
export class VirtioSource {
  readonly #transport: VirtioTransport;
  readonly #memory: Memory;
  readonly #bufferBytes: number;
  #queue: Virtqueue<null> | null = null;

  /** @param bufferBytes bytes that the device may fill at a request, at most 2048 */
  constructor(device: Device, memory: Memory, bufferBytes: number) {
    this.#transport = new VirtioTransport(device);
    this.#memory = memory;
    this.#bufferBytes = bufferBytes;
  }

  /**
   * Reset the device and set it up.
   * @returns false when it is none, or refuses what it is offered
   */
  *start(): Thread<boolean> {
    if ((yield* this.#transport.start(DEVICE_ID, 0)) === null) return false;
    this.#queue = yield* this.#transport.openQueue<null>(0, QUEUE_SIZE, this.#memory);
    if (this.#queue === null) return false;
    yield* this.#transport.go();
    return true;
  }

  /** Ask for the buffer to be filled. One request is under way at a time. */
  *ask(): Thread<void> {
    if (this.#queue === null) throw new Error("it has not been started");
    yield* this.#queue.add(null, [], [{ physical: this.#memory.physical + BUFFER, bytes: this.#bufferBytes }]);
    yield* this.#transport.notify(this.#queue);
  }

  /**
   * The interrupt was heard: what has become of the request?
   * @returns the bytes that the device has written; null: it is not done, or there is none, since the interrupt was
   *   about one of a driver before this one; "broken": it never will be
   */
  *take(): Thread<Uint8Array | "broken" | null> {
    const heard = yield* this.#transport.interrupted();
    const taken = heard === "broken" || this.#queue === null ? "broken" : yield* this.#queue.take();
    if (taken === null || taken === "broken") return taken;
    if (taken.written === 0) return "broken";
    const bytes = new Uint8Array(taken.written);
    yield* copyIn(this.#memory.address + BUFFER, bytes);
    yield* copyOut(this.#memory.address + BUFFER, new Uint8Array(taken.written)); // nobody finds them there again
    return bytes;
  }
}
