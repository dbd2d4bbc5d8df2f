/**
 * The loop of a server: receive, find the session by the badge, carry out, answer.
 *
 *     Recv ──call──▸ handler ──returns──▸ ReplyRecv
 *       ▴               └──parks──▸ its reply object is kept; Recv with another one
 *       └──signal──▸ handlers of signals ──wake──▸ parked handlers go on and answer by their own reply objects
 *
 * There are as many reply objects as callers can wait at a time, and one more. When only that one is left, operations
 * that may park are refused (`Busy`) before their handler begins, and all others are served on. Each client has its share
 * of them: a Send in place of a Call parks as well, and who sends does not wait, so one client could take all. A message
 * that is not what its operation declares is answered with `Malformed` and has no other effect. A handler that throws ends
 * the program: what a server knows after that is not to be trusted, and its supervisor starts it anew.
 *
 * Sources: seL4 manual, "IPC" (ReplyRecv, reply objects, badges); the course's lecture on sessions.
 */
import type { Syscall, Thread } from "@tessera/hal-sim/isa";
import {
  type Received,
  seL4_CapNull,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_MessageInfo_t,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Send,
} from "@tessera/libsel4";
import { Activity, Agenda, addTask, begin, drop, finish, resume } from "./activity.js";
import { errorLabel, Failure, OK, type SystemError, systemLabel } from "./answer.js";
import { arrived, type Belongings } from "./client.js";
import type { AnyInterface, Field } from "./define.js";
import { Malformed } from "./field.js";
import { Minting } from "./minting.js";
import {
  broughtCapability,
  CLOSE,
  type Compiled,
  infoOf,
  type Layout,
  stageWords,
  takeCapabilities,
  takeWords,
  type Values,
} from "./protocol.js";
import { HEARD, HEARD_WAITING, Raw } from "./raw.js";
import {
  CLIENT_DIED,
  type Dispatch,
  type Edge,
  isRaw,
  type SessionRecord,
  Sessions,
  SUPERVISOR_BADGE,
  wasOpened,
} from "./session.js";
import { SIGNAL_BADGE, type Signals } from "./signals.js";
import type { Slots } from "./slots.js";

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

/** Thrown where a session has arrived that has ended. */
class Ended extends Error {}

interface Route {
  /** Makes what is found by the badge of a client that calls for the first time. */
  readonly admit: (edge: Edge) => unknown;
  readonly dispatch: Dispatch;
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
  readonly #offers: readonly string[];
  readonly #belongings: Belongings;
  readonly #slots: Slots;
  readonly #signals: Signals;
  readonly #minting: Minting;
  readonly #sessions: Sessions;
  readonly #edges: ReadonlyMap<number, Edge>;
  /** By offer number. */
  readonly #routes = new Map<number, Route>();
  readonly #parked = new Set<Activity>();
  readonly #freeReplies: seL4_CPtr<"Reply">[];
  /** Callers of one client, by all its sessions, that can wait at a time. */
  readonly #share: number;
  /** An activity that has ended. */
  #spare: Activity | null = null;
  /** The one that the next caller will wait by. */
  #reply: seL4_CPtr<"Reply">;
  readonly #passive: boolean;
  #receivesCapabilities = false;

  constructor(parts: ServerParts, belongings: Belongings, signals: Signals) {
    const [first, ...others] = parts.replies;
    if (first === undefined) throw new Error("a server needs a reply object");
    this.#endpoint = parts.endpoint;
    this.#passive = parts.passive;
    this.#offers = parts.offers;
    this.#belongings = belongings;
    this.#slots = belongings.slots;
    this.#signals = signals;
    this.#minting = new Minting(parts.endpoint, belongings.slots);
    this.#sessions = new Sessions(parts.incarnation, SESSIONS_PER_CLIENT);
    this.#edges = new Map(parts.edges.map((edge) => [edge.badge, edge]));
    this.#reply = first;
    this.#freeReplies = others;
    this.#share = Math.max(1, Math.floor(others.length / Math.max(1, parts.edges.length)));
  }

  /** How many clients the composition has given offer number `offer`. */
  clientsOf(offer: number): number {
    return [...this.#edges.values()].filter((edge) => edge.offer === offer).length;
  }

  /** Offer number `offer` is served by `dispatch` from now on. */
  route(offer: number, admit: (edge: Edge) => unknown, dispatch: Dispatch): void {
    this.#takeOn(dispatch);
    this.#routes.set(offer, { admit, dispatch });
  }

  /**
   * A further session for whoever is being served.
   * @param kept it does not end with the answer, and is none of those that he may have open
   * @throws Refusal when he has as many as he may: his call is answered by `Busy` then, whatever its handler does
   */
  open(dispatch: Dispatch, state: unknown, kept = false): SessionRecord {
    const activity = this.#served();
    this.#takeOn(dispatch);
    const session = this.#sessions.open(activity.session.owner, dispatch, state, kept);
    if (session === null) {
      activity.isRefused = true;
      throw new Refusal();
    }
    if (!kept) activity.opened.push(session);
    return session;
  }

  /** Whether `open` would open a session. */
  hasRoom(): boolean {
    return this.#sessions.hasRoom(this.#served().session.owner);
  }

  /** The activity whose handler calls. */
  #served(): Activity {
    const { running } = this.agenda;
    if (running === null || running.reply === seL4_CapNull)
      throw new Error("a session is opened by the handler of an operation, for its caller");
    return running;
  }

