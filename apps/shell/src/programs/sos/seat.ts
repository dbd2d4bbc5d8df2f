/**
 * A console for a system that has no terminal of its own: a file that it reads and writes, and a seat in front of it.
 *
 *     nobody sits there   of what is written the end is kept, and nobody waits for that; nothing is typed
 *     somebody does       what was kept and what is written goes to their output, what their input gives to who reads
 *
 * From an input is taken what somebody wants to read, and not before, so that whoever stands up leaves the rest where it
 * was. Both files are the sitter's: calls to them are made by callers, and the system at the console waits for neither.
 */
import {
  CHUNK,
  type Client,
  type Condition,
  component,
  DEVICE,
  type Failure,
  File,
  fail,
  type Handlers,
  PLAIN_FILE,
  type Self,
} from "@tessera/servers";
import { Seat, Seated } from "./interface.js";

/** One that reads what is typed, one that writes. */
const CALLERS = 2;
/** Reads and writes of the console that can wait. */
const WAITING = 32;
/** Bytes of what was written that are kept while nobody sees them. */
const KEPT_BYTES = 8192;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The component. It needs nothing: what it reads and writes, who sits down there brings along. */
export const seat = component("seat", {
  offers: { console: File, seat: Seat },
  callers: CALLERS,
  waiting: WAITING,
  *main({ console, seat, self }) {
    const place = new Place(self);
    console.on(() => null, place.consoleHandlers());
    const seated = place.seatedHandlers();
    self.task(place.show());
    yield* seat.serve(() => null, {
      *sit(_, { output, at }) {
        if (place.sitter !== null) {
          yield* output.forget();
          return fail("Taken");
        }
        const sitter: Sitter = { output, at, input: null, left: "Unseen" };
        const session = seat.session(Seated, sitter, seated, (ended) => place.standUp(ended));
        place.sitDown(sitter);
        return { seated: session };
      },
    });
  },
});

/** Who sits there. */
interface Sitter {
  readonly output: Client<typeof File>;
  /** Where the next write goes. */
  at: number;
  /** What is typed comes from there; null: nothing is typed. */
  input: Client<typeof File> | null;
  /** Why they do not sit there any more, if their output takes nothing. */
  left: "Unseen" | "BrokenPipe";
}

/** The console and the seat in front of it. */
class Place {
  sitter: Sitter | null = null;
  readonly #self: Self;
  /** Typed, and not read yet. */
  #typed = NO_BYTES;
  /** Reads that wait for something to be typed. */
  #readers = 0;
  /** Written, and not seen yet. */
  #written = NO_BYTES;
  /** Some of it is on its way to the sitter. */
  #isShowing = false;
  /** Woken when any of this has changed. */
  readonly #changed: Condition;

  constructor(self: Self) {
    this.#self = self;
    this.#changed = self.condition();
  }

  sitDown(sitter: Sitter): void {
    this.sitter = sitter;
    this.#changed.wake();
  }

  /** The sitter's session has ended. */
  *standUp(sitter: Sitter) {
    if (this.sitter === sitter) this.sitter = null;
    yield* sitter.output.forget();
    if (sitter.input !== null) yield* sitter.input.forget();
    this.#changed.wake();
  }

  /** Show what is written to whoever sits there, for ever. */
  *show(): Generator<void, void, void> {
    for (;;) {
      const { sitter } = this;
      if (sitter === null || this.#written.length === 0) {
        yield* this.#changed.wait();
        continue;
      }
      const data = this.#written.subarray(0, CHUNK);
      this.#written = this.#written.subarray(data.length);
      this.#isShowing = true;
      const answer = yield* this.#self.parking(sitter.output).write({ offset: sitter.at, data });
      this.#isShowing = false;
      if (answer.error === null) {
        sitter.at += answer.written;
        // What a nearly full disk has not taken is shown next, or refused then.
        if (answer.written < data.length) this.#written = joined(data.subarray(answer.written), this.#written);
      } else this.#notSeen(sitter, data, answer.error === "BrokenPipe");
      this.#changed.wake();
    }
  }

  /** The sitter's output takes nothing: nobody sits there any more, and the next one sees what this one has not. */
  #notSeen(sitter: Sitter, data: Uint8Array, isBroken: boolean): void {
    if (isBroken) sitter.left = "BrokenPipe";
    if (this.sitter === sitter) this.sitter = null;
    this.#written = joined(data, this.#written);
  }

  /** What the system at the console can ask. */
  consoleHandlers(): Handlers<typeof File, null> {
    const place = this;
    return {
      ...PLAIN_FILE,
      *read(_, { length }) {
        if (length === 0) return { data: NO_BYTES };
        place.#readers += 1;
        place.#changed.wake();
        try {
          while (place.#typed.length === 0) yield* place.#changed.wait();
        } finally {
          place.#readers -= 1;
        }
        const data = place.#typed.subarray(0, Math.min(length, CHUNK));
        place.#typed = place.#typed.subarray(data.length);
        return { data };
      },
      *write(_, { data }) {
        while (place.sitter !== null && place.#written.length + data.length > KEPT_BYTES) yield* place.#changed.wait();
        place.#written = joined(place.#written, data);
        place.#changed.wake();
        return { written: data.length };
      },
      truncate() {},
      stat: () => DEVICE,
    };
  }

  /** What the sitter can ask. */
  seatedHandlers(): Handlers<typeof Seated, Sitter> {
    const place = this;
    return {
      *type(sitter, { input }): Generator<void, Failure<"IO" | "Unseen" | "BrokenPipe" | "Busy"> | undefined, void> {
        if (sitter.input !== null) {
          yield* input.forget();
          return fail("Busy");
        }
        sitter.input = input;
        for (let offset = 0; ; ) {
          while (place.#isBusy && place.sitter === sitter) yield* place.#changed.wait();
          if (place.sitter !== sitter) return fail(sitter.left);
          const read = yield* place.#self.parking(input).read({ offset, length: CHUNK });
          if (read.error !== null) return fail("IO");
          if (read.data.length === 0) return undefined;
          offset += read.data.length;
          place.#typed = read.data;
          place.#changed.wake();
        }
      },
    };
  }

  /** Whether something is still to come of what was typed: it is not read, nobody wants more, or its outcome is not shown. */
  get #isBusy(): boolean {
    return this.#readers === 0 || this.#typed.length > 0 || this.#written.length > 0 || this.#isShowing;
  }
}

/** One behind the other, as far as it is kept: the end of it. */
function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all.subarray(Math.max(0, all.length - KEPT_BYTES));
}
