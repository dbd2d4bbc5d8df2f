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
 * who wait then are late, until another handler waits and finds the alarm overdue.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Alarms, Timer } from "../timer/interface.js";
import type { Condition } from "./activity.js";
import { type Answer, must } from "./answer.js";
import type { Client } from "./client.js";
import type { Self } from "./handles.js";
import { TimeQueue } from "./time-queue.js";

/** What a wait comes back with when its time has passed. */
export const TIMED_OUT = Symbol("timed out");

/** The deadlines of one component's handlers. */
export class Deadlines {
  readonly #timer: Client<typeof Timer>;
  readonly #pending = new TimeQueue<() => void>();
  #signal: seL4_CPtr<"Notification"> = 0;
  #alarms: Client<typeof Alarms> | null = null;
  /** When the alarm rings; Infinity: none is set. */
  #armedAt = Infinity;
  #alarm = 0;

  private constructor(timer: Client<typeof Timer>) {
    this.#timer = timer;
  }

  /**
   * The deadlines of a component that serves. Takes two of its slots, and one of its sources of signals. Can block.
   * @throws Error when the component has no slot left; CallFailed when the timer refuses it an alarm
   */
  static *by(timer: Client<typeof Timer>, self: Pick<Self, "signal">): Thread<Deadlines> {
    const deadlines = new Deadlines(timer);
    deadlines.#signal = yield* self.signal(() => deadlines.#ring());
    yield* deadlines.#open();
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
    if (this.#alarms !== null && this.#armedAt < Infinity) yield* this.#alarms.cancel({ id: this.#alarm });
    this.#alarm = must(yield* this.#set(first.at), "alarms.set").id;
    this.#armedAt = first.at;
  }

  /** Set an alarm, in a new session when the one before is gone with its timer. */
  *#set(atUs: number): Thread<Answer<{ readonly id: number }, "TooMany">> {
    const set = yield* (this.#alarms ?? (yield* this.#open())).set({ atUs });
    if (set.error !== "Closed" && set.error !== "Gone") return set;
    return yield* (yield* this.#open()).set({ atUs });
  }

  /** A session of alarms; the one before is given back. */
  *#open(): Thread<Client<typeof Alarms>> {
    if (this.#alarms !== null) yield* this.#alarms.close();
    this.#alarms = null;
    const opened = yield* again(() => this.#timer.alarms({ signal: this.#signal }));
    const { alarms } = must(opened, "timer.alarms");
    this.#alarms = alarms;
    return alarms;
  }

  *#now(): Thread<number> {
    return must(yield* again(() => this.#timer.time()), "timer.time").us;
  }
}

/** A call of the timer, once more when it died in the middle: one that is started in its place answers. */
function* again<A extends { readonly error: string | null }>(call: () => Thread<A>): Thread<A> {
  const answer = yield* call();
  return answer.error === "Gone" ? yield* call() : answer;
}