  /** End a session that was opened: who still has its capability is answered `Closed`. */
  *close(badge: number): Thread<void> {
    const session = wasOpened(badge) ? this.#sessions.find(badge) : undefined;
    if (session !== undefined) yield* this.#end(session);
  }

  /** Have `work` carried out beside the calls, from the next time on that no handler runs. */
  task(work: Thread<void>): void {
    addTask(this.agenda, work);
  }

  /** Serve for ever. Can block: that is what it is for. */
  *run(): Thread<never> {
    for (const [i, name] of this.#offers.entries()) {
      if (this.#routes.has(i + 1)) continue;
      throw new Error(`its offer "${name}" has no handlers: ${name}.on(…) before it serves, or ${name}.serve(…)`);
    }
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
    if (answer === null) return seL4_Recv(this.#endpoint, this.#reply);
    return seL4_ReplyRecv(this.#endpoint, answer, this.#reply);
  }

  *#hearSignal(badge: number): Thread<null> {
    yield* this.#signals.dispatch(badge);
    return null;
  }

  /** One call. */
  #serve(info: seL4_MessageInfo_t, badge: number): Served {
    const found = this.#sessions.find(badge);
    const owner = found === undefined ? this.#edges.get(badge) : found.owner;
    const dispatch = found === undefined ? this.#routeOf(owner)?.dispatch : found.dispatch;
    if (owner === undefined || dispatch === undefined) return this.#serveStranger(info, badge);
    if (dispatch.of === Raw) return this.#hear(info, found);
    const compiled = dispatch.operations[info.label - 1];
    if (compiled === undefined) return this.#closeOrRefuse(info, badge);
    if (compiled.operation.waits && !this.#canWait(owner)) return this.#refuse(info, "Busy");
    if (compiled.args.delivered !== null && !this.#slots.isArmed) return this.#refuse(info, "Busy");
    const args = this.#take(dispatch.of, compiled.args, info);
    if (typeof args === "string") return this.#refuse(info, args);

    // Handed back to the server, its session may have been made meanwhile.
    const session = found ?? this.#sessions.find(badge) ?? this.#admit(owner);
    const activity = this.#activity(session, compiled);
    const value = this.#begin(activity, args);
    // Most calls end here: what is left takes no system call.
    const isDone = activity.handler === null && activity.opened.length === 0 && compiled.results.delivered === null;
    if (!isDone) return this.#carryOut(activity, value);
    this.#spare = activity;
    return answerOf(activity, value);
  }

  #activity(session: SessionRecord, compiled: Compiled): Activity {
    const spare = this.#spare;
    this.#spare = null;
    return spare?.reuse(session, compiled, this.#reply) ?? new Activity(session, compiled, this.#reply);
  }

  /** Who has no session: the supervisor, or somebody whose session has ended. */
  *#serveStranger(info: seL4_MessageInfo_t, badge: number): Thread<seL4_MessageInfo_t | null> {
    if (isRaw(badge)) return yield* this.#hear(info, undefined);
    if (badge !== SUPERVISOR_BADGE || info.label !== CLIENT_DIED) return yield* this.#refuse(info, "Closed");
    yield* this.#endAll(seL4_GetMR(0));
    return plain(OK);
  }

  /** A label of no operation: the end of the session, if it is one that was opened. */
  *#closeOrRefuse(info: seL4_MessageInfo_t, badge: number): Thread<seL4_MessageInfo_t> {
    if (info.label !== CLOSE || !wasOpened(badge)) return yield* this.#refuse(info, "Malformed");
    yield* this.close(badge);
    return plain(OK);
  }

  /** A message as it is. By a session that has ended: nobody hears it, and nobody answers. */
  *#hear(info: seL4_MessageInfo_t, session: SessionRecord | undefined): Thread<seL4_MessageInfo_t | null> {
    if (broughtCapability(info)) return yield* this.#refuse(info, "Malformed");
    if (session === undefined) return null;
    const { waits = false } = session.dispatch;
    // Without room to wait in, a fault is answered, and so raised again.
    if (waits && !this.#canWait(session.owner)) return plain(OK);
    const activity = new Activity(session, waits ? HEARD_WAITING : HEARD, this.#reply);
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
      this.#parked.add(activity);
      this.#reply = this.#freeReplies.pop() as seL4_CPtr<"Reply">;
      return null;
    }
    if (outcome === "unanswered") return null;
    if (outcome.extraCaps === 0 || this.#passive) return outcome;
    yield* seL4_Send(this.#reply, outcome);
    yield* this.#minting.sent();
    return null;
  }

  /** Let those go on that were woken, and those that they wake. @param answer is sent before, if there is one */
  *#goOn(answer: seL4_MessageInfo_t | null = null): Thread<void> {
    if (answer !== null) yield* seL4_Send(this.#reply, answer);
    for (let activity = this.agenda.ready.shift(); activity !== undefined; activity = this.agenda.ready.shift()) {
      if (activity.dropped) continue;
      const outcome = yield* this.#advance(activity);
      if (outcome === "parked") continue;
      if (outcome !== "unanswered") {
        yield* seL4_Send(activity.reply, outcome);
        yield* this.#minting.sent();
      }
      this.#unpark(activity);
    }
  }

  /** Let a handler go on, until it parks or ends; words and capability of an answer are staged then. */
  *#advance(activity: Activity): Thread<Outcome> {
    let value: unknown = null;
    try {
      const ended = yield* resume(this.agenda, activity);
      if (ended === null) return "parked";
      value = ended.value;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.agenda.running = null;
    }
    return yield* this.#outcome(activity, value);
  }

  /** What comes of what a handler has returned. */
  *#outcome(activity: Activity, value: unknown): Thread<Outcome> {
    if (activity.session.of === Raw) return (value as seL4_MessageInfo_t | null | undefined) ?? "unanswered";
    const { delivered, where } = activity.compiled.results;
    const isRefused = activity.isRefused || value instanceof Failure;
    const values = (isRefused ? {} : (value ?? {})) as Values;
    const handedOut = delivered === null ? undefined : values[delivered.name];
    for (const session of activity.opened) {
      if (!isSession(handedOut, session.badge)) yield* this.#end(session);
    }
    if (!isRefused && delivered !== null) {
      const isStaged = yield* this.#minting.stage(delivered, values, where, activity.session.of);
      if (!isStaged) {
        for (const session of activity.opened) yield* this.#end(session);
        return plain(systemLabel("Busy"));
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
      (field, badge) => this.#ownState(field, badge, of),
    );
  }

  /**
   * What is kept for a session that was handed back, by a client of the interface `of`. It can be one that composition has
   * given to somebody who has not called yet.
   */
  #ownState(field: Field, badge: number, of: AnyInterface): unknown {
    const edge = this.#edges.get(badge);
    const isNew = this.#routeOf(edge) !== undefined && this.#sessions.find(badge) === undefined;
    const session = isNew ? this.#admit(edge as Edge) : this.#sessions.find(badge);
    if (session === undefined && wasOpened(badge)) throw new Ended();
    if (session === undefined || field.carries !== "own" || session.of !== (field.of ?? of)) {
      throw new Malformed(`the session that has arrived is no ${field.text}`);
    }
    return session.state;
  }

  #routeOf(edge: Edge | undefined): Route | undefined {
    return edge === undefined ? undefined : this.#routes.get(edge.offer);
  }

