/**
 * Signals to a component: interrupts, and what others tell it without waiting. All arrive by the notification that is
 * bound to its thread, so that a server can wait for calls and signals at once; who offers nothing waits for signals
 * alone. Each source has one bit of the notification's word, beside one bit that no client's badge has.
 *
 * Several signals of one source become one. A handler therefore looks at what it was told about, and does not count.
 * seL4 manual, "Notifications" (badges are ORed; bound notifications).
 */
import { cspace_mint } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapRights_new, type seL4_CPtr, seL4_Wait } from "@tessera/libsel4";
import { finish } from "./activity.js";
import type { Belongings } from "./client.js";

/** The bit by which the badge of a signal differs from those of all clients. */
export const SIGNAL_BADGE = 2 ** 52;
/** Sources that one component can tell apart. */
export const MAX_SIGNALS = 48;

/** What is done about a signal. It cannot park: nobody waits for its answer. */
export type SignalHandler = () => Thread<void> | void;

/** The badge of source number `source`. */
export function signalBadge(source: number): number {
  return SIGNAL_BADGE + 2 ** source;
}

/** The sources of a component's signals. */
export class Signals {
  readonly #notification: seL4_CPtr<"Notification">;
  readonly #belongings: Belongings;
  readonly #handlers: (SignalHandler | null)[];

  /**
   * @param notification the one bound to this thread, 0 when it has none
   * @param given sources that the composition has connected: interrupts, numbered from 0
   */
  constructor(notification: seL4_CPtr<"Notification">, belongings: Belongings, given: number) {
    this.#notification = notification;
    this.#belongings = belongings;
    this.#handlers = new Array(given).fill(null);
  }

  /** What is done about source number `source`, which the composition has connected. */
  on(source: number, handler: SignalHandler): void {
    this.#handlers[source] = handler;
  }

  /**
   * A source of its own: a capability by which whoever has it can signal this component, and nothing else.
   * @returns the capability, to be passed on; the program keeps it
   * @throws Error when the program has no notification, or no slot or source is left
   */
  *source(handler: SignalHandler): Thread<seL4_CPtr<"Notification">> {
    this.#check();
    if (this.#handlers.length === MAX_SIGNALS)
      throw new Error(`a component has at most ${MAX_SIGNALS} sources of signals`);
    const { slots } = this.#belongings;
    const slot = yield* slots.take();
    if (slot === 0) throw new Error("no slot is left for a source of signals");
    const { cspace } = slots;
    const rights = seL4_CapRights_new(0, 0, 0, 1);
    const badge = signalBadge(this.#handlers.length);
    const error = yield* cspace_mint(cspace, slot, cspace, this.#notification, rights, badge);
    if (error !== 0) throw new Error(`a source of signals cannot be minted: error ${error}`);
    this.#handlers.push(handler);
    return slot;
  }

  /** Serve signals alone, for ever: the loop of a driver that offers nothing. Can block. */
  *run(): Thread<never> {
    for (;;) yield* this.next();
  }

  /**
   * Wait until there is at least one signal that has a handler, and call those of all that there are. Can block.
   * @throws Error when the program has no notification, or has forgotten the `yield*` of a call
   */
  *next(): Thread<void> {
    this.#check();
    this.#belongings.calls.checkAllBegun();
    // Without a handler are signals to whoever ran in this one's place before, and interrupts that nobody asked for.
    while (!(yield* this.dispatch((yield* seL4_Wait(this.#notification)).badge)));
  }

  /** Call the handlers of all sources that `badge` names, in the order of their numbers. @returns false: there is none */
  *dispatch(badge: number): Thread<boolean> {
    let left = badge - SIGNAL_BADGE;
    let any = false;
    for (let source = 0; left >= 1; source++, left = Math.floor(left / 2)) {
      if (left % 2 === 0) continue;
      const handler = this.#handlers[source];
      if (handler === null || handler === undefined) continue;
      any = true;
      yield* finish(handler());
    }
    return any;
  }

  #check(): void {
    if (this.#notification !== 0) return;
    throw new Error(
      "this program hears no signals: components with offers or devices do, and component(name, { signals: true, … })",
    );
  }
}
