/**
 * Callers that are kept waiting: handlers that have parked, each with the reply object that its caller waits by.
 *
 *     next ──park──▸ with its activity ──release──▸ free ──a park later──▸ next
 *
 * There are as many reply objects as callers can wait at a time, and one more: whoever parks takes the one by which he was
 * received, and leaves one for the next. Each client has its share of them, by all its sessions. A Send in place of a Call
 * parks as well, and who sends does not wait, so one client could take all.
 */
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Activity } from "./activity.js";
import type { Edge, SessionRecord } from "./session.js";

/** Those whom one server keeps waiting. */
export class Waiting {
  readonly #parked = new Set<Activity>();
  readonly #free: seL4_CPtr<"Reply">[];
  /** Callers of one client that can wait at a time. */
  readonly #share: number;
  #next: seL4_CPtr<"Reply">;

  /**
   * @param replies one for each caller that can wait at a time, and one more
   * @param clients how many have a share
   */
  constructor(replies: readonly seL4_CPtr<"Reply">[], clients: number) {
    const [first, ...others] = replies;
    if (first === undefined) throw new Error("a server needs a reply object");
    this.#next = first;
    this.#free = others;
    this.#share = Math.max(1, Math.floor(others.length / Math.max(1, clients)));
  }

  /** The reply object by which the next caller is received. */
  get next(): seL4_CPtr<"Reply"> {
    return this.#next;
  }

  /** Whether one more caller of this client can be kept waiting. */
  hasRoomFor(owner: Edge): boolean {
    if (this.#free.length === 0) return false;
    let waiting = 0;
    for (const { session } of this.#parked) if (session.owner === owner) waiting += 1;
    return waiting < this.#share;
  }

  /** Whoever was received by `next` waits. @throws Error when there was no room for him */
  park(activity: Activity): void {
    const next = this.#free.pop();
    if (next === undefined || activity.reply !== this.#next)
      throw new Error("only the one who was received last can park");
    this.#parked.add(activity);
    this.#next = next;
  }

  /**
   * He waits no longer, so his reply object can be used again; a thread whose fault was not answered stays stopped then.
   * Does nothing for who does not wait: a task, or somebody whose session has ended meanwhile.
   */
  release(activity: Activity): void {
    if (this.#parked.delete(activity)) this.#free.push(activity.reply);
  }

  /** Those who wait by a session. */
  by(session: SessionRecord): Activity[] {
    return [...this.#parked].filter((activity) => activity.session === session);
  }
}
