/**
 * Activities: handlers under way, and conditions, on which they wait.
 *
 * A handler is a generator. It is suspended for two reasons: the kernel runs another thread, which concerns only the
 * driver of the machine, or the handler has parked, which concerns the server: its caller keeps waiting by the reply
 * object that the activity holds, and the server goes on with other calls. A parked handler goes on when somebody in
 * the same program wakes its condition: another handler, or the one of an interrupt.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull, type seL4_CPtr } from "@tessera/libsel4";
import type { Compiled } from "./protocol.js";
import { HEARD_WAITING, Raw } from "./raw.js";
import { OWN_BADGE, type SessionRecord } from "./session.js";

/** What a parked handler yields, so that the server can tell it from the kernel's own suspension. */
const PARKED = Symbol("parked");

/** What is thrown into a handler that is to go on to its `finally` blocks only. */
const DROPPED = Symbol("dropped");

/** The session of tasks: no client's, so that nobody's death ends what they open. */
const NOBODYS: SessionRecord = {
  of: Raw,
  badge: OWN_BADGE,
  owner: { badge: OWN_BADGE, offer: 0, window: null },
  state: null,
  account: OWN_BADGE,
  lentFrom: null,
  dispatch: { of: Raw, operations: [], handlers: [], closed: null },
  detached: true,
  separate: true,
};

/** A handler under way. One that has ended at once, and left nothing, serves for the next call. */
export class Activity {
  session: SessionRecord;
  compiled: Compiled;
  /** Null until it has begun, and for handlers that are plain functions. */
  handler: Generator<void, unknown, void> | null = null;
  /** The reply object that its caller waits by; 0: nobody waits for it, it is a task of the server's own. */
  reply: seL4_CPtr<"Reply">;
  /** Sessions that it has opened: those that do not go out with its answer end with it. */
  readonly opened: SessionRecord[] = [];
  /** Its caller was refused a session, so whatever it returns the answer is `Busy`. */
  isRefused = false;
  /** What the condition was woken with. */
  wakeValue: unknown = undefined;
  /** Woken in place of all others who wait, and not gone on yet: it hands that to the next one if it never does. */
  passOn: (() => void) | null = null;
  /** Its session has ended, so nobody wants it to go on. */
  dropped = false;

  constructor(session: SessionRecord, compiled: Compiled, reply: seL4_CPtr<"Reply">) {
    this.session = session;
    this.compiled = compiled;
    this.reply = reply;
  }

  /** For the next call. */
  reuse(session: SessionRecord, compiled: Compiled, reply: seL4_CPtr<"Reply">): this {
    this.session = session;
    this.compiled = compiled;
    this.reply = reply;
    this.isRefused = false;
    return this;
  }
}

/** What conditions and the server share: which activity runs, and which may go on. */
export class Agenda {
  /** The activity whose handler is executing; null outside of handlers. @internal */
  running: Activity | null = null;
  /** Those that were woken, in this order. @internal */
  readonly ready: Activity[] = [];
}

/** Something that handlers wait for. Waking it is remembered by nobody: whoever waits asks again whether it is so. */
export class Condition<T = void> {
  readonly #agenda: Agenda;
  #waiting: Activity[] = [];

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  /** How many handlers wait for it. */
  get waiters(): number {
    return this.#waiting.filter(({ dropped }) => !dropped).length;
  }

  /**
   * Park the handler that calls this until the condition is woken. Its server goes on with other calls.
   * @returns what it was woken with
   * @throws Error outside of handlers, and in one of an operation that does not declare `waits`
   */
  *wait(): Thread<T> {
    const activity = this.#agenda.running;
    if (activity === null) throw new Error("only the handler of an operation can wait for a condition");
    const { where } = activity.compiled.args;
    if (!activity.compiled.operation.waits) {
      throw new Error(`${where} waits for a condition: declare it with { waits: true }`);
    }
    this.#waiting = this.#waiting.filter(({ dropped }) => !dropped);
    this.#waiting.push(activity);
    yield PARKED as unknown as undefined;
    return activity.wakeValue as T;
  }

