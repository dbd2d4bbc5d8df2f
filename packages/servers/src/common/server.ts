/**
 * The loop of a server: receive, find the session by the badge, have it carried out (execution.ts), answer.
 *
 *     Recv ──call──▸ handler ──returns──▸ ReplyRecv
 *       ▴               └──parks──▸ its reply object is kept; Recv with another one
 *       └──signal──▸ handlers of signals ──wake──▸ parked handlers go on and answer by their own reply objects
 *
 * When nobody more can be kept waiting (waiting.ts), operations that may park are refused (`Busy`) before their handler
 * begins, and all others are served on. A message that is not what its operation declares is answered with `Malformed` and
 * has no other effect. A handler that throws ends the program: what a server knows after that is not to be trusted, and
 * its supervisor starts it anew.
 *
 * Sources: seL4 manual, "IPC" (ReplyRecv, reply objects, badges); the course's lecture on sessions.
 */
import type { Syscall, Thread } from "@tessera/hal-sim/isa";
import {
  type Received,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_t,
  seL4_Recv,
  seL4_ReplyRecv,
} from "@tessera/libsel4";
import { Agenda, addTask } from "./activity.js";
import { OK, type SystemError, systemLabel } from "./answer.js";
import { arrived, type Belongings } from "./client.js";
import { Clients, Ended } from "./clients.js";
import type { AnyInterface } from "./define.js";
import { Endings } from "./endings.js";
import { Execution, type Served } from "./execution.js";
import { Malformed } from "./field.js";
import { Minting } from "./minting.js";
import {
  broughtCapability,
  CLOSE,
  type Layout,
  LEND,
  takeCapabilities,
  takeWords,
  type Values,
  wordless,
} from "./protocol.js";
import { HEARD, HEARD_WAITING, Raw } from "./raw.js";
import {
  CLIENT_DIED,
  type Dispatch,
  type Edge,
  isRaw,
  type SessionOptions,
  type SessionRecord,
  Sessions,
  SUPERVISOR_BADGE,
  wasOpened,
} from "./session.js";
import { SIGNAL_BADGE, type Signals } from "./signals.js";
import type { Slots } from "./slots.js";
import { Waiting } from "./waiting.js";

/** What a server is made of, as its environment says. */
export interface ServerParts {
  readonly endpoint: seL4_CPtr<"Endpoint">;
  /** What it offers, by the names of its handles, in the order of their numbers. */
  readonly offers: readonly string[];
  /** One for each caller that can wait at a time, and one more. */
  readonly replies: readonly seL4_CPtr<"Reply">[];
  /** How many servers were started in this one's place before it. */
  readonly incarnation: number;
  /** It runs on its callers' time, which an answer gives back. */
  readonly passive: boolean;
  readonly edges: readonly Edge[];
}

/** Sessions that a client may have open at a time, beside the one that it was given. */
const SESSIONS_PER_CLIENT = 64;

/** A server: its sessions, its handlers under way, its loop. */
export class Server {
  readonly agenda = new Agenda();
  readonly #endpoint: seL4_CPtr<"Endpoint">;
  readonly #belongings: Belongings;
  readonly #slots: Slots;
  readonly #signals: Signals;
  readonly #sessions: Sessions;
  readonly #clients: Clients;
  readonly #waiting: Waiting;
  readonly #endings: Endings;
  readonly #execution: Execution;
  #receivesCapabilities = false;

