/**
 * The serial port with its buffers, and those who wait for it.
 *
 * Bytes to be written wait in one buffer (output.ts) that empties at the transmitter's interrupts; what is typed goes
 * through the line discipline (discipline.ts) to the one who reads. One call reads at a time, by lines, raw, or as a file.
 *
 * Nothing is lost by being typed too fast: while what was typed and not read, or its echo, fills its buffer, the console
 * leaves input in the device, and takes it when there is room again. Only the device itself can lose some, which the
 * next reader is told (`Overrun`).
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Condition } from "../common/activity.js";
import { type Failure, fail } from "../common/answer.js";
import type { Self } from "../common/handles.js";
import { Discipline } from "./discipline.js";
import { READ_BYTES } from "./interface.js";
import { Output, type PendingWrite } from "./output.js";
import type { Uart } from "./uart.js";
import { Watcher } from "./watcher.js";

/** Causes of one interrupt that are looked at before others are served. */
const MAX_CAUSES = 16;

/** The serial port with its buffers, and those who wait for it. */
export class Terminal {
  readonly #uart: Uart;
  readonly #self: Self;
  readonly #output = new Output();
  readonly #discipline: Discipline;
  /** Woken when there is something to read, or the mode has changed. */
  readonly #typed: Condition;
  /** Woken when bytes have gone out. */
  readonly #sent: Condition;
  #isRead = false;
  #overrun = false;
  /** Whoever put it into raw mode. */
  #rawBy: number | null = null;
  /** Who is told of ctrl-C, and that there is something to be read. */
  readonly interrupt: Watcher;
  readonly readable: Watcher;

  /** @param isFed nobody types: nothing is shown of what comes in, whatever the mode, and its end is one that stays */
  constructor(uart: Uart, self: Self, isFed: boolean) {
    this.#uart = uart;
    this.#self = self;
    this.#discipline = new Discipline(isFed ? null : (bytes) => this.#output.echo(bytes));
    this.#typed = self.condition();
    this.#sent = self.condition();
    this.interrupt = new Watcher(self);
    this.readable = new Watcher(self);
  }

  *start(): Thread<void> {
    yield* this.#uart.start();
    yield* this.#receive(); // what was typed before anybody could listen
    yield* this.#listen();
  }

  /** The device has something to say. */
  *interrupted(): Thread<void> {
    for (let i = 0; i < MAX_CAUSES; i++) {
      const cause = yield* this.#uart.cause();
      if (cause === "nothing") break;
      if (cause === "canSend") yield* this.#send();
      else yield* this.#receive();
      yield* this.#listen();
    }
    yield* this.#uart.acknowledge();
  }

  /** Write `bytes` in one piece, when there is room. */
  *write(bytes: Uint8Array): Thread<void> {
    if (this.#output.write(bytes)) {
      yield* this.#listen();
      return;
    }
    const admitted = this.#self.condition();
    const pending: PendingWrite = { bytes, admitted: () => admitted.wake() };
    this.#output.wait(pending);
    try {
      yield* admitted.wait();
    } finally {
      this.#output.forget(pending);
    }
  }

  /** Wait until all is out that is in the buffer now. */
  *flush(): Thread<void> {
    const { mark } = this.#output;
    while (!this.#output.isPast(mark)) yield* this.#sent.wait();
  }

  *readLine(): Thread<{ line: string } | Failure<"EndOfInput" | "Interrupted" | "Overrun" | "InUse" | "Raw">> {
    return yield* this.#reading(() => {
      if (this.#discipline.isRaw) return fail("Raw");
      const typed = this.#discipline.takeTyped();
      if (typed === undefined) return null;
      if (typed === "end") return fail("EndOfInput");
      if (typed === "interrupt") return fail("Interrupted");
      return { line: new TextDecoder("utf-8", { ignoreBOM: true }).decode(typed.line) };
    });
  }

