/**
 * A connection of the socket device: a stream from outside into the machine and one out of it, and what the two sides
 * have told each other of their ends.
 *
 *     asked ──Response──▸ open ──one side ends──▸ half open ──the other one ends──▸ leaving ──Reset──▸ gone
 *       └──Reset: refused──▸ gone       └──────────Reset, of either side──────────────────────────────▸ gone
 *
 * Bytes from outside wait here until the machine has room for them by its own word (credit); bytes out of the machine
 * are passed on at once, and count against its credit until whoever is outside has taken them.
 */
import { PACKET_DATA_BYTES } from "./packet.js";

/** Bytes that may be on their way out of the machine, and not taken, for each connection. */
export const HOST_BUFFER_BYTES = 262_144;
/** The machine hears that there is room again when this much has been taken since it was told last. */
const CREDIT_STEP_BYTES = HOST_BUFFER_BYTES / 4;

/** How far a connection has come. */
type Stage = "asked" | "open" | "leaving";

/** What both sides know of a connection. */
export class SocketConnection {
  readonly id: number;
  /** The port of the machine. */
  readonly port: number;
  stage: Stage = "asked";
  /** The machine has been asked; a driver that starts anew has not. */
  wasAsked = false;
  /** The machine has said that it will send no more. */
  guestHasEnded = false;
  /** Nothing more will be sent from outside, and whether the machine was told so. */
  hostHasEnded = false;
  wasToldOfEnd = false;
  /** It is to be gone: the machine has yet to be told. */
  isAborted = false;
  /** The machine is to be told how much room there is. */
  owesCredit = false;
  /** It is among those that have something to say. */
  isQueued = false;
  /** Bytes that wait, the first chunk of which has been cut already by `#begun`. */
  #chunks: Uint8Array[] = [];
  #begun = 0;
  #waiting = 0;
  /** The machine's buffer, what it has taken out of it, what was sent into it: modulo 2^32. */
  #guestBuffer = 0;
  #guestTaken = 0;
  #sent = 0;
  /** What was received, what was taken of it, and the last word to the machine about that. */
  #received = 0;
  #taken = 0;
  #toldTaken = 0;

  constructor(id: number, port: number) {
    this.id = id;
    this.port = port;
  }

  /** Bytes from outside that the machine has not got. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Bytes that the machine can be sent now: there are some, and it has room for them. */
  get sendable(): number {
    const room = this.#guestBuffer - ((this.#sent - this.#guestTaken) >>> 0);
    return Math.max(0, Math.min(this.#waiting, room, PACKET_DATA_BYTES));
  }

  /** What the machine is told of room, with every packet. */
  tellTaken(): number {
    this.#toldTaken = this.#taken;
    this.owesCredit = false;
    return this.#taken;
  }

  /** Bytes come from outside. */
  push(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#chunks.push(bytes);
    this.#waiting += bytes.length;
  }

  /** Take the next `count` bytes for the machine; there are so many. */
  shift(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    let done = 0;
    while (done < count) {
      const chunk = this.#chunks[0]!;
      const piece = chunk.subarray(this.#begun, this.#begun + count - done);
      bytes.set(piece, done);
      done += piece.length;
      this.#begun += piece.length;
      if (this.#begun < chunk.length) break;
      this.#chunks.shift();
      this.#begun = 0;
    }
    this.#waiting -= count;
    this.#sent = (this.#sent + count) >>> 0;
    return bytes;
  }

  /** What waits will never be sent. */
  drop(): void {
    this.#chunks = [];
    this.#begun = 0;
    this.#waiting = 0;
  }

  /** The machine says how large its buffer is, and what it has taken out of it. */
  credit(buffer: number, taken: number): void {
    this.#guestBuffer = buffer;
    this.#guestTaken = taken;
  }

  /** Bytes came out of the machine. @returns false when there was no room for them: it had been told */
  receive(count: number): boolean {
    if (((this.#received - this.#taken) >>> 0) + count > HOST_BUFFER_BYTES) return false;
    this.#received = (this.#received + count) >>> 0;
    return true;
  }

  /** Whoever is outside has taken so many of them; more than there are is all of them. */
  take(count: number): void {
    this.#taken = (this.#taken + Math.min(count, (this.#received - this.#taken) >>> 0)) >>> 0;
    if ((this.#taken - this.#toldTaken) >>> 0 >= CREDIT_STEP_BYTES) this.owesCredit = true;
  }
}
