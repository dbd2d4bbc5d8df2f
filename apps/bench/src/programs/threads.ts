/** Many threads that do nothing: each is made, started, and waits. */
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  seL4_MinSchedContextBits,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_TCB_SetPriority,
  seL4_TCB_SetSchedParams,
  seL4_TCB_SetSpace,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_Wait,
  throwOnError,
} from "@tessera/libsel4";
import { fold, type Tally } from "../measure/work.js";
import { builder, IMAGE, largestUntyped, PAGE, type Setup } from "./setup.js";

const OWN = seL4_CapInitThreadCNode;
/** Number of the program of idle threads in the image. */
const IDLER = 1;
const REGISTERS_TO_A2 = 19;
const BUDGET_US = 1_000;
const PERIOD_US = 1_000_000;
const ROOT_PRIORITY = 100;
const IDLER_PRIORITY = 101;

/** Makes `count` threads out of one untyped, into slots one behind the other. */
export function idlerRoot(count: number): Program {
  return builder(function* (setup) {
    const { bootinfo } = setup;
    yield* lowerPriority();
    const first = bootinfo.empty.start;
    yield* retypeOne(setup, seL4_NotificationObject, seL4_NotificationBits, first);
    for (let i = 0; i < count; i++) yield* startIdler(setup, IDLER, first, first + 1 + 2 * i, i);
  });
}

/** The root task gives way to the threads that it makes: each runs until it waits before the next one is made. */
export function* lowerPriority(): Thread {
  throwOnError(yield* seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, ROOT_PRIORITY));
}

/** One object of the largest untyped, in `slot`. */
export function* retypeOne(setup: Setup, type: number, bits: number, slot: number): Thread {
  throwOnError(yield* seL4_Untyped_Retype(largestUntyped(setup), type, bits, OWN, 0, 0, slot, 1));
}

/** Thread number `number` of a program: its TCB in `slot`, its scheduling context behind it, `cap` in its a0. */
export function* startIdler(setup: Setup, page: number, cap: seL4_CPtr, slot: number, number: number): Thread {
  const tcb = slot as seL4_CPtr<"TCB">;
  const sc = (slot + 1) as seL4_CPtr<"SchedContext">;
  yield* retypeOne(setup, seL4_TCBObject, seL4_TCBBits, tcb);
  yield* retypeOne(setup, seL4_SchedContextObject, seL4_MinSchedContextBits, sc);
  const control = setup.bootinfo.schedcontrol.start;
  throwOnError(yield* seL4_SchedControl_Configure(control, sc, BUDGET_US, PERIOD_US, 0, 0));
  throwOnError(yield* seL4_TCB_SetSpace(tcb, 0, OWN, 0, seL4_CapInitThreadVSpace, 0));
  throwOnError(yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, IDLER_PRIORITY, sc, 0));
  const registers = { pc: IMAGE + page * PAGE, a0: cap, a2: number };
  throwOnError(yield* seL4_TCB_WriteRegisters(tcb, true, 0, REGISTERS_TO_A2, registers));
}

/** a0: a notification that nobody signals, a2: its number, which it counts before it waits. */
export function idler(tally: Tally): Program {
  return program(function* ({ a0: notification, a2: number }) {
    tally.done++;
    tally.sum = fold(tally.sum, number);
    yield* seL4_Wait(notification as seL4_CPtr<"Notification">);
  });
}
