/**
 * The loop of a server: receive, find the session by the badge, carry out, answer.
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
  seL4_CapNull,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_t,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Send,
} from "@tessera/libsel4";
import { Activity, Agenda, addTask, begin, drop, resume } from "./activity.js";
import { errorLabel, Failure, OK, type SystemError, systemLabel } from "./answer.js";
import { arrived, type Belongings } from "./client.js";
import { Clients, Ended } from "./clients.js";
import type { AnyInterface } from "./define.js";
import { Endings } from "./endings.js";
import { Malformed } from "./field.js";
import { Minting } from "./minting.js";
import {
  broughtCapability,
  CLOSE,
  type Compiled,
  infoOf,
  type Layout,
  LEND,
  lending,
  stageWords,
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

/** What comes of letting a handler go on: an answer, whose words are staged; or it has parked; or there is none. */
type Outcome = seL4_MessageInfo_t | "parked" | "unanswered";

/** An answer to be sent, whose words are staged, or the thread that comes to it; null: there is none to send now. */
type Served = seL4_MessageInfo_t | Thread<seL4_MessageInfo_t | null>;

/** Thrown inside a handler to end it, where its caller can have no further session. */
class Refusal extends Error {
  constructor() {
    super("this client has as many sessions open as it may");
  }
}

/** A server: its sessions, its handlers under way, its loop. */
export class Server {
  readonly agenda = new Agenda();
  readonly #endpoint: seL4_CPtr<"Endpoint">;
  readonly #belongings: Belongings;
  readonly #slots: Slots;
  readonly #signals: Signals;
  readonly #minting: Minting;
  readonly #sessions: Sessions;
  readonly #clients: Clients;
  readonly #waiting: Waiting;
  readonly #endings: Endings;
  /** An activity that has ended. */
  #spare: Activity | null = null;
  readonly #passive: boolean;
  #receivesCapabilities = false;

