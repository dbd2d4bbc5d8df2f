/**
 * What leaves a device for the world outside: bytes, collected while the machine runs and emitted as one chunk at the
 * end of the slice, so that no subscriber ever runs inside a kernel entry.
 */
import { type Observable, Subject } from "rxjs";

export class Outbox {
  readonly #subject = new Subject<Uint8Array>();
  #bytes: number[] = [];

  /** Chunks of bytes, in order. */
  readonly stream: Observable<Uint8Array> = this.#subject.asObservable();

  put(byte: number): void {
    this.#bytes.push(byte & 0xff);
  }

  /** For the machine, between slices. */
  emit(): void {
    if (this.#bytes.length === 0) return;
    const chunk = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    this.#subject.next(chunk);
  }
}
