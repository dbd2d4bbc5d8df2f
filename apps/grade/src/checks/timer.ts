/**
 * M1, the timer itself: what it does for several clients at a time, each of which sleeps, or sets alarms, or hears ticks.
 * They are the grader's own (exam/clients.ts), and say before each wait what they wait for. SOS is there, and does nothing.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { KernelEvent } from "@tessera/kernel";
import { CapTag, IRQAckIRQ } from "@tessera/libsel4/abi";
import { must } from "@tessera/servers";
import type { Check, Main } from "../exam/check.js";
import type { ClientMain, ClientOwn } from "../exam/clients.js";
import type { Exam } from "../exam/exam.js";
import { Failed, type Witness } from "../exam/witness.js";

const MS = 1000;
/** How late a client may be answered, or rung. */
const LATE_US = 5 * MS;
/** When all clients have long come to their ends. */
const END_US = 700 * MS;
/** The interrupt of the board's real-time clock, and where the kernel's snapshot has its notification. */
const RTC = { home: 0, index: 11 };
const NAPS = 4;
const PERIOD_MS = 5;
const PERIODS = 40;
const THROUGH = "its end";

export const TIMER: readonly Check[] = [
  {
    id: "M1/sleepers",
    claim: "clients of the timer that sleep at a time are answered at their times each",
    points: 3,
    look: "what is done at the device's interrupt: all who are due are answered, and its alarm is armed for the next one",
    programs: { first: nothing },
    clients: { short: sleeping("short", 7), middle: sleeping("middle", 20), long: sleeping("long", 45) },
    examine: (exam) => expectThrough(exam, ["short", "middle", "long"]),
  },
  {
    id: "M1/alarms",
    claim: "alarms ring at their times, in whatever order they were set, and at once if their time has passed",
    points: 3,
    look: "where an alarm is put into the queue, and when the device is armed: for a new first one, and for who comes next",
    programs: { first: nothing },
    clients: { odd: alarmed("odd", [50, 10, 30, 90, 70], []), even: alarmed("even", [-1, 80, 20, 60, 30, 40], []) },
    examine: (exam) => expectThrough(exam, ["odd", "even"]),
  },
  {
    id: "M1/cancel",
    claim: "an alarm that is cancelled does not ring, and all others do; what has rung cannot be cancelled (NotSet)",
    points: 3,
    look: "how an alarm is taken out of the queue: the first, one in the middle, and one that is there no more",
    programs: { first: nothing },
    clients: {
      fickle: alarmed("fickle", [10, 20, 30, 40, 50], [10, 30, 50]),
      other: alarmed("other", [15, 30, 45], []),
    },
    examine: (exam) => expectThrough(exam, ["fickle", "other"]),
  },
  {
    id: "M1/ticks",
    claim: `${PERIODS} periods of ${PERIOD_MS} ms ring at their times, until their session is closed`,
    points: 2,
    look: "what sets the next period when one has rung, and from when it is counted: from when the last one should have rung",
    programs: { first: nothing },
    clients: { drummer, sleeper: sleeping("sleeper", 13) },
    examine: (exam) => expectThrough(exam, ["drummer", "sleeper"]),
  },
  {
    id: "M1/acknowledged",
    claim: "each interrupt of the clock is acknowledged, since on most boards there is no other before that",
    points: 2,
    look: "what the driver does when it has heard an interrupt: seL4_IRQHandler_Ack. This board forgives who forgets it",
    programs: { first: nothing },
    clients: { sleeper: sleeping("sleeper", 20) },
    examine(exam) {
      expectThrough(exam, ["sleeper"]);
      expectAcknowledged(exam);
    },
  },
];

function* nothing(): ReturnType<Main> {}

/** A client that sleeps several times. */
function sleeping(name: string, ms: number): ClientMain {
  return function* ({ clock, witness }) {
    for (let n = 1; n <= NAPS; n++) {
      const what = `sleep ${n} of ${ms} ms`;
      witness.tell(name, `the end of ${what}`);
      const begun = witness.us;
      must(yield* clock.sleep({ us: ms * MS }), `${what} of a client`);
      expectOnTime(`${what} of the client "${name}"`, begun, ms, witness);
    }
    witness.tell(name, THROUGH);
  };
}

