/**
 * Deadlines: a handler waits for a condition, but no longer than some time, by means of a timer.
 *
 *     const deadlines = yield* Deadlines.by(timer, self);
 *     ...
 *     const line = yield* deadlines.wait(typed, 5_000_000);
 *     if (line === TIMED_OUT) return fail("TimedOut");
 *
 * However many handlers wait, there is one alarm at the timer: for the first deadline, or an earlier one that has become
 * pointless since. A timer that dies takes it along, and the one that is started in its place knows nothing of it: those
 * who wait then are late, until another handler waits and finds the alarm overdue, or nobody is, where the death is heard
 * of: `keepWatch`, which takes a caller.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Alarms, Timer } from "../timer/interface.js";
import type { Condition } from "./activity.js";
import { type Answer, must } from "./answer.js";
import type { Client } from "./client.js";
import type { Self } from "./handles.js";
import { again, Reopening } from "./retry.js";
import { TimeQueue } from "./time-queue.js";

/** What a wait comes back with when its time has passed. */
export const TIMED_OUT = Symbol("timed out");

/** What the timer answers who opens a session of alarms. */
type Opened = Answer<{ readonly alarms: Client<typeof Alarms> }, never>;

/** The deadlines of one component's handlers. */
export class Deadlines {
  readonly #timer: Client<typeof Timer>;
  readonly #pending = new TimeQueue<() => void>();
  /** A timer that is started anew knows nothing of the session, nor of its alarm. */
  readonly #alarms: Reopening<Opened, Client<typeof Alarms>>;
  /** When the alarm rings; Infinity: none is set. */
  #armedAt = Infinity;
  #alarm = 0;

  private constructor(timer: Client<typeof Timer>, signal: seL4_CPtr<"Notification">) {
    this.#timer = timer;
    this.#alarms = new Reopening(
      () => timer.alarms({ signal }),
      ({ alarms }) => alarms,
    );
  }

  /**
   * The deadlines of a component that serves. Takes two of its slots, and one of its sources of signals. Can block.
   * @throws Error when the component has no slot left
   */
  static *by(timer: Client<typeof Timer>, self: Pick<Self, "signal">): Thread<Deadlines> {
    const signal = yield* self.signal(() => deadlines.#ring());
    const deadlines = new Deadlines(timer, signal);
    return deadlines;
  }

  /**
   * Park the handler that calls this until the condition is woken, or `us` microseconds have passed.
   * @returns what the condition was woken with, or TIMED_OUT
   * @throws Error as `Condition.wait`; CallFailed when the timer sets no alarm
   */
  *wait<T>(condition: Condition<T>, us: number): Thread<T | typeof TIMED_OUT> {
    const either = condition as Condition<T | typeof TIMED_OUT>;
    const now = yield* this.#now();
    if (now > this.#armedAt) this.#armedAt = Infinity; // it rings just now, or has died with its timer
    const entry = this.#pending.add(Math.min(now + us, Number.MAX_SAFE_INTEGER), either.dismissal(TIMED_OUT));
    try {
      yield* this.#arm();
      return yield* either.wait();
    } finally {
      this.#pending.remove(entry);
    }
  }

  /**
   * Hear of the death of the timer, and have the alarm set at the next one: a task, that ends when the timer has no room
   * for one more who sleeps.
   * @param timer by calls that park
   * @throws CallFailed when there is no timer any more
   */
  *keepWatch(timer: Client<typeof Timer>): Thread<void> {
    while ((yield* timer.sleep({ us: Number.MAX_SAFE_INTEGER })).error === "Gone") {
      this.#armedAt = Infinity;
      yield* this.#ring();
    }
  }

  /** The alarm has rung, if it was not an older one: end the waits that have lasted too long. */
  *#ring(): Thread<void> {
    const now = yield* this.#now();
    if (now >= this.#armedAt) this.#armedAt = Infinity;
    for (let due = this.#pending.takeDue(now); due !== undefined; due = this.#pending.takeDue(now)) due.value();
    yield* this.#arm();
  }

  /** See that an alarm rings at the first deadline, or before it. */
  *#arm(): Thread<void> {
    const { first } = this.#pending;
    if (first === undefined || first.at >= this.#armedAt) return;
    if (this.#armedAt < Infinity) yield* this.#alarms.ask((alarms) => alarms.cancel({ id: this.#alarm }));
    const set = yield* this.#alarms.ask((alarms) => alarms.set({ atUs: first.at }), { twice: true });
    this.#alarm = must(set).id;
    this.#armedAt = first.at;
  }

  *#now(): Thread<number> {
    return must(yield* again(() => this.#timer.time())).us;
  }
}
