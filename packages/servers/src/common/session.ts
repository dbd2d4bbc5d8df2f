/**
 * Sessions: what a server keeps for a client, found by the badge of the capability that the client calls by.
 *
 * The kernel delivers the badge and nobody can forge it, so it is all that a server believes about a caller. There are
 * two kinds. The composition has given each client a capability with a badge of its own: its state is made at the first
 * call, and lasts as long as the client. Further ones are opened by operations and handed out in answers; they may be
 * handed on, count as their opener's, and end with it, or when they are closed. A session that was lent is the same as
 * another one, and an opener by itself: what is opened by it is its own and ends with it, and it ends with the other one.
 *
 *     badge  bits 51..0
 *     0x001                                   the supervisor
 *     0x002                                   nobody's: the server, as the opener of sessions of its own
 *     0x100 * offer + client                  what the composition has given, offers counted from 1, clients too
 *     2^51 + incarnation * 2^32 + serial      opened by an operation; with 2^31 more for one that hears raw messages
 *
 * A badge of the second kind is never used again while the server lives, nor by those that are started in its place,
 * so a send that is still pending, or a capability that somebody kept, meets no stranger's session: it is `Closed`. One
 * of the first kind is used again when a client is started anew. Its supervisor revokes and cancels before it does that.
 */
import type { AnyInterface } from "./define.js";
import type { Compiled } from "./protocol.js";
import { Raw } from "./raw.js";
import type { Window } from "./window.js";

/** The badge by which a supervisor tells a server that a client is dead. */
export const SUPERVISOR_BADGE = 1;
/** The label of that message; its one word is the client's badge. */
export const CLIENT_DIED = 0xfff;
/** No client's badge: a server that is told of this one's death has nothing to do but to answer. */
export const NOBODY = 0;
/** The badge by which a server is the opener of its own sessions. No capability has it. */
export const OWN_BADGE = 2;
/** Badges from here on are of sessions that operations have opened. */
const FIRST_OPENED = 2 ** 51;
/** Servers started in place of one another that can be told apart. */
const INCARNATIONS = 2 ** 19;
const SERIALS = 2 ** 32;
/** The bit by which the serial of a session that hears raw messages differs from those of others. */
const RAW_SERIAL = 2 ** 31;

/** The badge of client number `client` at offer number `offer`, both counted from 1. */
export function edgeBadge(offer: number, client: number): number {
  return offer * 0x100 + client;
}

/** A client to which the composition has given a capability to this server. */
export interface Edge {
  /** Its badge. */
  readonly badge: number;
  /** The offer that it may use, counted from 1. */
  readonly offer: number;
  /** Memory that it shares with the server; null when the plan gives none. */
  readonly window: Window | null;
}

/** A session, as its server holds it. */
export interface OpenSession<I extends AnyInterface> {
  readonly of: I;
  readonly badge: number;
  /** The client that it counts as: who has opened it, or who has lent that one the session by which it was opened. */
  readonly owner: Edge;
}

/** A session with what is found by it. */
export interface SessionRecord extends OpenSession<AnyInterface> {
  readonly state: unknown;
  /** Where its operations are carried out. */
  readonly dispatch: Dispatch;
  /** Whose it is: the badge of the client that has opened it, or of the lent session by which it was opened. */
  readonly account: number;
  /** The session that it is the same as; null when it was not lent. */
  readonly lentFrom: SessionRecord | null;
  /** It belongs to no answer: it was given by composition, or opened as `SessionOptions` say. */
  readonly detached: boolean;
  /** What is opened by it is its own. */
  readonly separate: boolean;
}

/** What is special about a session that an operation opens. */
export interface SessionOptions {
  /**
   * It does not go out with the answer, nor end with it: the component mints its capability for somebody itself, of
   * `ENDPOINT_SLOT` with the session's badge, and ends it. It is none of those that the caller may have open. A task
   * can open one as well: nobody's death ends it.
   */
  readonly detached?: boolean;
  /** What is opened by it is its own: it counts as of a client by itself, and ends with it. */
  readonly separate?: boolean;
}

/** A handler as it is kept: of the state and the arguments. It returns results or a Failure, or a generator that does. */
export type AnyHandler = (state: unknown, args: unknown) => unknown;

