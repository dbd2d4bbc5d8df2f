/**
 * The monitor: a driver's line to whoever watches the machine from outside. No such thing is on QEMU's board.
 *
 * Bytes that are stored, anywhere in its page, become a request when a line feed follows: a line of text, in UTF-8. The
 * slice ends there, and the request leaves the machine behind all that was sent before it, so that who answers it on the
 * terminal answers at the right place and sees the machine as it was when it was asked. No answer enters the machine, and
 * its run is the same whether anybody listens: what is shown of the host stays outside.
 */
import { type Observable, Subject } from "rxjs";
import type { DeviceDescription } from "../description.js";
import { MachineEvent, type Trace } from "../trace.js";
import type { Device } from "./device.js";

/** What every host has; not part of the language's own library. */
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

const LINE_FEED = 0x0a;
/** Bytes of a request; what follows up to the line feed is dropped. */
const REQUEST_BYTES = 1024;
/** It never interrupts. The trace knows it by the number behind the last source of the PLIC. */
export const MONITOR_TRACED_AS = 96;

/** The monitor. What drivers ask comes out of `requests`. */
export class Monitor implements Device {
  readonly name: string;
  readonly base: number;
  readonly bytes: number;
  readonly widths = 1;
  readonly #trace: Trace;
  readonly #endSlice: () => void;
  readonly #subject = new Subject<string>();
  #line: number[] = [];
  #asked: string[] = [];

  /** Requests, one by one, each at the end of a slice. */
  readonly requests: Observable<string> = this.#subject.asObservable();

  constructor(place: DeviceDescription, parts: { trace: Trace; endSlice: () => void }) {
    this.name = place.name;
    this.base = place.base;
    this.bytes = place.bytes;
    this.#trace = parts.trace;
    this.#endSlice = parts.endSlice;
  }

  load(): number {
    return 0;
  }

  store(_offset: number, value: number): void {
    this.#trace.emit(MachineEvent.Output, MONITOR_TRACED_AS, value, 0, 0, 0, 0);
    if (value !== LINE_FEED) {
      if (this.#line.length < REQUEST_BYTES) this.#line.push(value);
      return;
    }
    this.#asked.push(new TextDecoder().decode(Uint8Array.from(this.#line)));
    this.#line = [];
    this.#endSlice();
  }

  /** For the machine, between slices. */
  emit(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (const request of asked) this.#subject.next(request);
  }
}
