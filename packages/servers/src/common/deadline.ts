/**
 * Deadlines: a handler waits for a condition, but no longer than some time, by means of a timer.
 *
 *     const deadlines = yield* Deadlines.by(timer, self);
 *     ...
 *     const line = yield* deadlines.wait(typed, 5_000_000);
 *     if (line === TIMED_OUT) return fail("TimedOut");
 *
 * However many handlers wait, there is one alarm at the timer: for the first deadline, or an earlier one that has become
 * pointless since. A timer that was started anew knows nothing of it, and is told at the next wait.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Alarms, Timer } from "../timer/interface.js";
import type { Condition } from "./activity.js";
import { must } from "./answer.js";
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
    const { us: now } = must(yield* this.#timer.time(), "timer.time");
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
    const { us: now } = must(yield* this.#timer.time(), "timer.time");
    if (now >= this.#armedAt) this.#armedAt = Infinity;
    for (let due = this.#pending.takeDue(now); due !== undefined; due = this.#pending.takeDue(now)) due.value();
    yield* this.#arm();
  }

  /** See that an alarm rings at the first deadline, or before it. */
  *#arm(): Thread<void> {
    const { first } = this.#pending;
    if (first === undefined || first.at >= this.#armedAt) return;
    if (this.#alarms !== null && this.#armedAt < Infinity) yield* this.#alarms.cancel({ id: this.#alarm });
    let set = yield* (this.#alarms ?? (yield* this.#open())).set({ atUs: first.at });
    if (set.error === "Closed") set = yield* (yield* this.#open()).set({ atUs: first.at });
    this.#alarm = must(set, "alarms.set").id;
    this.#armedAt = first.at;
  }

  /** A session of alarms; the one before is gone with the timer that had it. */
  *#open(): Thread<Client<typeof Alarms>> {
    if (this.#alarms !== null) yield* this.#alarms.close();
    const { alarms } = must(yield* this.#timer.alarms({ signal: this.#signal }), "timer.alarms");
    this.#alarms = alarms;
    return alarms;
  }
}
