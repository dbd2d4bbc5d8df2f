/**
 * What the shell is told by signals: that something was typed, that a process has ended, that ctrl-C was typed while the
 * terminal was a program's, that it is time to look whether its processes are there still. A signal says that it is so, and
 * not how often.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_Signal } from "@tessera/libsel4";
import type { Self } from "@tessera/servers";

const NAMES = ["readable", "ended", "interrupt", "check"] as const;

/** What the shell can be told. */
type Bell = (typeof NAMES)[number];

/** The four, and how to wait for them. */
export class Bells {
  readonly #self: Pick<Self, "signalled">;
  readonly #rung: Set<Bell>;
  readonly #signals: ReadonlyMap<Bell, seL4_CPtr<"Notification">>;

  private constructor(self: Pick<Self, "signalled">, rung: Set<Bell>, signals: ReadonlyMap<Bell, seL4_CPtr>) {
    this.#self = self;
    this.#rung = rung;
    this.#signals = signals;
  }

  /** Takes four of the component's slots. */
  static *by(self: Pick<Self, "signal" | "signalled">): Thread<Bells> {
    const rung = new Set<Bell>();
    const signals = new Map<Bell, seL4_CPtr<"Notification">>();
    for (const name of NAMES) signals.set(name, yield* self.signal(() => void rung.add(name)));
    return new Bells(self, rung, signals);
  }

  /** The capability by which one of them is rung, to be handed to who is to ring it. */
  signal(name: Bell): seL4_CPtr<"Notification"> {
    return this.#signals.get(name) as seL4_CPtr<"Notification">;
  }

  /** Wait until at least one of them has rung. Can block: that is what it is for. */
  *wait(): Thread<void> {
    yield* this.#self.signalled();
  }

  /** Whether one of them has rung since it was asked last. */
  has(name: Bell): boolean {
    return this.#rung.delete(name);
  }

  /** Forget that one of them has rung, also if nobody has heard it yet. Cannot block. */
  *forget(name: Bell): Thread<void> {
    // What was signalled is there to be heard, and with this there is something in any case.
    yield* seL4_Signal(this.signal("readable"));
    yield* this.wait();
    this.#rung.delete(name);
  }
}