  constructor(parts: ServerParts, belongings: Belongings, signals: Signals) {
    this.#endpoint = parts.endpoint;
    this.#belongings = belongings;
    this.#slots = belongings.slots;
    this.#signals = signals;
    this.#sessions = new Sessions(parts.incarnation, SESSIONS_PER_CLIENT);
    this.#clients = new Clients(parts.offers, parts.edges, this.#sessions);
    this.#waiting = new Waiting(parts.replies, parts.edges.length);
    this.#endings = new Endings(this.agenda, this.#sessions, this.#waiting);
    this.#execution = new Execution({
      agenda: this.agenda,
      sessions: this.#sessions,
      waiting: this.#waiting,
      endings: this.#endings,
      minting: new Minting(parts.endpoint, belongings.slots),
      passive: parts.passive,
    });
  }

  /** How many clients the composition has given offer number `offer`. */
  clientsOf(offer: number): number {
    return this.#clients.count(offer);
  }

  /** Offer number `offer` is served by `dispatch` from now on. */
  route(offer: number, admit: (edge: Edge) => unknown, dispatch: Dispatch): void {
    this.#takeOn(dispatch);
    this.#clients.route(offer, { admit, dispatch });
  }

  /**
   * A further session for whoever is being served.
   * @throws Error outside of handlers; what ends the handler, when its caller has as many as he may: he is answered `Busy`
   */
  open(dispatch: Dispatch, state: unknown, options: SessionOptions = {}): SessionRecord {
    this.#takeOn(dispatch);
    return this.#execution.open(dispatch, state, options);
  }

  /** Whether `open` would open a session. */
  hasRoom(): boolean {
    return this.#execution.hasRoom();
  }

  /** End a session that was opened: who still has its capability is answered `Closed`. */
  close(badge: number): Thread<void> {
    return this.#endings.close(badge);
  }

  /** Have `work` carried out beside the calls, from the next time on that no handler runs. */
  task(work: Thread<void>): void {
    addTask(this.agenda, work);
  }

  /** Serve for ever. Can block: that is what it is for. */
  *run(): Thread<never> {
    this.#clients.checkRoutes();
    let answer: seL4_MessageInfo_t | null = null;
    yield* this.#execution.goOn();
    for (;;) {
      this.#belongings.calls.checkAllBegun();
      // In a CSpace of one level this makes no system call, so the answer's words stay staged.
      if (this.#receivesCapabilities && !this.#slots.isArmed) yield* this.#slots.arm();
      const { info, badge }: Received = yield* this.#receive(answer);
      const served: Served = badge >= SIGNAL_BADGE ? this.#hearSignal(badge) : this.#serve(info, badge);
      answer = served instanceof seL4_MessageInfo_t ? served : yield* served;
      if (this.agenda.ready.length > 0) {
        yield* this.#execution.goOn(answer);
        answer = null;
      }
    }
  }

  /** Wait for the next message; send the answer to the one before, if there is one to be sent. */
  #receive(answer: seL4_MessageInfo_t | null): Syscall<Received> {
    if (answer === null) return seL4_Recv(this.#endpoint, this.#waiting.next);
    return seL4_ReplyRecv(this.#endpoint, answer, this.#waiting.next);
  }

  *#hearSignal(badge: number): Thread<null> {
    yield* this.#signals.dispatch(badge);
    return null;
  }

  /** One call. */
  #serve(info: seL4_MessageInfo_t, badge: number): Served {
    const found = this.#sessions.find(badge);
    const owner = found === undefined ? this.#clients.find(badge) : found.owner;
    const dispatch = found === undefined ? this.#clients.routeOf(owner)?.dispatch : found.dispatch;
    if (owner === undefined || dispatch === undefined) return this.#serveStranger(info, badge);
    if (dispatch.of === Raw) return this.#hear(info, found);
    const compiled = dispatch.operations[info.label - 1];
    if (compiled === undefined) return this.#closeOrLend(info, badge, owner);
    if (compiled.operation.waits && !this.#waiting.hasRoomFor(owner)) return this.#refuse(info, "Busy");
    if (compiled.args.delivered !== null && !this.#slots.isArmed) return this.#refuse(info, "Busy");
    const args = this.#take(dispatch.of, compiled.args, info);
    if (typeof args === "string") return this.#refuse(info, args);

    // Handed back to the server, its session may have been made meanwhile.
    const session = found ?? this.#sessions.find(badge) ?? this.#clients.admit(owner);
    return this.#execution.call(session, compiled, args);
  }

  /** Who has no session: the supervisor, or somebody whose session has ended. */
  *#serveStranger(info: seL4_MessageInfo_t, badge: number): Thread<seL4_MessageInfo_t | null> {
    if (isRaw(badge)) return yield* this.#hear(info, undefined);
    if (badge !== SUPERVISOR_BADGE || info.label !== CLIENT_DIED) return yield* this.#refuse(info, "Closed");
    yield* this.#endings.endAll(seL4_GetMR(0));
    return wordless(OK);
  }

  /** A label of no operation: the end of the session, if it is one that was opened, or it is lent. */
  *#closeOrLend(info: seL4_MessageInfo_t, badge: number, owner: Edge): Thread<seL4_MessageInfo_t | null> {
    if (info.label === LEND && info.length === 0 && info.extraCaps === 0) {
      return yield* this.#lend(this.#sessions.find(badge) ?? this.#clients.admit(owner));
    }
    if (info.label !== CLOSE || !wasOpened(badge)) return yield* this.#refuse(info, "Malformed");
    yield* this.close(badge);
    return wordless(OK);
  }

  *#lend(session: SessionRecord): Thread<seL4_MessageInfo_t | null> {
    // Who has no slots can mint no capability.
    const lent = this.#slots.hasAny ? this.#sessions.lend(session) : null;
    if (lent === null) return wordless(systemLabel("Busy"));
    return yield* this.#execution.lend(session, lent);
  }

  /** A message as it is. By a session that has ended: nobody hears it, and nobody answers. */
  *#hear(info: seL4_MessageInfo_t, session: SessionRecord | undefined): Thread<seL4_MessageInfo_t | null> {
    if (broughtCapability(info)) return yield* this.#refuse(info, "Malformed");
    if (session === undefined) return null;
    const { waits = false } = session.dispatch;
    // Without room to wait in, a fault is answered, and so raised again.
    if (waits && !this.#waiting.hasRoomFor(session.owner)) return wordless(OK);
    return yield* this.#execution.hear(session, waits ? HEARD_WAITING : HEARD, info);
  }

  #take(of: AnyInterface, layout: Layout, info: seL4_MessageInfo_t): Values | "Malformed" | "Closed" {
    const args = {};
    try {
      takeWords(layout, info, args);
      if (layout.capabilities.length > 0) this.#takeCapabilities(of, layout, info, args);
    } catch (error) {
      if (error instanceof Ended) return "Closed";
      if (error instanceof Malformed) return "Malformed";
      throw error;
    }
    return args;
  }

  #takeCapabilities(of: AnyInterface, layout: Layout, info: seL4_MessageInfo_t, args: Record<string, unknown>): void {
    takeCapabilities(
      layout,
      info,
      args,
      (field) => arrived(field, of, this.#slots.keep(), this.#belongings),
      (field, badge) => this.#clients.stateOf(field, badge, of),
    );
  }

  *#refuse(info: seL4_MessageInfo_t, error: SystemError): Thread<seL4_MessageInfo_t> {
    // Also where no operation takes one: a slot may be armed for the answer of a call that this server makes itself.
    if (broughtCapability(info)) yield* this.#slots.refuse();
    return wordless(systemLabel(error));
  }

  /** It will be asked by these operations. */
  #takeOn({ operations }: Dispatch): void {
    this.#receivesCapabilities ||= operations.some(({ args }) => args.delivered !== null);
  }
}
