/**
 * What is on its way out: a buffer of bounded size, and those who wait for room in it, in the order in which they came.
 *
 * A write goes in whole or waits, and nobody overtakes who waits, so lines stay whole and a writer of long ones gets its
 * turn. Echo of what is typed goes in at once: there is always room for it, because the console takes no more input
 * while much echo is on its way (`canEcho`).
 */

/** Bytes on their way out, beside echo. */
const BUFFER_BYTES = 4096;
/** Echo on its way out at which no more input is taken. */
const ECHO_BYTES = 1024;

/** A write that waits for room. */
export interface PendingWrite {
  readonly bytes: Uint8Array;
  /** Called when it is in the buffer. */
  readonly admitted: () => void;
}

interface Chunk {
  readonly bytes: Uint8Array;
  readonly isEcho: boolean;
}

/** What is on its way out. */
export class Output {
  readonly #chunks: Chunk[] = [];
  /** Bytes of the first chunk that are out. */
  #begun = 0;
  #written = 0;
  #echoed = 0;
  #pending: PendingWrite[] = [];
  /** Bytes that have gone in, and come out, since the beginning. */
  #in = 0;
  #out = 0;

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Whether there is room for the echo of what is typed. */
  get canEcho(): boolean {
    return this.#echoed < ECHO_BYTES;
  }

  /** A mark behind all that has gone in. */
  get mark(): number {
    return this.#in;
  }

  /** Whether all that went in before the mark is out. */
  isPast(mark: number): boolean {
    return this.#out >= mark;
  }

  /** Put a write in. @returns false when it has to wait: for room, or for those who came before */
  write(bytes: Uint8Array): boolean {
    if (this.#pending.length > 0 || this.#written + bytes.length > BUFFER_BYTES) return false;
    this.#put({ bytes, isEcho: false });
    return true;
  }

  /** Put a write behind those that wait for room. */
  wait(write: PendingWrite): void {
    this.#pending.push(write);
  }

  /** Who waits has died; without effect when it waits no longer. */
  forget(write: PendingWrite): void {
    this.#pending = this.#pending.filter((other) => other !== write);
    this.#admit();
  }

  echo(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#put({ bytes, isEcho: true });
  }

  /** Take out the next `most` bytes, or as many as there are, and let those in who find room now. */
  take(most: number): Uint8Array {
    const taken: number[] = [];
    for (let chunk = this.#chunks[0]; chunk !== undefined && taken.length < most; chunk = this.#chunks[0]) {
      taken.push(chunk.bytes[this.#begun++] as number);
      if (this.#begun < chunk.bytes.length) continue;
      this.#chunks.shift();
      this.#begun = 0;
      if (chunk.isEcho) this.#echoed -= chunk.bytes.length;
      else this.#written -= chunk.bytes.length;
    }
    this.#out += taken.length;
    this.#admit();
    return Uint8Array.from(taken);
  }

  #put(chunk: Chunk): void {
    if (chunk.bytes.length === 0) return;
    this.#chunks.push(chunk);
    this.#in += chunk.bytes.length;
    if (chunk.isEcho) this.#echoed += chunk.bytes.length;
    else this.#written += chunk.bytes.length;
  }

  #admit(): void {
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      if (this.#written + next.bytes.length > BUFFER_BYTES) return;
      this.#pending.shift();
      this.#put({ bytes: next.bytes, isEcho: false });
      next.admitted();
    }
  }
}
