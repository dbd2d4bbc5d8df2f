/**
 * The clients of a server: those to whom composition has given a capability to it, by badge; the offer that each may use,
 * and who carries out what is asked by it. The session of a client is made when it calls for the first time.
 */
import type { AnyInterface, Field } from "./define.js";
import { Malformed } from "./field.js";
import { type Dispatch, type Edge, type SessionRecord, type Sessions, wasOpened } from "./session.js";

/** How an offer is served. */
export interface Route {
  /** Makes what is found by the badge of a client that calls for the first time. */
  readonly admit: (edge: Edge) => unknown;
  readonly dispatch: Dispatch;
}

/** Thrown where a session has arrived that has ended. */
export class Ended extends Error {}

/** The clients of one server. */
export class Clients {
  readonly #offers: readonly string[];
  readonly #sessions: Sessions;
  readonly #edges: ReadonlyMap<number, Edge>;
  /** By offer number. */
  readonly #routes = new Map<number, Route>();

  /** @param offers by the names of their handles, in the order of their numbers */
  constructor(offers: readonly string[], edges: readonly Edge[], sessions: Sessions) {
    this.#offers = offers;
    this.#sessions = sessions;
    this.#edges = new Map(edges.map((edge) => [edge.badge, edge]));
  }

  /** Offer number `offer` is served so from now on. */
  route(offer: number, route: Route): void {
    this.#routes.set(offer, route);
  }

  /** @throws Error when an offer is not served */
  checkRoutes(): void {
    for (const [i, name] of this.#offers.entries()) {
      if (this.#routes.has(i + 1)) continue;
      throw new Error(`its offer "${name}" has no handlers: ${name}.on(…) before it serves, or ${name}.serve(…)`);
    }
  }

  /** How many there are at offer number `offer`. */
  count(offer: number): number {
    return [...this.#edges.values()].filter((edge) => edge.offer === offer).length;
  }

  find(badge: number): Edge | undefined {
    return this.#edges.get(badge);
  }

  routeOf(edge: Edge | undefined): Route | undefined {
    return edge === undefined ? undefined : this.#routes.get(edge.offer);
  }

  /** The session of a client that calls for the first time. */
  admit(edge: Edge): SessionRecord {
    const route = this.routeOf(edge);
    if (route === undefined) throw new Error("an offer without handlers has no sessions");
    return this.#sessions.admit(edge, route.dispatch, route.admit(edge));
  }

  /**
   * What is kept for a session that was handed back, by a client of the interface `of`. It can be one that composition has
   * given to somebody who has not called yet.
   * @throws Ended, Malformed
   */
  stateOf(field: Field, badge: number, of: AnyInterface): unknown {
    const edge = this.#edges.get(badge);
    const known = this.#sessions.find(badge);
    const session = known === undefined && edge !== undefined && this.routeOf(edge) ? this.admit(edge) : known;
    if (session === undefined && wasOpened(badge)) throw new Ended();
    if (session === undefined || field.carries !== "own" || session.of !== (field.of ?? of)) {
      throw new Malformed(`the session that has arrived is no ${field.text}`);
    }
    return session.state;
  }
}
