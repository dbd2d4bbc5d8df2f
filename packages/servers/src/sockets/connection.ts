/**
 * A connection, from the side of the machine: what has come and was not read, what the other side has room for, and how
 * far both have come to an end. No device and no waiting here.
 *
 *     asked ──accepted──▸ open ──either side ends──▸ half open ──both, or closed here──▸ closing ──Reset──▸ gone
 *       └─────────────────────── Reset, of either side ────────────────────────────────────────────────▸ gone
 */
import { STREAM_BYTES } from "./interface.js";
import type { Packet } from "./packet.js";

/** The other side is told of room when this much was read since. */
const CREDIT_STEP_BYTES = STREAM_BYTES / 2;

/** A connection with a port of this machine. */
export class Connection {
  /** Who is outside is known by its port. */
  readonly outer: number;
  readonly inner: number;
  stage: "asked" | "open" | "closing" = "asked";
  /** The other side sends no more. */
  othersHaveEnded = false;
  /** This side sends no more. */
  hasEnded = false;
  /** It is gone. */
  isReset = false;
  /** Somebody was told that there is no room to send. */
  wantsRoom = false;
  #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that were read already. */
  #begun = 0;
  #length = 0;
  #read = 0;
  #told = 0;
  #sent = 0;
  #room = 0;
  #taken = 0;

  constructor(outer: number, inner: number) {
    this.outer = outer;
    this.inner = inner;
  }

  /** Bytes that have come and were not read. */
  get length(): number {
    return this.#length;
  }

  /** Whether reading would tell something: bytes, or an end. */
  get canRead(): boolean {
    return this.#length > 0 || this.othersHaveEnded || this.isReset;
  }

  /** Bytes that can be sent: the other side has room for them. */
  get room(): number {
    if (this.stage !== "open" || this.hasEnded || this.isReset) return 0;
    return Math.max(0, this.#room - ((this.#sent - this.#taken) >>> 0));
  }

  /** Whether the other side ought to hear how much room there is. */
  get owesCredit(): boolean {
    return this.stage === "open" && (this.#read - this.#told) >>> 0 >= CREDIT_STEP_BYTES;
  }

  /** What the other side says of its room, in each packet. */
  hear({ room, taken }: Packet): void {
    this.#room = room;
    this.#taken = taken;
  }

  /** Bytes have come. @returns false when there was no room for them, as the other side had been told */
  push(bytes: Uint8Array): boolean {
    if (this.#length + bytes.length > STREAM_BYTES) return false;
    if (bytes.length > 0) this.#chunks.push(bytes);
    this.#length += bytes.length;
    return true;
  }

  /** The next `most` bytes, or as many as there are. */
  take(most: number): Uint8Array {
    const taken = new Uint8Array(Math.min(most, this.#length));
    for (let done = 0; done < taken.length; ) {
      const chunk = this.#chunks[0]!;
      const piece = chunk.subarray(this.#begun, this.#begun + taken.length - done);
      taken.set(piece, done);
      done += piece.length;
      this.#begun += piece.length;
      if (this.#begun < chunk.length) break;
      this.#chunks.shift();
      this.#begun = 0;
    }
    this.#length -= taken.length;
    this.#read = (this.#read + taken.length) >>> 0;
    return taken;
  }

  /** A packet of this connection that is about to be sent. */
  packet(operation: number, flags = 0, data: Uint8Array = new Uint8Array(0)): Packet {
    this.#told = this.#read;
    this.#sent = (this.#sent + data.length) >>> 0;
    return { outer: this.outer, inner: this.inner, operation, flags, room: STREAM_BYTES, taken: this.#read, data };
  }
}
