/**
 * The timer: driver of the real-time clock, and whatever waits for it.
 *
 * All that is to happen stands in one queue (common/time-queue.ts), and the device's alarm is armed for the first. At
 * its interrupt all that is due happens in the order of the times, those of one time in the order in which they came:
 * a sleeper is answered, a signal is rung. Everything belongs to a session: the call of who sleeps, a session of alarms,
 * a session of ticks. When that ends, because it is closed or its client is dead, it is taken out of the queue.
 *
 * Signals are rung without waiting: what a client passed for a notification may be an endpoint at which nobody listens.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_MessageInfo_new, seL4_NBSend } from "@tessera/libsel4";
import { type Failure, fail } from "../common/answer.js";
import { component } from "../common/component.js";
import type { Offer, Self } from "../common/handles.js";
import { device } from "../common/need.js";
import type { OpenSession } from "../common/session.js";
import { type TimeEntry, TimeQueue } from "../common/time-queue.js";
import { Alarms, Ticks, Timer } from "./interface.js";
import { RTC, Rtc } from "./rtc.js";

/** Alarms of one client that can be to come at a time. */
const ALARMS_PER_CLIENT = 4096;
/** The shortest period, and how many of them a client can have: above that, the timer would do nothing but ring. */
const MIN_PERIOD_US = 1000;
const TICKS_PER_CLIENT = 8;
/** Clients that sleep at a time. */
const SLEEPERS = 64;
/** Slots for the signals that clients pass: one for each session of alarms or ticks. */
const SIGNALS = 512;

type Signal = seL4_CPtr<"Notification">;

/** What is done when the time has come. */
type Due = (now: number) => Thread<void>;

/** What the timer keeps for a client: how many of its alarms are to come, and how many sessions of ticks it has. */
interface Customer {
  pending: number;
  ticking: number;
}

/** The state of a session of alarms. */
interface AlarmSet {
  readonly signal: Signal;
  readonly customer: Customer;
  readonly pending: Map<number, TimeEntry<Due>>;
  nextId: number;
}

/** The state of a session of ticks. */
interface Ticking {
  readonly customer: Customer;
  readonly signal: Signal;
  readonly us: number;
  /** When it began. */
  readonly since: number;
  next: TimeEntry<Due> | null;
}

/** The driver of the real-time clock. It needs no other server. */
export const timerServer = component("timer", {
  needs: { rtc: device(RTC) },
  offers: { timer: Timer },
  waiting: SLEEPERS,
  slots: SIGNALS,
  *main({ rtc: device, timer, self }) {
    const rtc = new Rtc(device);
    const agenda = new TimerAgenda(rtc, timer, self);
    device.onInterrupt(() => agenda.ring());
    yield* rtc.start();
    yield* timer.serve((): Customer => ({ pending: 0, ticking: 0 }), {
      *time() {
        return { us: yield* rtc.now() };
      },
      sleep: (_, { us }) => agenda.sleep(us),
      alarms: (customer, { signal }) => agenda.alarms(customer, signal),
      periodic: (customer, { signal, us }) => agenda.periodic(customer, signal, us),
    });
  },
});

/** What is to happen at which time, and how it comes to be. */
class TimerAgenda {
  readonly #rtc: Rtc;
  readonly #offer: Offer<typeof Timer>;
  readonly #self: Self;
  readonly #queue = new TimeQueue<Due>();

  constructor(rtc: Rtc, offer: Offer<typeof Timer>, self: Self) {
    this.#rtc = rtc;
    this.#offer = offer;
    this.#self = self;
  }

