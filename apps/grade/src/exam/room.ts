/** Memory of a program of a check: buffers on its heap, and what is passed to the system in them. */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import { Heap, type SosApi } from "@tessera/servers/sos";
import type { Witness } from "./witness.js";

/** Bytes of the buffer that texts pass through. */
const BUFFER_BYTES = 8192;

export class Room {
  readonly #sos: SosApi;
  readonly #heap: Heap;
  readonly #witness: Witness;
  #buffer = 0;

  constructor(sos: SosApi, witness: Witness) {
    this.#sos = sos;
    this.#heap = new Heap(sos);
    this.#witness = witness;
  }

  /** Room for so many bytes. @throws Failed when there is none */
  *bytes(count: number): Thread<number> {
    const address = yield* this.#heap.malloc(count);
    this.#witness.expect(address > 0, `brk gives no ${count} bytes of heap`);
    return address;
  }

  /** `sos_write` of a text of up to 8192 bytes. */
  *write(file: number, text: string): Thread<number> {
    const bytes = new TextEncoder().encode(text);
    const buffer = yield* this.buffer();
    yield* copyOut(buffer, bytes);
    return yield* this.#sos.sos_write(file, buffer, bytes.length);
  }

  /** `sos_write` until all is written. @throws Failed when it ends before */
  *writeAll(file: number, bytes: Uint8Array): Thread<void> {
    const buffer = yield* this.buffer();
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + BUFFER_BYTES);
      yield* copyOut(buffer, piece);
      const count = yield* this.#sos.sos_write(file, buffer, piece.length);
      const isSome = count > 0 && count <= piece.length;
      this.#witness.expect(isSome, `sos_write of ${piece.length} bytes, ${at} behind others, returns ${count}`);
      at += count;
    }
  }

  /** `sos_read` of up to `nbyte` bytes. @throws Failed when it returns no number of bytes */
  *read(file: number, nbyte: number): Thread<Uint8Array> {
    const buffer = yield* this.buffer();
    const count = yield* this.#sos.sos_read(file, buffer, nbyte);
    this.#witness.expect(count >= 0 && count <= nbyte, `sos_read of ${nbyte} bytes returns ${count}`);
    return yield* bytesAt(buffer, count);
  }

  /** What `read` gives as text. */
  *readText(file: number, nbyte: number): Thread<string> {
    return new TextDecoder().decode(yield* this.read(file, nbyte));
  }

  /** All to the end of a file. */
  *readAll(file: number): Thread<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (
      let piece = yield* this.read(file, BUFFER_BYTES);
      piece.length > 0;
      piece = yield* this.read(file, BUFFER_BYTES)
    ) {
      pieces.push(piece);
    }
    const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** The buffer that they pass through: 8192 bytes. */
  *buffer(): Thread<number> {
    if (this.#buffer === 0) this.#buffer = yield* this.bytes(BUFFER_BYTES);
    return this.#buffer;
  }
}

/** The bytes of this process from `address` on. */
export function* bytesAt(address: number, length: number): Thread<Uint8Array> {
  const bytes = new Uint8Array(length);
  if (length > 0) yield* copyIn(address, bytes);
  return bytes;
}

/** Bytes that are unlike those of another `tag`, and unlike one another. */
export function pattern(tag: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8) * 17 + tag * 101 + 7) & 0xff);
}

/** Where two differ first; -1: nowhere. */
export function differsAt(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex((byte, i) => byte !== b[i]);
}