  *read(): Thread<{ bytes: Uint8Array } | Failure<"Overrun" | "InUse" | "NotRaw">> {
    return yield* this.#reading(() => {
      if (!this.#discipline.isRaw) return fail("NotRaw");
      const bytes = this.#discipline.takeBytes(READ_BYTES);
      return bytes.length === 0 ? null : { bytes };
    });
  }

  /** As `read`, but nothing is waited for: no bytes when nothing was typed. */
  *take(): Thread<{ bytes: Uint8Array } | Failure<"Overrun" | "InUse" | "NotRaw">> {
    return yield* this.#reading(() => {
      return this.#discipline.isRaw ? { bytes: this.#discipline.takeBytes(READ_BYTES) } : fail("NotRaw");
    });
  }

  /** Put back what was read raw. */
  *unread(bytes: Uint8Array): Thread<undefined | Failure<"NotRaw" | "Full">> {
    if (!this.#discipline.isRaw) return fail("NotRaw");
    if (!this.#discipline.untakeBytes(bytes)) return fail("Full");
    yield* this.#tell();
    return undefined;
  }

  /** Up to `most` bytes of the next line with its end; none: the end of input. Who waits here sleeps through ctrl-C. */
  *readText(most: number): Thread<Uint8Array | Failure<"Overrun" | "InUse" | "Raw">> {
    return yield* this.#reading(() => {
      if (this.#discipline.isRaw) return fail("Raw");
      let typed = this.#discipline.takeText(most);
      while (typed === "interrupt") typed = this.#discipline.takeText(most);
      return typed === "end" ? new Uint8Array(0) : (typed ?? null);
    });
  }

  *setMode(reader: number, raw: boolean): Thread<void> {
    this.#rawBy = raw ? reader : null;
    this.#discipline.setRaw(raw);
    yield* this.#tell();
    yield* this.#listen();
  }

  /** Ring `signal` when there is something to be read, now if there is. */
  *onReadable(reader: number, signal: seL4_CPtr<"Notification">): Thread<void> {
    yield* this.readable.watch(reader, signal);
    if (this.#overrun || !this.#discipline.isEmpty) yield* this.readable.ring();
  }

  /** Nothing of a dead client's stays: not its signal, and not the mode that it wanted. */
  *readerDied(reader: number): Thread<void> {
    if (this.#rawBy === reader) yield* this.setMode(reader, false);
    yield* this.interrupt.readerDied(reader);
    yield* this.readable.readerDied(reader);
  }

  /** Read as soon as `take` gives something; one caller at a time. */
  *#reading<T>(take: () => T | null): Thread<T | Failure<"Overrun" | "InUse">> {
    if (this.#isRead) return fail("InUse");
    this.#isRead = true;
    try {
      for (;;) {
        if (this.#overrun) {
          this.#overrun = false;
          return fail("Overrun");
        }
        const taken = take();
        if (taken !== null) {
          yield* this.#listen(); // there may be room for more
          return taken;
        }
        yield* this.#typed.wait();
      }
    } finally {
      this.#isRead = false;
    }
  }

  *#send(): Thread<void> {
    yield* this.#uart.send(this.#output.take(this.#uart.room));
    this.#sent.wake();
  }

  /** Take what was typed, as long as there is room for it. */
  *#receive(): Thread<void> {
    let isNew = false;
    while (this.#takesInput) {
      const { byte, overrun } = yield* this.#uart.receive();
      if (overrun) this.#overrun = true;
      isNew ||= overrun || byte !== null;
      if (byte === null) break;
      if (this.#discipline.type(byte) === "interrupt") yield* this.interrupt.ring();
    }
    if (isNew) yield* this.#tell();
  }

  /** Those who wait for something to be read look again, and who is to be told is told if there is something. */
  *#tell(): Thread<void> {
    this.#typed.wake();
    if (this.#overrun || !this.#discipline.isEmpty) yield* this.readable.ring();
  }

  get #takesInput(): boolean {
    return this.#discipline.hasRoom && this.#output.canEcho;
  }

  /** Have the device interrupt for what matters now. */
  *#listen(): Thread<void> {
    yield* this.#uart.interruptFor({ input: this.#takesInput, output: !this.#output.isEmpty });
  }
}