  /** The session of a client that calls for the first time. */
  #admit(edge: Edge): SessionRecord {
    const { dispatch, admit } = this.#routeOf(edge) as Route;
    return this.#sessions.admit(edge, dispatch, admit(edge));
  }

  *#endAll(owner: number): Thread<void> {
    for (const session of this.#sessions.of(owner)) yield* this.#end(session);
  }

  /** End a session: nobody who waits by it is answered, and its state is given back. */
  *#end(session: SessionRecord): Thread<void> {
    // The end of another one may have been its own.
    if (this.#sessions.find(session.badge) !== session) return;
    this.#sessions.remove(session.badge);
    for (const activity of [...this.#parked]) {
      if (activity.session !== session) continue;
      yield* drop(this.agenda, activity);
      if (session.of !== Raw) yield* seL4_Send(activity.reply, plain(systemLabel("Closed")));
      this.#unpark(activity);
    }
    const { closed } = session.dispatch;
    if (closed !== null) yield* finish(closed(session.state));
  }

  /** Whether one more caller of this client can be kept waiting. */
  #canWait(owner: Edge): boolean {
    if (this.#freeReplies.length === 0) return false;
    let waiting = 0;
    for (const { session } of this.#parked) if (session.owner === owner) waiting += 1;
    return waiting < this.#share;
  }

  /** Its reply object can be used again; a thread whose fault was not answered stays stopped then. */
  #unpark(activity: Activity): void {
    if (this.#parked.delete(activity)) this.#freeReplies.push(activity.reply);
  }

  *#refuse(info: seL4_MessageInfo_t, error: SystemError): Thread<seL4_MessageInfo_t> {
    // Also where no operation takes one: a slot may be armed for the answer of a call that this server makes itself.
    if (broughtCapability(info)) yield* this.#slots.refuse();
    return plain(systemLabel(error));
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
  if (isRefused) return plain(systemLabel("Busy"));
  if (value instanceof Failure) return plain(errorLabel(operation, value.error));
  return infoOf(results, stageWords(results, (value ?? {}) as Values));
}

/** A message without words. */
function plain(label: number): seL4_MessageInfo_t {
  return seL4_MessageInfo_new(label, 0, 0, 0);
}