/** Handlers in the order of an interface's operations. */
export interface Dispatch {
  readonly of: AnyInterface;
  readonly operations: readonly Compiled[];
  readonly handlers: readonly AnyHandler[];
  /** Of a session that hears raw messages, whose one handler this is: whether it may park. */
  readonly waits?: boolean;
  /** Called when a session ends. */
  readonly closed: ((state: unknown) => unknown) | null;
}

/** All sessions of a server. */
export class Sessions {
  readonly #byBadge = new Map<number, SessionRecord>();
  /** By the badge of whose they are, in the order in which they were opened. */
  readonly #byAccount = new Map<number, Set<SessionRecord>>();
  readonly #firstBadge: number;
  readonly #mostPerClient: number;
  #serial = 0;

  constructor(incarnation: number, mostPerClient: number) {
    this.#firstBadge = FIRST_OPENED + (incarnation % INCARNATIONS) * SERIALS;
    this.#mostPerClient = mostPerClient;
  }

  find(badge: number): SessionRecord | undefined {
    return this.#byBadge.get(badge);
  }

  /** The session of a client of the composition. */
  admit(edge: Edge, dispatch: Dispatch, state: unknown): SessionRecord {
    const { badge } = edge;
    const identity = { of: dispatch.of, badge, owner: edge, account: badge, lentFrom: null };
    return this.#add({ ...identity, state, dispatch, detached: true, separate: true });
  }

  /** A session more, opened by `opener`; null when it has as many as it may, or badges have run out. */
  open(
    opener: SessionRecord,
    dispatch: Dispatch,
    state: unknown,
    { detached = false, separate = false }: SessionOptions,
  ): SessionRecord | null {
    if (!detached && !this.hasRoom(opener)) return null;
    const badge = this.#nextBadge(dispatch);
    if (badge === null) return null;
    const identity = { of: dispatch.of, badge, owner: opener.owner, account: accountOf(opener), lentFrom: null };
    return this.#add({ ...identity, state, dispatch, detached, separate });
  }

  /** The same as `session`, and an opener by itself; null as for `open`. */
  lend(session: SessionRecord): SessionRecord | null {
    if (!this.hasRoom(session)) return null;
    const badge = this.#nextBadge(session.dispatch);
    if (badge === null) return null;
    // What is kept is given back once, when the other one ends.
    const dispatch = { ...session.dispatch, closed: null };
    const identity = { badge, account: accountOf(session), lentFrom: session };
    return this.#add({ ...session, ...identity, dispatch, detached: false, separate: true });
  }

  /** Whether one more session may be opened by `opener`. */
  hasRoom(opener: SessionRecord): boolean {
    let open = 0;
    for (const { detached } of this.#byAccount.get(accountOf(opener)) ?? []) if (!detached) open += 1;
    return this.#serial < RAW_SERIAL && open < this.#mostPerClient;
  }

  /** All sessions of a client, or of a lent session, in the order in which they were opened. */
  of(account: number): SessionRecord[] {
    return [...(this.#byAccount.get(account) ?? [])];
  }

  /** What ends with a session: what is its own, and what was lent of it. */
  under(session: SessionRecord): SessionRecord[] {
    const lent = this.of(accountOf(session)).filter(({ lentFrom }) => lentFrom === session);
    return [...this.of(session.badge), ...lent];
  }

  remove(session: SessionRecord): void {
    this.#byBadge.delete(session.badge);
    const own = this.#byAccount.get(session.account);
    own?.delete(session);
    if (own?.size === 0) this.#byAccount.delete(session.account);
  }

  #nextBadge({ of }: Dispatch): number | null {
    if (this.#serial === RAW_SERIAL) return null;
    const badge = this.#firstBadge + this.#serial + (of === Raw ? RAW_SERIAL : 0);
    this.#serial += 1;
    return badge;
  }

  #add(session: SessionRecord): SessionRecord {
    const { badge, account } = session;
    this.#byBadge.set(badge, session);
    const own = this.#byAccount.get(account) ?? new Set();
    this.#byAccount.set(account, own.add(session));
    return session;
  }
}

/** Whose is what `opener` opens. */
function accountOf({ badge, account, separate }: SessionRecord): number {
  return separate ? badge : account;
}

/** Whether messages by this badge are heard as they are, by a session that was opened for that. */
export function isRaw(badge: number): boolean {
  return wasOpened(badge) && badge % SERIALS >= RAW_SERIAL;
}

/** Whether a session of this badge was opened by an operation, and so can be closed. */
export function wasOpened(badge: number): boolean {
  return badge >= FIRST_OPENED;
}
