/** System calls and round trips of IPC: one machine each. */

import type { Program } from "@tessera/hal-sim/isa";
import { answerWord, expectedDigest, requestWord } from "../measure/exchange.js";
import { fold, foldAll, REQUESTS, type Tally } from "../measure/work.js";
import {
  answerFour,
  answerFourStaged,
  answerLong,
  answerLongBare,
  answerOne,
  callFour,
  callFourStaged,
  callLong,
  callLongBare,
  callOne,
  LONG,
  ping,
  poll,
  pong,
  signal,
} from "../programs/loops.js";
import { alone, pair, type ServiceOptions, service } from "../programs/roots.js";
import { type Case, timed } from "./case.js";
import { type MachineWork, type MachineWorkOptions, machineWork } from "./machine-work.js";

const CALLS = "system calls";
const IPC = "IPC";

/** Kernel entries of a round trip: Call and ReplyRecv. */
const ROUND_TRIP = 2;

const emptyTally = (): Tally => ({ done: 0, sum: 0 });

/** The sum when each request is answered by `digest(i)`. */
const answers = (digest: (i: number) => number) => (done: number) => foldAll(done, (i) => digest(i % REQUESTS));

function longDigest(i: number): number {
  let sum = 0;
  for (let j = 0; j < LONG; j++) sum = fold(sum, answerWord(requestWord(i, j), j));
  return sum;
}

/** A client and a server. */
interface Exchange {
  readonly client: (tally: Tally) => Program;
  readonly server: () => Program;
  readonly digest: (i: number) => number;
}

const ONE: Exchange = { client: callOne, server: answerOne, digest: (i) => answerWord(i, 0) };
const FOUR: Exchange = { client: callFour, server: answerFour, digest: expectedDigest };
const FOUR_STAGED: Exchange = { client: callFourStaged, server: answerFourStaged, digest: expectedDigest };
const LONG_USED: Exchange = { client: callLong, server: answerLong, digest: longDigest };
const LONG_BARE: Exchange = {
  client: callLongBare,
  server: answerLongBare,
  digest: (i) => (i === 0 ? longDigest(0) : answerWord(i, 0)),
};

/** A client that calls a server for ever. */
export function exchangeWork(
  { client, server, digest }: Exchange,
  options: ServiceOptions,
  more: Pick<MachineWorkOptions, "kernel"> = {},
): MachineWork {
  const tally = emptyTally();
  return machineWork({
    ...more,
    tally,
    programs: { root: service(options), client: client(tally), server: server() },
    entriesEach: ROUND_TRIP,
    expected: answers(digest),
  });
}

/** One word there and back to a passive server. */
export function oneWordWork(more: Pick<MachineWorkOptions, "kernel"> = {}): MachineWork {
  return exchangeWork(ONE, { passive: true }, more);
}

function roundTrip(name: string, title: string, exchange: Exchange, options: ServiceOptions): Case {
  return timed(IPC, name, title, () => ({ work: exchangeWork(exchange, options), batch: 10_000 }));
}

/** What `tools/run.mjs` gives V8: room for callees in their callers. The other cases run as Node does by itself. */
const ROOMY = ["--max-inlined-bytecode-size-cumulative=4000"];

/** The case again, with `ROOMY`. */
function roomy(of: Case, name: string, title: string): Case {
  return {
    ...of,
    name,
    title,
    flags: ROOMY,
    async run(settings) {
      const { floor, figures } = await of.run(settings);
      return { floor, figures: figures.map((figure) => ({ ...figure, id: name, title })) };
    },
  };
}

function single(name: string, title: string, program: (tally: Tally) => Program): Case {
  return timed(CALLS, name, title, () => {
    const tally = emptyTally();
    const programs = { root: alone(), client: program(tally) };
    const expected = (done: number) => foldAll(done, () => 1);
    return { work: machineWork({ tally, programs, entriesEach: 1, expected }), batch: 50_000 };
  });
}

function pingPong(): MachineWork {
  const tally = emptyTally();
  const programs = { root: pair(), ping: ping(tally), pong: pong() };
  // Ping's notification is minted with badge 1.
  return machineWork({ tally, programs, entriesEach: 4, expected: (done) => foldAll(done, () => 1) });
}

const CALL_ONE = roundTrip("call-1", "Call/ReplyRecv, 1 word, passive server", ONE, { passive: true });
const SIGNAL_WAIT = timed(IPC, "signal-wait", "Signal/Wait ping-pong", () => ({ work: pingPong(), batch: 5_000 }));

export const SYSTEM_CALLS: readonly Case[] = [
  single("null-nbwait", "null call: NBWait on nothing", poll),
  single("null-signal", "null call: Signal without a waiter", signal),
  CALL_ONE,
  roomy(CALL_ONE, "call-1-roomy", "the same, with V8's limit for inlining raised"),
  roundTrip("call-1-active", "Call/ReplyRecv, 1 word, active server", ONE, { passive: false }),
  roundTrip("call-4", "Call/ReplyRecv, 4 words", FOUR, { passive: true }),
  roundTrip("call-4-mr", "the same by SetMR and GetMR", FOUR_STAGED, { passive: true }),
  roundTrip("call-64", "Call/ReplyRecv, 64 words, kernel part", LONG_BARE, { passive: true }),
  roundTrip("call-64-mr", "the same, all set and read", LONG_USED, { passive: true }),
  SIGNAL_WAIT,
  roomy(SIGNAL_WAIT, "signal-wait-roomy", "the same, with V8's limit for inlining raised"),
  roundTrip("call-1-level2", "Call/ReplyRecv, 1 word, CSpaces of 2 levels", ONE, { passive: true, levels: 2 }),
  roundTrip("call-1-level8", "Call/ReplyRecv, 1 word, CSpaces of 8 levels", ONE, { passive: true, levels: 8 }),
];
