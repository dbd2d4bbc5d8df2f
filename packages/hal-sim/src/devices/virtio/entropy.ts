/**
 * The virtio entropy device (virtio 1.2, 5.4): fills buffers with random bytes, one request after the other.
 *
 * The bytes are a stream of the machine's seed that nobody else draws from, so they are part of the run; they are no
 * secret to who knows the seed. A request takes the time of a hardware generator: 20 µs and 100 ns a byte. Of a larger
 * buffer the first page is filled, which the specification allows.
 */
import type { Alarm, Clock } from "../../clock.js";
import type { Prng } from "../../prng.js";
import type { DescriptorChain } from "./chain.js";
import type { VirtioDevice } from "./device.js";
import type { Virtqueue } from "./queue.js";
import { VirtioDeviceId } from "./registers.js";

const QUEUE_SIZE = 8;
const START_CYCLES = 20_000;
const CYCLES_PER_BYTE = 100;
/** The most bytes of one completion: bounds the work done in one alarm. */
const MAX_BYTES = 4096;

export class Entropy implements VirtioDevice {
  readonly name = "entropy";
  readonly id = VirtioDeviceId.Entropy;
  readonly features = 0;
  readonly config = new Uint8Array(0);
  readonly queueSizes = [QUEUE_SIZE];
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #alarm: Alarm;
  #request: { readonly queue: Virtqueue; readonly chain: DescriptorChain } | null = null;

  constructor(parts: { clock: Clock; prng: Prng }) {
    this.#clock = parts.clock;
    this.#prng = parts.prng;
    this.#alarm = parts.clock.createAlarm(() => this.#finish());
  }

  notified(queue: Virtqueue): void {
    if (this.#request === null) this.#start(queue);
  }

  closed(): void {
    this.#request = null;
    this.#clock.set(this.#alarm, Infinity);
  }

  #start(queue: Virtqueue): void {
    const chain = queue.take();
    if (chain === null) return;
    if (chain.readableBytes > 0 || chain.writableBytes === 0) {
      queue.refuse("a request for entropy is a buffer that can be written, and nothing else");
      return;
    }
    this.#request = { queue, chain };
    this.#clock.set(this.#alarm, this.#clock.cycles + START_CYCLES + sizeOf(chain) * CYCLES_PER_BYTE);
  }

  #finish(): void {
    if (this.#request === null) return;
    const { queue, chain } = this.#request;
    this.#request = null;
    const bytes = this.#draw(sizeOf(chain));
    chain.write(0, bytes);
    queue.complete(chain, bytes.length);
    this.#start(queue);
  }

  #draw(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i += 4) {
      const word = this.#prng.next();
      for (let j = 0; j < 4 && i + j < count; j++) bytes[i + j] = word >>> (8 * j);
    }
    return bytes;
  }
}

function sizeOf(chain: DescriptorChain): number {
  return Math.min(chain.writableBytes, MAX_BYTES);
}
