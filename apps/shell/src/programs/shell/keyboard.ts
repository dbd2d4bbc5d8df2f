/**
 * The shell's side of the console's input: whose the keyboard is, and what is typed while it is the shell's.
 *
 *     ours (raw mode) ──give──▸ a program's (line mode, ctrl-C interrupts it) ──take──▸ ours
 *
 * While nothing else can happen the shell waits for keys in a call, and so hears when the console has died: one that was
 * started in its place is in line mode and has to be told everything again. While jobs run it waits for signals.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Client, type ConsoleInput, READ_BYTES } from "@tessera/servers";
import type { Bells } from "./bells.js";

/** Calls that may fail one after the other before the shell gives up. */
const ATTEMPTS = 10;
const CTRL_C = 0x03;

/** What is typed. */
export class Keyboard {
  readonly #input: Client<typeof ConsoleInput>;
  readonly #bells: Bells;
  #isOurs = false;
  /** Typed while a program had the keyboard, behind a ctrl-C. */
  #kept: Uint8Array = new Uint8Array(0);

  constructor(input: Client<typeof ConsoleInput>, bells: Bells) {
    this.#input = input;
    this.#bells = bells;
  }

  /**
   * What was typed, at least one byte. Can block.
   * @param meanwhile looks after what else has been signalled; @returns whether more can be signalled
   * @throws Error when the console is gone for good
   */
  *typed(meanwhile: () => Thread<boolean>): Thread<Uint8Array> {
    let error = "";
    if (!this.#isOurs) yield* this.take();
    for (let i = 0; i < ATTEMPTS; ) {
      const kept = this.#kept;
      this.#kept = new Uint8Array(0);
      if (kept.length > 0) return kept;
      const waits = yield* meanwhile();
      const read = yield* waits ? this.#input.take() : this.#input.read();
      if (read.error !== null) {
        error = read.error;
        i += 1;
        yield* this.take();
      } else if (read.bytes.length > 0) {
        return read.bytes;
      } else {
        yield* this.#bells.wait();
      }
    }
    throw new Error(`the console cannot be read: ${error}`);
  }

  /** It is ours. Can block. */
  *take(): Thread<void> {
    this.#isOurs = true;
    yield* this.#input.onInterrupt({ signal: this.#bells.signal("interrupt") });
    yield* this.#input.onReadable({ signal: this.#bells.signal("readable") });
    yield* this.#input.mode({ mode: "raw" });
  }

  /** It is a program's, and so is what was read of it and not used. Can block. */
  *give(unused: Uint8Array): Thread<void> {
    this.#isOurs = false;
    for (let end = unused.length; end > 0; end -= READ_BYTES) {
      yield* this.#input.unread({ bytes: unused.subarray(Math.max(0, end - READ_BYTES), end) });
    }
    // While it was ours nobody was to be interrupted; a ctrl-C of before that was for what runs no more.
    yield* this.#bells.forget("interrupt");
    yield* this.#input.mode({ mode: "line" });
  }

  /** It is ours after ctrl-C has ended a program: what was typed in front of that is forgotten. Can block. */
  *takeInterrupted(): Thread<void> {
    yield* this.take();
    const read = yield* this.#input.take();
    if (read.error === null) this.#kept = read.bytes.subarray(read.bytes.lastIndexOf(CTRL_C) + 1);
  }
}
