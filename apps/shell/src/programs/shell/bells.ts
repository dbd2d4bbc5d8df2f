/**
 * What the shell is told by signals: that something was typed, that a process has ended, that ctrl-C was typed while the
 * terminal was a program's. A signal says that it is so, and not how often.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Self } from "@tessera/servers";

/** The three, and how to wait for them. */
export class Bells {
  /** To be handed to those who ring. */
  readonly readable: seL4_CPtr<"Notification">;
  readonly ended: seL4_CPtr<"Notification">;
  readonly interrupt: seL4_CPtr<"Notification">;
  readonly #self: Pick<Self, "signalled">;
  readonly #rung: Set<string>;

  private constructor(
    self: Pick<Self, "signalled">,
    rung: Set<string>,
    [readable, ended, interrupt]: readonly number[],
  ) {
    this.#self = self;
    this.#rung = rung;
    this.readable = readable as number;
    this.ended = ended as number;
    this.interrupt = interrupt as number;
  }

  /** Takes three of the component's slots. */
  static *by(self: Pick<Self, "signal" | "signalled">): Thread<Bells> {
    const rung = new Set<string>();
    const bells: number[] = [];
    for (const name of ["readable", "ended", "interrupt"]) bells.push(yield* self.signal(() => void rung.add(name)));
    return new Bells(self, rung, bells);
  }

  /** Wait until at least one of them has rung. Can block: that is what it is for. */
  *wait(): Thread<void> {
    yield* this.#self.signalled();
  }

  /** Whether one of them has rung since it was asked last. */
  has(name: "readable" | "ended" | "interrupt"): boolean {
    return this.#rung.delete(name);
  }
}