  /** Let all that wait go on, in the order in which they came. Cannot block. */
  wake(value: T): void {
    for (const activity of this.#waiting) this.#release(activity, value);
    this.#waiting = [];
  }

  /**
   * Let the one go on that has waited longest. If its session ends before it does, the next one goes on in its place.
   * @returns false when nobody waits
   */
  wakeOne(value: T): boolean {
    let first = this.#waiting.shift();
    while (first?.dropped === true) first = this.#waiting.shift();
    if (first === undefined) return false;
    first.passOn = () => this.wakeOne(value);
    this.#release(first, value);
    return true;
  }

  /**
   * A way to end the wait on which the handler that calls this is about to go: it then goes on with `value`, and nobody
   * else does. Without effect when it does not wait, or waits no longer.
   * @throws Error outside of handlers
   */
  dismissal(value: T): () => void {
    const activity = this.#agenda.running;
    if (activity === null) throw new Error("only the handler of an operation can wait for a condition");
    // A plain function cannot wait, and its activity serves for other calls.
    if (activity.handler === null) return () => {};
    return () => {
      const place = this.#waiting.indexOf(activity);
      if (place < 0) return;
      this.#waiting.splice(place, 1);
      this.#release(activity, value);
    };
  }

  #release(activity: Activity, value: T): void {
    if (activity.dropped) return;
    activity.wakeValue = value;
    this.#agenda.ready.push(activity);
  }
}

/** An activity that has come to its end, with what its handler returned. */
export interface Ended {
  readonly value: unknown;
}

/**
 * Begin to carry out a call.
 * @returns what its handler has returned, if it is a plain function. Else the activity has a handler then, which `resume`
 *   lets begin
 */
export function begin(agenda: Agenda, activity: Activity, args: unknown): unknown {
  const { dispatch, state } = activity.session;
  agenda.running = activity;
  const begun = dispatch.handlers[activity.compiled.number - 1]?.(state, args);
  agenda.running = null;
  if (isGenerator(begun)) activity.handler = begun;
  return begun;
}

/** Let an activity begin, or go on that was woken, until it ends or parks (null). */
export function* resume(agenda: Agenda, activity: Activity): Thread<Ended | null> {
  if (activity.handler === null) throw new Error("only what has begun can go on");
  activity.passOn = null;
  return yield* goOn(agenda, activity, activity.handler);
}

/** Have `work` go on when all that runs now has ended or parked. Nobody waits for it, and no session ends it. */
export function addTask(agenda: Agenda, work: Thread<void>): void {
  const activity = new Activity(NOBODYS, HEARD_WAITING, seL4_CapNull);
  activity.handler = work;
  agenda.ready.push(activity);
}

/** End a parked activity without an answer: its handler's `finally` blocks run, and may make calls. */
export function* drop(agenda: Agenda, activity: Activity): Thread<void> {
  activity.dropped = true;
  const { running } = agenda;
  agenda.running = null;
  if (activity.handler !== null) yield* unwind(activity, activity.handler);
  activity.passOn?.();
  agenda.running = running;
}

/**
 * By an error, which passes through all that the handler has called: `return` does so only as long as no `finally` block
 * makes a call that another thread has to answer. Behind that one `yield*` would go on as if nothing had happened.
 */
function* unwind({ compiled }: Activity, handler: Generator<void, unknown, void>): Thread<void> {
  try {
    for (let step = handler.throw(DROPPED); step.done !== true; step = handler.next()) {
      if ((step.value as unknown) === PARKED) throw new Error(`${compiled.args.where}: waits in a finally block`);
      yield;
    }
  } catch (error) {
    if (error !== DROPPED) throw error;
  }
}

/** Run what is a generator; what a plain function has returned is there already. */
export function* finish<T>(begun: Generator<void, T, void> | T): Thread<T> {
  return isGenerator(begun) ? yield* begun as Generator<void, T, void> : (begun as T);
}

function* goOn(agenda: Agenda, activity: Activity, handler: Generator<void, unknown, void>): Thread<Ended | null> {
  agenda.running = activity;
  let step = handler.next();
  while (step.done !== true) {
    if ((step.value as unknown) === PARKED) {
      agenda.running = null;
      return null;
    }
    yield;
    step = handler.next();
  }
  agenda.running = null;
  return { value: step.value };
}

function isGenerator(value: unknown): value is Generator<void, unknown, void> {
  return typeof value === "object" && value !== null && "next" in value && Symbol.iterator in value;
}
