/**
 * Ends of sessions: their client closes them or is dead, or their server ends them. Nobody who waits by one is answered
 * by its handler any more: that goes on to its `finally` blocks only, and the caller is told `Closed`, if there still is
 * one. What was lent of it, and what was opened by it if it was lent itself, ends as well. Then what was kept is given back
 * by the `closed` that the session was opened with.
 *
 * Either may make calls and end other sessions.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_Send } from "@tessera/libsel4";
import { type Agenda, drop, finish } from "./activity.js";
import { systemLabel } from "./answer.js";
import { wordless } from "./protocol.js";
import { Raw } from "./raw.js";
import { type SessionRecord, type Sessions, wasOpened } from "./session.js";
import type { Waiting } from "./waiting.js";

/** Ends the sessions of one server. */
export class Endings {
  readonly #agenda: Agenda;
  readonly #sessions: Sessions;
  readonly #waiting: Waiting;

  constructor(agenda: Agenda, sessions: Sessions, waiting: Waiting) {
    this.#agenda = agenda;
    this.#sessions = sessions;
    this.#waiting = waiting;
  }

  /** End a session. Without effect when it has ended: the end of another one may have been its own. */
  *end(session: SessionRecord): Thread<void> {
    if (this.#sessions.find(session.badge) !== session) return;
    this.#sessions.remove(session);
    for (const activity of this.#waiting.by(session)) {
      // It ends its own session: it goes on, and is answered by what it returns.
      if (activity === this.#agenda.running) continue;
      yield* drop(this.#agenda, activity);
      if (session.of !== Raw) yield* seL4_Send(activity.reply, wordless(systemLabel("Closed")));
      this.#waiting.release(activity);
    }
    for (const other of this.#sessions.under(session)) yield* this.end(other);
    const { closed } = session.dispatch;
    if (closed !== null) yield* finish(closed(session.state));
  }

  /** End the session of this badge, if an operation has opened one. */
  *close(badge: number): Thread<void> {
    const session = wasOpened(badge) ? this.#sessions.find(badge) : undefined;
    if (session !== undefined) yield* this.end(session);
  }

  /** End all sessions of a client, and what was opened by those that he has lent. @param owner his badge */
  *endAll(owner: number): Thread<void> {
    for (const session of this.#sessions.of(owner)) yield* this.end(session);
  }
}