  /** The device's alarm has rung: do all that is due. */
  *ring(): Thread<void> {
    yield* this.#rtc.acknowledge();
    const now = yield* this.#rtc.now();
    for (let due = this.#queue.takeDue(now); due !== undefined; due = this.#queue.takeDue(now)) {
      yield* due.value(now);
    }
    if (this.#queue.first !== undefined) yield* this.#rtc.arm(this.#queue.first.at);
  }

  /** Keep who asks waiting for `us` microseconds. */
  *sleep(us: number): Thread<void> {
    if (us === 0) return;
    const over = this.#self.condition();
    const end = Math.min((yield* this.#rtc.now()) + us, Number.MAX_SAFE_INTEGER);
    // biome-ignore lint/correctness/useYield: waking makes no call
    const entry = yield* this.#schedule(end, function* () {
      over.wake();
    });
    try {
      yield* over.wait();
    } finally {
      this.#queue.remove(entry); // it is still there when the sleeper has died
    }
  }

  /** A session of alarms that ring `signal`. */
  *alarms(customer: Customer, signal: Signal): Thread<{ alarms: OpenSession<typeof Alarms> }> {
    const state: AlarmSet = { signal, customer, pending: new Map(), nextId: 1 };
    yield* this.#dropIfFull(signal);
    const alarms = this.#offer.session(
      Alarms,
      state,
      {
        set: (alarms, { atUs }) => this.#set(alarms, atUs),
        cancel: (alarms, { id }) => this.#cancel(alarms, id),
      },
      (alarms) => this.#endAlarms(alarms),
    );
    return { alarms };
  }

  /** A session that rings `signal` every `us` microseconds. */
  *periodic(
    customer: Customer,
    signal: Signal,
    us: number,
  ): Thread<{ ticks: OpenSession<typeof Ticks> } | Failure<"TooShort" | "TooMany">> {
    if (us < MIN_PERIOD_US || customer.ticking === TICKS_PER_CLIENT) {
      yield* this.#self.drop(signal);
      return fail(us < MIN_PERIOD_US ? "TooShort" : "TooMany");
    }
    const since = yield* this.#rtc.now();
    const state: Ticking = { customer, signal, us, since, next: null };
    yield* this.#dropIfFull(signal);
    const ticks = this.#offer.session(Ticks, state, { count: (ticking) => this.#count(ticking) }, (ticking) =>
      this.#endTicks(ticking),
    );
    customer.ticking += 1;
    yield* this.#scheduleTick(state, since + us);
    return { ticks };
  }

  *#set(alarms: AlarmSet, atUs: number): Thread<{ id: number } | Failure<"TooMany">> {
    const { signal, customer, pending } = alarms;
    if (customer.pending === ALARMS_PER_CLIENT) return fail("TooMany");
    const id = alarms.nextId++;
    const entry = yield* this.#schedule(atUs, function* () {
      pending.delete(id);
      customer.pending -= 1;
      yield* tell(signal);
    });
    pending.set(id, entry);
    customer.pending += 1;
    return { id };
  }

  #cancel({ pending, customer }: AlarmSet, id: number): undefined | Failure<"NotSet"> {
    const entry = pending.get(id);
    if (entry === undefined) return fail("NotSet");
    this.#queue.remove(entry);
    pending.delete(id);
    customer.pending -= 1;
    return undefined;
  }

  *#endAlarms({ signal, pending, customer }: AlarmSet): Thread<void> {
    for (const entry of pending.values()) this.#queue.remove(entry);
    customer.pending -= pending.size;
    yield* this.#self.drop(signal);
  }

  *#count({ since, us }: Ticking): Thread<{ count: number }> {
    return { count: Math.floor(((yield* this.#rtc.now()) - since) / us) };
  }

  *#scheduleTick(ticking: Ticking, at: number): Thread<void> {
    const tick = (now: number) => this.#tick(ticking, now);
    ticking.next = yield* this.#schedule(at, tick);
  }

  /** Times that have passed meanwhile are left out: the signal would be the same one. */
  *#tick(ticking: Ticking, now: number): Thread<void> {
    const { since, us, signal } = ticking;
    yield* this.#scheduleTick(ticking, since + us * (Math.floor((now - since) / us) + 1));
    yield* tell(signal);
  }

  *#endTicks({ customer, signal, next }: Ticking): Thread<void> {
    customer.ticking -= 1;
    if (next !== null) this.#queue.remove(next);
    yield* this.#self.drop(signal);
  }

  /** The signal of a session that there will not be is nobody's. */
  *#dropIfFull(signal: Signal): Thread<void> {
    if (!this.#offer.hasRoom()) yield* this.#self.drop(signal);
  }

  *#schedule(at: number, due: Due): Thread<TimeEntry<Due>> {
    const entry = this.#queue.add(at, due);
    if (this.#queue.first === entry) yield* this.#rtc.arm(at);
    return entry;
  }
}

/** Ring a signal, if it is one. Cannot block. */
function* tell(signal: Signal): Thread<void> {
  yield* seL4_NBSend(signal, seL4_MessageInfo_new(0, 0, 0, 0));
}