  constructor(parts: ServerParts, belongings: Belongings, signals: Signals) {
    this.#endpoint = parts.endpoint;
    this.#passive = parts.passive;
    this.#belongings = belongings;
    this.#slots = belongings.slots;
    this.#signals = signals;
    this.#minting = new Minting(parts.endpoint, belongings.slots);
    this.#sessions = new Sessions(parts.incarnation, SESSIONS_PER_CLIENT);
    this.#clients = new Clients(parts.offers, parts.edges, this.#sessions);
    this.#waiting = new Waiting(parts.replies, parts.edges.length);
    this.#endings = new Endings(this.agenda, this.#sessions, this.#waiting);
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
   * @throws Refusal when he has as many as he may: his call is answered by `Busy` then, whatever its handler does
   */
  open(dispatch: Dispatch, state: unknown, options: SessionOptions = {}): SessionRecord {
    const activity = this.#served();
    this.#takeOn(dispatch);
    const session = this.#sessions.open(activity.session, dispatch, state, options);
    if (session === null) {
      activity.isRefused = true;
      throw new Refusal();
    }
    if (!session.kept) activity.opened.push(session);
    return session;
  }

  /** Whether `open` would open a session. */
  hasRoom(): boolean {
    return this.#sessions.hasRoom(this.#served().session);
  }

  /** The activity whose handler calls. */
  #served(): Activity {
    const { running } = this.agenda;
    if (running === null || running.reply === seL4_CapNull)
      throw new Error("a session is opened by the handler of an operation, for its caller");
    return running;
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
    yield* this.#goOn();
    for (;;) {
      this.#belongings.calls.checkAllBegun();
      // In a CSpace of one level this makes no system call, so the answer's words stay staged.
      if (this.#receivesCapabilities && !this.#slots.isArmed) yield* this.#slots.arm();
      const { info, badge }: Received = yield* this.#receive(answer);
      const served: Served = badge >= SIGNAL_BADGE ? this.#hearSignal(badge) : this.#serve(info, badge);
      answer = served instanceof seL4_MessageInfo_t ? served : yield* served;
      if (this.agenda.ready.length > 0) {
        yield* this.#goOn(answer);
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
    const activity = this.#activity(session, compiled);
    const value = this.#begin(activity, args);
    // Most calls end here: what is left takes no system call.
    const isDone = activity.handler === null && activity.opened.length === 0 && compiled.results.delivered === null;
    if (!isDone) return this.#carryOut(activity, value);
    this.#spare = activity;
    return answerOf(activity, value);
  }

  #activity(session: SessionRecord, compiled: Compiled): Activity {
    const { next: reply } = this.#waiting;
    const spare = this.#spare;
    this.#spare = null;
    return spare?.reuse(session, compiled, reply) ?? new Activity(session, compiled, reply);
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
    const activity = this.#activity(session, lending(session.of));
    activity.opened.push(lent);
    return yield* this.#carryOut(activity, { lent });
  }

  /** A message as it is. By a session that has ended: nobody hears it, and nobody answers. */
  *#hear(info: seL4_MessageInfo_t, session: SessionRecord | undefined): Thread<seL4_MessageInfo_t | null> {
    if (broughtCapability(info)) return yield* this.#refuse(info, "Malformed");
    if (session === undefined) return null;
    const { waits = false } = session.dispatch;
    // Without room to wait in, a fault is answered, and so raised again.
    if (waits && !this.#waiting.hasRoomFor(session.owner)) return wordless(OK);
    const activity = new Activity(session, waits ? HEARD_WAITING : HEARD, this.#waiting.next);
    return yield* this.#carryOut(activity, this.#begin(activity, info));
  }

  /** Let the handler begin. @returns what a plain function has returned; null: it was refused a session */
  #begin(activity: Activity, args: unknown): unknown {
    try {
      return begin(this.agenda, activity, args);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.agenda.running = null;
      return null;
    }
  }

  /** See to it that a call is answered. @param value what its handler has returned, if it is a plain function */
  *#carryOut(activity: Activity, value: unknown): Thread<seL4_MessageInfo_t | null> {
    const isPlain = activity.handler === null;
    const outcome = isPlain ? yield* this.#outcome(activity, value) : yield* this.#advance(activity);
    if (outcome === "parked") {
      this.#waiting.park(activity);
      return null;
    }
    if (outcome === "unanswered") return null;
    if (outcome.extraCaps === 0 || this.#passive) return outcome;
    yield* seL4_Send(this.#waiting.next, outcome);
    yield* this.#minting.sent();
    return null;
  }

  /** Let those go on that were woken, and those that they wake. @param answer is sent before, if there is one */
  *#goOn(answer: seL4_MessageInfo_t | null = null): Thread<void> {
    if (answer !== null) yield* seL4_Send(this.#waiting.next, answer);
    for (let activity = this.agenda.ready.shift(); activity !== undefined; activity = this.agenda.ready.shift()) {
      if (activity.dropped) continue;
      const outcome = yield* this.#advance(activity);
      if (outcome === "parked") continue;
      if (outcome !== "unanswered") {
        yield* seL4_Send(activity.reply, outcome);
        yield* this.#minting.sent();
      }
      this.#waiting.release(activity);
    }
  }

  /** Let a handler go on, until it parks or ends; words and capability of an answer are staged then. */
  *#advance(activity: Activity): Thread<Outcome> {
    let value: unknown = null;
    try {
      const ended = yield* resume(this.agenda, activity);
      if (ended === null) return this.#isOver(activity) ? yield* this.#giveUp(activity) : "parked";
      value = ended.value;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.agenda.running = null;
    }
    return yield* this.#outcome(activity, value);
  }

  /** Whether the session has ended by which it was asked for; a task belongs to none. */
  #isOver({ session, reply }: Activity): boolean {
    return reply !== seL4_CapNull && this.#sessions.find(session.badge) !== session;
  }

  /** It has ended its own session and waits: nothing could end that wait any more. */
  *#giveUp(activity: Activity): Thread<Outcome> {
    yield* drop(this.agenda, activity);
    return activity.session.of === Raw ? "unanswered" : wordless(systemLabel("Closed"));
  }

  /** What comes of what a handler has returned. */
  *#outcome(activity: Activity, value: unknown): Thread<Outcome> {
    if (activity.session.of === Raw) return (value as seL4_MessageInfo_t | null | undefined) ?? "unanswered";
    const { delivered, where } = activity.compiled.results;
    const isRefused = activity.isRefused || value instanceof Failure;
    const values = (isRefused ? {} : (value ?? {})) as Values;
    const handedOut = delivered === null ? undefined : values[delivered.name];
    for (const session of activity.opened) {
      if (!isSession(handedOut, session.badge)) yield* this.#endings.end(session);
    }
    if (!isRefused && delivered !== null) {
      const isStaged = yield* this.#minting.stage(delivered, values, where, activity.session.of);
      if (!isStaged) {
        for (const session of activity.opened) yield* this.#endings.end(session);
        return wordless(systemLabel("Busy"));
      }
    }
    return answerOf(activity, value);
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

function isSession(value: unknown, badge: number): boolean {
  return typeof value === "object" && value !== null && "badge" in value && value.badge === badge;
}

/** What a handler has come to as a message, whose words are staged now. */
function answerOf({ isRefused, compiled }: Activity, value: unknown): seL4_MessageInfo_t {
  const { operation, results } = compiled;
  if (isRefused) return wordless(systemLabel("Busy"));
  if (value instanceof Failure) return wordless(errorLabel(operation, value.error));
  return infoOf(results, stageWords(results, (value ?? {}) as Values));
}
