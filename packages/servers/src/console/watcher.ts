/**
 * Who is told of something by a signal: the last who has asked. The signal is rung without waiting, since what was passed
 * for a notification may be an endpoint at which nobody listens.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_MessageInfo_new, seL4_NBSend } from "@tessera/libsel4";
import type { Self } from "../common/handles.js";

/** One thing that a reader can be told of. */
export class Watcher {
  readonly #self: Pick<Self, "drop">;
  #told: { readonly reader: number; readonly signal: seL4_CPtr<"Notification"> } | null = null;

  constructor(self: Pick<Self, "drop">) {
    this.#self = self;
  }

  /** From now on `signal` is rung, and no other. */
  *watch(reader: number, signal: seL4_CPtr<"Notification">): Thread<void> {
    const before = this.#told;
    this.#told = { reader, signal };
    if (before !== null) yield* this.#self.drop(before.signal);
  }

  /** It has happened. Cannot block. */
  *ring(): Thread<void> {
    if (this.#told !== null) yield* seL4_NBSend(this.#told.signal, seL4_MessageInfo_new(0, 0, 0, 0));
  }

  /** Nothing of a dead reader's stays. */
  *readerDied(reader: number): Thread<void> {
    if (this.#told?.reader !== reader) return;
    const { signal } = this.#told;
    this.#told = null;
    yield* this.#self.drop(signal);
  }
}
