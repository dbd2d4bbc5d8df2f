/**
 * A driver: a thread of a world that does what the test tells it to, while the test itself is no program.
 *
 * One of the world's programs calls `obey`; from then on the test passes it generators with `perform`, each of which runs
 * as a piece of that program, with its capabilities. In between the thread yields; it should have the lowest priority of
 * all, so that everybody else is at rest before it is asked again.
 */
import type { Machine, RunLimit } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_Yield } from "@tessera/libsel4";

/** Enough for whatever a test asks for; an act that takes longer is stopped here. */
const ACT_LIMIT: RunLimit = { events: 100_000 };

interface Act {
  readonly main: () => Thread<unknown>;
  outcome: { readonly value: unknown } | { readonly error: unknown } | null;
}

/** A thread of a world that does what the test tells it to. */
export class Driver {
  #act: Act | null = null;
  #isObeying = false;
  #isDismissed = false;

  /** A program is in `obey`. */
  get isObeying(): boolean {
    return this.#isObeying;
  }

  /** Do what the test passes, until it dismisses this thread. To be called by a program of the world. */
  *obey(): Thread<void> {
    this.#isObeying = true;
    while (!this.#isDismissed) {
      if (this.#act !== null && this.#act.outcome === null) yield* this.#do(this.#act);
      yield* seL4_Yield();
    }
    this.#isObeying = false;
  }

  /**
   * Have the thread do `main`, and run the machine until it has.
   * @returns what `main` returned
   * @throws what `main` threw; Error when nobody obeys, or `main` did not end within the limit
   */
  perform<R>(machine: Machine, main: () => Thread<R>, limit: RunLimit = ACT_LIMIT): R {
    if (!this.#isObeying) throw new Error("nobody obeys: no program of this world is in obey()");
    const act: Act = { main, outcome: null };
    this.#act = act;
    const stop = machine.run({ ...limit, until: () => act.outcome !== null });
    if (act.outcome === null)
      throw new Error(`what was to be performed did not end; the machine stopped: ${stop.message}`);
    if ("error" in act.outcome) throw act.outcome.error;
    return act.outcome.value as R;
  }

  /** `obey` returns when the machine runs again. */
  dismiss(): void {
    this.#isDismissed = true;
  }

  *#do(act: Act): Thread<void> {
    try {
      act.outcome = { value: yield* act.main() };
    } catch (error) {
      act.outcome = { error };
    }
  }
}
