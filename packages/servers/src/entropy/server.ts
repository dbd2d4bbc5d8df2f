/**
 * The source of random bytes: driver of the virtio entropy device.
 *
 * What the device has made and nobody has got yet is kept, up to one buffer. Callers are served in the order in which
 * they came, each byte goes to one of them, and the device is asked as long as somebody waits. A device that does not
 * work, or stops to, is told to all who ask (`Broken`); a server that is started anew resets it.
 *
 * On this machine the bytes follow from its seed, so that runs can be replayed: they are no secret to who knows it.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import { type Failure, fail } from "../common/answer.js";
import { component } from "../common/component.js";
import type { Self } from "../common/handles.js";
import { device, memory } from "../common/need.js";
import { ENTROPY_BYTES, Entropy } from "./interface.js";
import { VirtioSource } from "./virtio.js";

/** Where the board has it. */
const ENTROPY_DEVICE = { address: 0x1000_2000, interrupt: 2 };
/** Callers that wait at a time. */
const WAITING = 16;

/** The driver of the entropy device. It needs no other server. */
export const entropyServer = component("entropy", {
  needs: { rng: device(ENTROPY_DEVICE), queue: memory(1) },
  offers: { entropy: Entropy },
  waiting: WAITING,
  *main({ rng, queue, entropy, self }) {
    const pool = new EntropyPool(new VirtioSource(rng, queue, ENTROPY_BYTES), self);
    rng.onInterrupt(() => pool.interrupted());
    yield* pool.start();
    yield* entropy.serve(() => null, {
      bytes: (_, { length }) => pool.bytes(length),
    });
  },
});

/** Somebody who waits for bytes. */
interface Request {
  readonly length: number;
  readonly served: Condition<Uint8Array | "broken">;
}

/** Random bytes that nobody has got, and those who wait for some. */
class EntropyPool {
  readonly #source: VirtioSource;
  readonly #self: Self;
  #kept = new Uint8Array(0);
  #requests: Request[] = [];
  #isAsked = false;
  #isBroken = false;

  constructor(source: VirtioSource, self: Self) {
    this.#source = source;
    this.#self = self;
  }

  *start(): Thread<void> {
    this.#isBroken = !(yield* this.#source.start());
  }

  /** So many bytes, when it is this caller's turn and they are there. */
  *bytes(length: number): Thread<{ bytes: Uint8Array } | Failure<"TooMany" | "Broken">> {
    if (length > ENTROPY_BYTES) return fail("TooMany");
    if (this.#isBroken) return fail("Broken");
    if (this.#requests.length === 0 && length <= this.#kept.length) return { bytes: this.#take(length) };
    const request: Request = { length, served: this.#self.condition() };
    this.#requests.push(request);
    try {
      yield* this.#ask();
      const bytes = yield* request.served.wait();
      return bytes === "broken" ? fail("Broken") : { bytes };
    } finally {
      this.#requests = this.#requests.filter((other) => other !== request);
    }
  }

  /** The device has something to say. */
  *interrupted(): Thread<void> {
    const taken = yield* this.#source.take();
    if (taken === null) return;
    this.#isAsked = false;
    if (taken === "broken") this.#break();
    else this.#serve(taken);
    if (this.#requests.length > 0) yield* this.#ask();
  }

  *#ask(): Thread<void> {
    if (this.#isAsked || this.#isBroken) return;
    this.#isAsked = true;
    yield* this.#source.ask();
  }

  /** Hand out what has come, in the order of the requests; the rest is kept. */
  #serve(fresh: Uint8Array): void {
    const all = new Uint8Array(this.#kept.length + fresh.length);
    all.set(this.#kept);
    all.set(fresh, this.#kept.length);
    this.#kept = all;
    for (let first = this.#requests[0]; first !== undefined; first = this.#requests[0]) {
      if (first.length > this.#kept.length) return;
      this.#requests.shift();
      first.served.wake(this.#take(first.length));
    }
  }

  /** Nobody will be served any more. */
  #break(): void {
    this.#isBroken = true;
    for (const { served } of this.#requests) served.wake("broken");
    this.#requests = [];
  }

  #take(length: number): Uint8Array {
    const bytes = this.#kept.slice(0, length);
    this.#kept = this.#kept.slice(length);
    return bytes;
  }
}
