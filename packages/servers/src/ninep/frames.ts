/**
 * Frames out of a stream of bytes: each begins with its size, 32 bits, which counts itself too.
 *
 * A size that no message can have, or above the limit, is the end of the stream: where the next frame would begin is not
 * known then. No more is kept than what was pushed and not taken.
 */
import { HEADER_BYTES } from "./codec.js";

const NO_BYTES = new Uint8Array(0);

/** What has come of a stream and has not been taken. */
export class Frames {
  /** Bytes of a frame, at most; it may change between two frames. */
  limit: number;
  #bytes: Uint8Array = NO_BYTES;
  #start = 0;
  #isBroken = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes that were pushed and not taken. */
  get length(): number {
    return this.#bytes.length - this.#start;
  }

  /** The next bytes of the stream; they are copied. */
  push(more: Uint8Array): void {
    const kept = new Uint8Array(this.length + more.length);
    kept.set(this.#bytes.subarray(this.#start));
    kept.set(more, this.length);
    this.#bytes = kept;
    this.#start = 0;
  }

  /** The next whole frame; null: it has not come yet; "broken": there will never be another one. */
  take(): Uint8Array | null | "broken" {
    if (this.#isBroken) return "broken";
    if (this.length < 4) return null;
    const size = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#start).getUint32(0, true);
    if (size < HEADER_BYTES || size > this.limit) {
      this.#isBroken = true;
      this.#bytes = NO_BYTES;
      this.#start = 0;
      return "broken";
    }
    if (this.length < size) return null;
    const frame = this.#bytes.subarray(this.#start, this.#start + size);
    this.#start += size;
    return frame;
  }
}
