/**
 * Execution: calls on their way from the beginning of their handler to the answer, whose words are staged then.
 *
 *     begin ──a plain function has returned──▸ answer
 *       └──a generator──▸ carryOut ──returns──▸ answer
 *                             └──parks──▸ waits (waiting.ts) ──woken──▸ goOn ──▸ answer, by its own reply object
 *
 * Sessions that a handler has opened go out with its answer or end with it. A handler that is refused one more ends there,
 * and its caller is answered `Busy`. Who receives calls, and whose they are, is server.ts's business.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull, type seL4_MessageInfo_t, seL4_Send } from "@tessera/libsel4";
import { Activity, type Agenda, begin, drop, resume } from "./activity.js";
import { errorLabel, Failure, systemLabel } from "./answer.js";
import type { Endings } from "./endings.js";
import type { Minting } from "./minting.js";
import { type Compiled, infoOf, lending, stageWords, type Values, wordless } from "./protocol.js";
import { Raw } from "./raw.js";
import type { Dispatch, SessionOptions, SessionRecord, Sessions } from "./session.js";
import type { Waiting } from "./waiting.js";

/** What is said to who opens a session elsewhere. */
const OPENED = "a session is opened by the handler of an operation";

/** What comes of letting a handler go on: an answer, whose words are staged; or it has parked; or there is none. */
type Outcome = seL4_MessageInfo_t | "parked" | "unanswered";

/** An answer to be sent, whose words are staged, or the thread that comes to it; null: there is none to send now. */
export type Served = seL4_MessageInfo_t | Thread<seL4_MessageInfo_t | null>;

/** Thrown inside a handler to end it, where its caller can have no further session. */
class Refusal extends Error {
  constructor() {
    super("this client has as many sessions open as it may");
  }
}

/** What a server carries out its calls with. */
export interface ExecutionParts {
  readonly agenda: Agenda;
  readonly sessions: Sessions;
  readonly waiting: Waiting;
  readonly endings: Endings;
  readonly minting: Minting;
  /** Its time is its callers', which an answer gives back. */
  readonly passive: boolean;
}

