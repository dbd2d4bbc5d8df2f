/**
 * M1, timer: sleeping and the time as programs have them, then what the timer does for its clients (timer.ts). All is
 * measured by the machine's own clock.
 */
import { compute, type Thread } from "@tessera/hal-sim/isa";
import type { Check, Own } from "../exam/check.js";
import { TIMER } from "./timer.js";

const MS = 1000;
const SLEEPS_US = [100, 1 * MS, 10 * MS, 100 * MS, 1500 * MS];
/** How late one may be who has the processor to himself. */
const LATE_US = 1 * MS;
const PERIODS = 1000;
const PERIOD_US = 5 * MS;
const SLEEPERS = 6;
const NAPS = 5;
/** How late one may be among others. */
const LATE_AMONG_OTHERS_US = 5 * MS;
const STAMPS = 200;
/** How much a stamp may be off from the machine's clock, when both begin together. */
const OFF_US = 200;

export const M1: readonly Check[] = [
  {
    id: "M1/sleep",
    claim: "a sleep lasts as long as asked for, never less and hardly more",
    points: 4,
    look: "how a delay becomes a deadline and a deadline the device's alarm, and what rounds it",
    programs: {
      *first({ sos, witness }) {
        for (const us of SLEEPS_US) yield* slept(witness.us, us, LATE_US, { sos, witness });
      },
    },
  },
  {
    id: "M1/drift",
    claim: `${PERIODS} periods of ${PERIOD_US / MS} ms take ${(PERIODS * PERIOD_US) / 1_000_000} s: nothing adds up`,
    points: 4,
    look: "what the time is computed of: a counter that is read, or delays that are added up",
    programs: {
      *first({ sos, witness }) {
        const [begun, stampBegun] = [witness.us, yield* sos.sos_time_stamp()];
        for (let n = 1; n <= PERIODS; n++) {
          yield* sos.sos_usleep(stampBegun + n * PERIOD_US - (yield* sos.sos_time_stamp()));
        }
        const off = witness.us - begun - PERIODS * PERIOD_US;
        const word = off < 0 ? "short" : "long";
        witness.expect(Math.abs(off) <= LATE_US, `they are ${Math.abs(Math.round(off))} us too ${word}`);
      },
    },
  },
  {
    id: "M1/stamps",
    claim: "sos_time_stamp counts microseconds as the machine's clock does, and never goes back",
    points: 3,
    look: "how ticks of the device become microseconds, and where its two halves are read",
    programs: {
      *first({ sos, witness }) {
        const [begun, stampBegun] = [witness.us, yield* sos.sos_time_stamp()];
        let last = stampBegun;
        for (let n = 0; n < STAMPS; n++) {
          yield* compute(n * 5000);
          const stamp = yield* sos.sos_time_stamp();
          witness.expect(stamp >= last, `a time stamp is ${stamp}, and the one before was ${last}`);
          last = stamp;
        }
        const off = last - stampBegun - (witness.us - begun);
        witness.expect(Math.abs(off) <= OFF_US, `after ${Math.round(witness.us - begun)} us they are off by ${off} us`);
      },
    },
  },
  {
    id: "M1/no-time",
    claim: "who sleeps for no time, or for less, goes on",
    points: 1,
    look: "a delay of 0, and one that is negative, which as an unsigned number is very long",
    programs: {
      *first({ sos, witness }) {
        const begun = witness.us;
        for (const us of [0, -1, -5 * MS]) yield* sos.sos_usleep(us);
        const took = Math.round(witness.us - begun);
        witness.expect(took <= LATE_US, `three of such sleeps take ${took} us`);
      },
    },
  },
  {
    id: "M1/many",
    claim: `${SLEEPERS} processes that sleep at a time wake up at their times each`,
    points: 3,
    look: "the queue of those who sleep: who is first in it, and what is done when two are due at once",
    programs: {
      *first({ sos, witness }) {
        for (let n = 0; n < SLEEPERS; n++) {
          witness.expect((yield* sos.sos_process_create("sleeper")) > 0, "sos_process_create of a sleeper returns -1");
        }
        while (witness.count("slept") < SLEEPERS) yield* sos.sos_usleep(10 * MS);
      },
      *sleeper({ sos, witness }) {
        witness.tell("born");
        const us = (3 + 4 * witness.count("born")) * MS;
        for (let n = 0; n < NAPS; n++) yield* slept(witness.us, us, LATE_AMONG_OTHERS_US, { sos, witness });
        witness.tell("slept");
      },
    },
  },
  ...TIMER,
];

/** Sleep for so long from `begun` on, and be no more than so late. */
function* slept(begun: number, us: number, late: number, { sos, witness }: Pick<Own, "sos" | "witness">): Thread {
  yield* sos.sos_usleep(us);
  const took = Math.round(witness.us - begun);
  witness.expect(took >= us, `a sleep of ${us} us lasts ${took} us, less than asked for`);
  witness.expect(took <= us + late, `a sleep of ${us} us lasts ${took} us: ${took - us} us too long`);
}