/** A client that sets alarms so many milliseconds from now, in this order, and cancels some of them. */
function alarmed(name: string, setMs: readonly number[], cancelledMs: readonly number[]): ClientMain {
  return function* (own) {
    const { clock, self, witness } = own;
    const signal = yield* self.signal(() => {});
    const { alarms } = must(yield* clock.alarms({ signal }));
    const begun = witness.us;
    const { us } = must(yield* clock.time());
    const ids = new Map<number, number>();
    for (const ms of setMs) ids.set(ms, must(yield* alarms.set({ atUs: us + ms * MS })).id);
    for (const ms of cancelledMs) must(yield* alarms.cancel({ id: ids.get(ms) as number }), "to cancel what was set");
    const left = [...new Set(setMs)].filter((ms) => !cancelledMs.includes(ms)).sort((a, b) => a - b);
    for (const ms of left) yield* heard(name, begun, ms, own);
    for (const ms of [...cancelledMs, ...left]) {
      const { error } = yield* alarms.cancel({ id: ids.get(ms) as number });
      witness.equal("what cancel answers for an alarm that is to come no more", String(error), "NotSet");
    }
    // Whatever rings once more is heard before this one's time.
    const lastMs = Math.max(...setMs) + 30;
    must(yield* alarms.set({ atUs: us + lastMs * MS }));
    yield* heard(name, begun, lastMs, own);
    witness.tell(name, THROUGH);
  };
}

/** A client that has a period, closes it, and listens for a while longer. */
function* drummer(own: ClientOwn): Thread {
  const { clock, self, witness } = own;
  const signal = yield* self.signal(() => {});
  const begun = witness.us;
  const { ticks } = must(yield* clock.periodic({ signal, us: PERIOD_MS * MS }));
  for (let n = 1; n <= PERIODS; n++) {
    yield* heard("drummer", begun, n * PERIOD_MS, own);
  }
  witness.equal(`after ${PERIODS} periods their count`, must(yield* ticks.count()).count, PERIODS);
  yield* ticks.close();
  const bell = yield* self.signal(() => {});
  const { alarms } = must(yield* clock.alarms({ signal: bell }));
  const { us } = must(yield* clock.time());
  const since = witness.us;
  must(yield* alarms.set({ atUs: us + 3 * PERIOD_MS * MS }));
  yield* heard("drummer", since, 3 * PERIOD_MS, own);
  witness.tell("drummer", THROUGH);
}

/** Wait for a signal that is to ring so long after `begun`, at once if that is before it. */
function* heard(name: string, begun: number, ms: number, { self, witness }: ClientOwn): Thread {
  const what = ms < 0 ? "an alarm whose time has passed" : `what is to ring at ${ms} ms`;
  witness.tell(name, what);
  yield* self.signalled();
  expectOnTime(`${what} for the client "${name}"`, begun, Math.max(0, ms), witness);
}

/** It has come after so many milliseconds, and hardly later. */
function expectOnTime(what: string, begun: number, ms: number, witness: Witness): void {
  const took = Math.round(witness.us - begun);
  witness.expect(took >= ms * MS, `${what} has come after ${took} us: too early`);
  witness.expect(took <= ms * MS + LATE_US, `${what} has come after ${took} us: ${took - ms * MS} us too late`);
}

/** All clients have come to their ends. @throws Failed with what those wait for who have not */
function expectThrough(exam: Exam, clients: readonly string[]): void {
  exam.rest(END_US);
  const waits = clients.flatMap((name) => {
    const what = exam.witness.values(name).at(-1) ?? "its beginning";
    return what === THROUGH ? [] : [`the client "${name}" still waits for ${String(what)}`];
  });
  if (waits.length > 0) throw new Failed(`after ${END_US / MS} ms ${waits.join(", and ")}`);
}

/** Each interrupt of the clock that the kernel's trace knows of is acknowledged. @throws Failed when one is not */
function expectAcknowledged({ machine: { trace }, snapshot }: Exam): void {
  const signal = snapshot.capabilities.find(({ home, index }) => home === RTC.home && index === RTC.index);
  let count = 0;
  let unanswered = 0;
  for (let n = trace.first; n < trace.count; n++) {
    const record = trace.record(n);
    if (record === undefined) continue;
    const { kind, subject, a, c } = record;
    if (kind === KernelEvent.Invoked && c === CapTag.irqHandler && a === IRQAckIRQ) unanswered = 0;
    if (kind !== KernelEvent.Signal || subject !== 0 || a !== signal?.object) continue;
    count += 1;
    unanswered += 1;
  }
  if (count < NAPS) throw new Failed(`${NAPS} sleeps, and the clock has interrupted ${count} times`);
  if (unanswered > 0)
    throw new Failed(`of ${count} interrupts of the clock, the last ${unanswered} are not acknowledged`);
}
