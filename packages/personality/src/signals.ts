/**
 * Signals: who can signal whom. A server that takes a notification, by its own operations or those of sessions that it
 * opens, signals the client that gives it one; so these edges lead from servers to clients, against the calls.
 *
 * A signal says that something is so, carries nothing, and nobody waits for it. What more a server could do with what its
 * client hands it is a question of reach (reach.ts).
 */
import type { Plan } from "@tessera/servers";

/** That a component can signal another one. */
export interface SignalEdge {
  readonly from: string;
  readonly to: string;
  /** The need by which `to` asks for it. */
  readonly need: string;
}

/** Who can signal whom, in the plan's order of those who are signalled. */
export function planSignals({ components }: Plan): SignalEdge[] {
  return components.flatMap(({ name: to, slots }) => {
    if (!slots.some(({ what }) => what === "notification")) return [];
    return slots.flatMap((slot) => {
      if (slot.what !== "calls") return [];
      const offers = components.find(({ name }) => name === slot.server)?.offers ?? [];
      const signals = offers.some(({ offer, signals }) => offer === slot.offer && signals === true);
      return signals ? [{ from: slot.server, to, need: slot.need }] : [];
    });
  });
}