/** The calls of one server that are being carried out. */
export class Execution {
  readonly #parts: ExecutionParts;
  /** An activity that has ended. */
  #spare: Activity | null = null;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
  }

  /** Carry out an operation: without a system call, where its handler is a plain function and hands nothing out. */
  call(session: SessionRecord, compiled: Compiled, args: Values): Served {
    const activity = this.#activity(session, compiled);
    const value = this.#begin(activity, args);
    const isDone = activity.handler === null && activity.opened.length === 0 && compiled.results.delivered === null;
    if (!isDone) return this.#carryOut(activity, value);
    this.#spare = activity;
    return answerOf(activity, value);
  }

  /** Have a raw message heard. @param compiled that it is heard by: the handler may park, or it may not */
  *hear(session: SessionRecord, compiled: Compiled, info: seL4_MessageInfo_t): Thread<seL4_MessageInfo_t | null> {
    const activity = new Activity(session, compiled, this.#parts.waiting.next);
    return yield* this.#carryOut(activity, this.#begin(activity, info));
  }

  /** Answer a client of `session` by `lent`, which is the same once more. */
  *lend(session: SessionRecord, lent: SessionRecord): Thread<seL4_MessageInfo_t | null> {
    const activity = this.#activity(session, lending(session.of));
    activity.opened.push(lent);
    return yield* this.#carryOut(activity, { lent });
  }

  /** Let those go on that were woken, and those that they wake. @param answer is sent before, if there is one */
  *goOn(answer: seL4_MessageInfo_t | null = null): Thread<void> {
    if (answer !== null) yield* seL4_Send(this.#parts.waiting.next, answer);
    for (
      let activity = this.#parts.agenda.ready.shift();
      activity !== undefined;
      activity = this.#parts.agenda.ready.shift()
    ) {
      if (activity.dropped) continue;
      const outcome = yield* this.#advance(activity);
      if (outcome === "parked") continue;
      if (outcome !== "unanswered") {
        yield* seL4_Send(activity.reply, outcome);
        yield* this.#parts.minting.sent();
      }
      this.#parts.waiting.release(activity);
    }
  }

  /**
   * A further session for whoever is being served; a task can open one that is `detached`, which is the server's own.
   * @throws Refusal when he has as many as he may: his call is answered by `Busy` then, whatever its handler does
   */
  open(dispatch: Dispatch, state: unknown, options: SessionOptions = {}): SessionRecord {
    const activity = options.detached === true ? this.#running() : this.#served();
    const session = this.#parts.sessions.open(activity.session, dispatch, state, options);
    if (session === null) {
      activity.isRefused = true;
      throw new Refusal();
    }
    if (!session.detached) activity.opened.push(session);
    return session;
  }

  /** Whether `open` would open a session. */
  hasRoom(): boolean {
    return this.#parts.sessions.hasRoom(this.#served().session);
  }

  #activity(session: SessionRecord, compiled: Compiled): Activity {
    const { next: reply } = this.#parts.waiting;
    const spare = this.#spare;
    this.#spare = null;
    return spare?.reuse(session, compiled, reply) ?? new Activity(session, compiled, reply);
  }

  /** The activity whose handler calls, for its caller. */
  #served(): Activity {
    const running = this.#running();
    if (running.reply === seL4_CapNull) throw new Error(`${OPENED}, for its caller`);
    return running;
  }

  #running(): Activity {
    const { running } = this.#parts.agenda;
    if (running === null) throw new Error(OPENED);
    return running;
  }

  /** Let the handler begin. @returns what a plain function has returned; null: it was refused a session */
  #begin(activity: Activity, args: unknown): unknown {
    try {
      return begin(this.#parts.agenda, activity, args);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#parts.agenda.running = null;
      return null;
    }
  }

  /** See to it that a call is answered. @param value what its handler has returned, if it is a plain function */
  *#carryOut(activity: Activity, value: unknown): Thread<seL4_MessageInfo_t | null> {
    const isPlain = activity.handler === null;
    const outcome = isPlain ? yield* this.#outcome(activity, value) : yield* this.#advance(activity);
    if (outcome === "parked") {
      this.#parts.waiting.park(activity);
      return null;
    }
    if (outcome === "unanswered") return null;
    if (outcome.extraCaps === 0 || this.#parts.passive) return outcome;
    yield* seL4_Send(this.#parts.waiting.next, outcome);
    yield* this.#parts.minting.sent();
    return null;
  }

  /** Let a handler go on, until it parks or ends; words and capability of an answer are staged then. */
  *#advance(activity: Activity): Thread<Outcome> {
    let value: unknown = null;
    try {
      const ended = yield* resume(this.#parts.agenda, activity);
      if (ended === null) return this.#isOver(activity) ? yield* this.#giveUp(activity) : "parked";
      value = ended.value;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#parts.agenda.running = null;
    }
    return yield* this.#outcome(activity, value);
  }

  /** Whether the session has ended by which it was asked for; a task belongs to none. */
  #isOver({ session, reply }: Activity): boolean {
    return reply !== seL4_CapNull && this.#parts.sessions.find(session.badge) !== session;
  }

  /** It has ended its own session and waits: nothing could end that wait any more. */
  *#giveUp(activity: Activity): Thread<Outcome> {
    yield* drop(this.#parts.agenda, activity);
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
      if (!isSession(handedOut, session.badge)) yield* this.#parts.endings.end(session);
    }
    if (!isRefused && delivered !== null) {
      const isStaged = yield* this.#parts.minting.stage(delivered, values, where, activity.session.of);
      if (!isStaged) {
        for (const session of activity.opened) yield* this.#parts.endings.end(session);
        return wordless(systemLabel("Busy"));
      }
    }
    return answerOf(activity, value);
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
