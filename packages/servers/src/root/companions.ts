/**
 * Companions: two kinds of small threads beside the root task, in its address space and its CSpace.
 *
 * The clock signals once a millisecond, by a scheduling context that has a little time in each. It is stopped while
 * nobody has to be started again, so an idle system stays idle. A second one of the same kind signals as often as the
 * most watched server is asked whether it answers; it is there only if the plan has one watched, and is never stopped.
 *
 * A messenger tells one server that a client is dead. The server may be busy, or may itself be waiting for another:
 * then the messenger waits, and the root task does not. Each message is one life of it: it begins with what to say in
 * its registers, calls, tells the root task that it has, and stops.
 *
 *     a2   which of them it is        a4   the badge of the dead client
 *     a3   the capability to use      a5   by which to tell the root task      a6   its own TCB
 */
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_Call,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_MessageInfo_new,
  seL4_MinPrio,
  seL4_MinSchedContextBits,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_Send,
  seL4_SetMR,
  seL4_Signal,
  type seL4_TCB,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_Suspend,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_UserContext_Length,
  seL4_Yield,
  throwOnError,
} from "@tessera/libsel4";
import { program_address } from "@tessera/ut-alloc";
import { CLIENT_DIED } from "../common/session.js";
import { MOST_PRIORITY } from "./make-part.js";
import type { Stock } from "./stock.js";

/** Microseconds between two ticks of the clock, and what it may use of them. */
export const TICK_US = 1000;
const CLOCK_BUDGET_US = 100;
/** A messenger runs round robin: a passive server runs on its time. */
const MESSENGER_US = 1000;

/** What a2 says. The kernel starts the root task with a 0 there. */
const CLOCK = 1;
const MESSENGER = 2;

/** A thread beside the root task. */
export interface Companion {
  readonly tcb: seL4_TCB;
  /** The registers that all its lives begin with. */
  readonly registers: { readonly [name in "pc" | "a2" | "a3" | "a5" | "a6"]: number };
}

/** `root` as a program that is also its companions, by what is in a2. */
export function withCompanions(root: Program): Program {
  const clock = program(({ a3 }) => runClock(a3));
  const messenger = program((start) => runMessenger(start.a3, start.a4, start.a5, start.a6));
  return (start) => {
    if (start.a2 === CLOCK) return clock(start);
    return start.a2 === MESSENGER ? messenger(start) : root(start);
  };
}

/**
 * @param signal a capability to the root task's notification, by which it signals every `periodUs` microseconds
 * @throws NotBuilt
 */
export function* makeClock(
  stock: Stock,
  name: string,
  signal: seL4_CPtr<"Notification">,
  periodUs = TICK_US,
): Thread<Companion> {
  const tcb = yield* makeThread(stock, name, CLOCK_BUDGET_US, periodUs);
  return { tcb, registers: { pc: program_address(0), a2: CLOCK, a3: signal, a5: 0, a6: tcb } };
}

/**
 * @param server a capability to the server, with the supervisor's badge
 * @param done a capability to the root task's endpoint
 * @throws NotBuilt
 */
export function* makeMessenger(
  stock: Stock,
  name: string,
  server: seL4_CPtr<"Endpoint">,
  done: seL4_CPtr<"Endpoint">,
): Thread<Companion> {
  const tcb = yield* makeThread(stock, `root.messenger.${name}`, MESSENGER_US, MESSENGER_US);
  return { tcb, registers: { pc: program_address(0), a2: MESSENGER, a3: server, a5: done, a6: tcb } };
}

/** Begin a life of a companion. @param a4 what a messenger has to say */
export function* startCompanion({ tcb, registers }: Companion, a4 = 0): Thread<void> {
  yield* seL4_TCB_Suspend(tcb);
  const err = yield* seL4_TCB_WriteRegisters(tcb, true, 0, seL4_UserContext_Length, { ...registers, a4 });
  throwOnError(err, "starting a companion of the root task");
}

/** End it, wherever it is. */
export function* stopCompanion({ tcb }: Companion): Thread<void> {
  yield* seL4_TCB_Suspend(tcb);
}

function* makeThread(stock: Stock, name: string, budget: number, period: number): Thread<seL4_TCB> {
  const tcb = stock.keep(yield* stock.object(seL4_TCBObject, seL4_TCBBits, name));
  yield* seL4_DebugNameThread(tcb, name);
  stock.check(yield* seL4_TCB_Configure(tcb, seL4_CapInitThreadCNode, 0, seL4_CapInitThreadVSpace, 0, 0, 0));
  const sc = stock.hold(yield* stock.object(seL4_SchedContextObject, seL4_MinSchedContextBits, `${name}.sc`));
  const { start: control } = stock.bootinfo.schedcontrol;
  stock.check(yield* seL4_SchedControl_Configure(control, sc, budget, period, 0, 0));
  const authority = seL4_CapInitThreadTCB;
  stock.check(yield* seL4_TCB_SetSchedParams(tcb, authority, seL4_MinPrio, MOST_PRIORITY + 1, sc, 0));
  return tcb;
}

function* runClock(signal: seL4_CPtr<"Notification">): Thread<void> {
  for (;;) {
    yield* seL4_Signal(signal);
    yield* seL4_Yield();
  }
}

function* runMessenger(server: seL4_CPtr, badge: number, done: seL4_CPtr, self: seL4_TCB): Thread<void> {
  seL4_SetMR(0, badge);
  yield* seL4_Call(server, seL4_MessageInfo_new(CLIENT_DIED, 0, 0, 1));
  yield* seL4_Send(done, seL4_MessageInfo_new(0, 0, 0, 0));
  yield* seL4_TCB_Suspend(self);
}
