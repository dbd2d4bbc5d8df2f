/**
 * A system of any size, and a root task that does the same things in it for ever: what they cost should not depend on
 * the size.
 *
 * Threads wait at endpoints, equally many at each, all at one endpoint with the same priority and the endpoints with all
 * priorities from 1 to 255 in turn; the root task has 0, so that whom it wakes runs at once and waits again. Beside them
 * there is a CNode full of capabilities. At last the root task takes everything away again.
 */
import type { Program, Syscall, Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CallWithMRs,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadSC,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapTableObject,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Revoke,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  type seL4_Error,
  seL4_MaxPrio,
  seL4_MessageInfo_new,
  seL4_MinSchedContextBits,
  seL4_NBSend,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_PageBits,
  seL4_RecvWithMRs,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_ReplyRecvWithMRs,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
  seL4_TCB_SetSchedParams,
  seL4_TCB_SetSpace,
  seL4_TCB_Suspend,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_UntypedRetypeMaxObjects,
  seL4_Wait,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { answerWord } from "../measure/exchange.js";
import type { Phase, PhaseTally } from "../measure/phases.js";
import { fold } from "../measure/work.js";
import type { Announced } from "./long-entries.js";
import { BUDGET_US, builder, IMAGE, PAGE, type Setup } from "./setup.js";

const OWN = seL4_CapInitThreadCNode;
const SELF = seL4_CapInitThreadTCB;
const DEPTH = seL4_WordBits;
const NOTHING = seL4_MessageInfo_new(0, 0, 0, 0);
const ONE_WORD = seL4_MessageInfo_new(0, 0, 0, 1);
const REGISTERS_TO_A2 = 19;
/** Numbers of the programs in the image. */
const WAITER = 1;
const SERVER = 2;

export const DELETE_ENDPOINT = "Delete of an endpoint where 100 wait";
export const REVOKE_THREADS = "Revoke of the memory of all threads";
export const DELETE_CAPS = "Delete of the CNode of all capabilities";

export interface SystemSize {
  readonly endpoints: number;
  /** Threads that wait at each. */
  readonly waiters: number;
  /** log2 of the capabilities beside. */
  readonly capsBits: number;
  /** How often a phase does its thing. */
  readonly times: number;
}

/** What the root task shares with its host. */
export interface Scale {
  readonly size: SystemSize;
  readonly tally: PhaseTally;
  /** The system is there, and the first phase begins. */
  isReady: boolean;
  /** After the phases everything is to be taken away. */
  dismantles: boolean;
  /** What is being taken away. */
  readonly announced: Announced;
}

export function scalePrograms(scale: Scale): Readonly<Record<string, Program>> {
  return { root: scaleRoot(scale), waiter: waiter(scale.tally), server: server(scale.tally) };
}

/** The phases of the root task, in its order. Calls are counted with those of the threads that they wake. */
export function scalePhases({ endpoints, times }: SystemSize): readonly Phase[] {
  const sweeps = sweepsOf({ endpoints, times });
  const pair = (name: string) => ({ name, calls: 2 * times, times });
  return [
    { name: "signal", calls: times, times },
    pair("call"),
    pair("thread"),
    pair("priority"),
    pair("wake-one"),
    pair("wake-all"),
    { name: "wake-ready", calls: sweeps * (2 * endpoints + 2), times: sweeps * endpoints },
    pair("mint"),
    { name: "suspend", calls: 3 * times, times },
    pair("priority-among"),
  ];
}

/** How often all endpoints are gone through, so that it is done about as often as other things. */
function sweepsOf({ endpoints, times }: Pick<SystemSize, "endpoints" | "times">): number {
  return Math.max(1, Math.round(times / endpoints));
}

/** Objects of one kind, in slots one behind the other. */
interface Range {
  readonly first: number;
  readonly count: number;
}

interface Population {
  readonly endpoints: Range;
  readonly tcbs: Range;
  /** The TCB of the thread that answers calls, and the endpoint where it does. */
  readonly server: number;
  readonly service: seL4_CPtr<"Endpoint">;
  /** What the waiting threads are made of, and what the CNode of capabilities is in. */
  readonly threadMemory: seL4_CPtr<"Untyped">;
  readonly caps: seL4_CPtr<"CNode">;
  readonly notification: seL4_CPtr<"Notification">;
  /** A page of untyped memory, and a slot, to make a thread in. */
  readonly scratch: seL4_CPtr<"Untyped">;
  readonly scratchSlot: number;
}

function scaleRoot(scale: Scale): Program {
  return builder(function* (setup) {
    const { tally, announced } = scale;
    const system = yield* populate(setup, scale.size);
    Object.assign(tally, { begun: 0, done: 0, sum: 0 });
    scale.isReady = true;
    while (!scale.dismantles) yield* examine(system, scale);
    yield* dismantle(system, announced);
    announced.ended = true;
  });
}

/** The memory that the kernel listed, the largest block first. */
function memoryBySize({ untyped, untypedList }: seL4_BootInfo): seL4_CPtr<"Untyped">[] {
  return untypedList
    .map(({ isDevice, sizeBits }, i) => ({ slot: untyped.start + i, sizeBits: isDevice ? -1 : sizeBits }))
    .sort((a, b) => b.sizeBits - a.sizeBits)
    .map(({ slot }) => slot as seL4_CPtr<"Untyped">);
}

function* populate(setup: Setup, size: SystemSize): Thread<Population> {
  const { bootinfo } = setup;
  const [threadMemory, capsMemory, memory] = memoryBySize(bootinfo) as [
    seL4_CPtr<"Untyped">,
    seL4_CPtr<"Untyped">,
    seL4_CPtr<"Untyped">,
  ];
  let next = bootinfo.empty.start;
  function* range(from: seL4_CPtr<"Untyped">, type: number, bits: number, count: number): Thread<Range> {
    const first = next;
    next += count;
    for (let i = 0; i < count; i += seL4_UntypedRetypeMaxObjects) {
      const some = Math.min(count - i, seL4_UntypedRetypeMaxObjects);
      throwOnError(yield* seL4_Untyped_Retype(from, type, bits, OWN, 0, 0, first + i, some));
    }
    return { first, count };
  }
  function* one(from: seL4_CPtr<"Untyped">, type: number, bits: number): Thread<number> {
    return (yield* range(from, type, bits, 1)).first;
  }
  throwOnError(yield* seL4_TCB_SetPriority(SELF, SELF, 0));
  yield* giveTime(setup, seL4_CapInitThreadSC);
  const service = (yield* one(memory, seL4_EndpointObject, seL4_EndpointBits)) as seL4_CPtr<"Endpoint">;
  const reply = yield* one(memory, seL4_ReplyObject, seL4_ReplyBits);
  const notification = yield* one(memory, seL4_NotificationObject, seL4_NotificationBits);
  const scratch = yield* one(memory, seL4_UntypedObject, seL4_PageBits);
  const endpoints = yield* range(memory, seL4_EndpointObject, seL4_EndpointBits, size.endpoints);
  const threads = size.endpoints * size.waiters;
  const tcbs = yield* range(threadMemory, seL4_TCBObject, seL4_TCBBits, threads + 1);
  const scs = yield* range(threadMemory, seL4_SchedContextObject, seL4_MinSchedContextBits, threads + 1);
  for (let i = 0; i < threads; i++) {
    const at = i % size.endpoints;
    yield* start(setup, tcbs.first + i, scs.first + i, WAITER, priorityAt(at), [endpoints.first + at, 0]);
  }
  yield* start(setup, tcbs.first + threads, scs.first + threads, SERVER, seL4_MaxPrio, [service, reply]);
  const caps = (yield* one(capsMemory, seL4_CapTableObject, size.capsBits)) as seL4_CPtr<"CNode">;
  for (let i = 0; i < 2 ** size.capsBits; i++) {
    throwOnError(yield* seL4_CNode_Copy(caps, i, size.capsBits, OWN, notification, DEPTH, seL4_AllRights));
  }
  return {
    endpoints,
    tcbs: { first: tcbs.first, count: threads },
    server: tcbs.first + threads,
    threadMemory,
    caps,
    service,
    notification: notification as seL4_CPtr<"Notification">,
    scratch: scratch as seL4_CPtr<"Untyped">,
    scratchSlot: next,
  };
}

/** All priorities but the root task's own. */
function priorityAt(endpoint: number): number {
  return 1 + (endpoint % seL4_MaxPrio);
}

/** Nobody's turn ends while we look. */
function* giveTime({ bootinfo }: Setup, sc: seL4_CPtr<"SchedContext">): Thread {
  const control = bootinfo.schedcontrol.start;
  throwOnError(yield* seL4_SchedControl_Configure(control, sc, BUDGET_US, BUDGET_US, 0, 0));
}

/** A thread that runs, at once, with `args` in a0 and a2. */
function* start(
  setup: Setup,
  tcbSlot: number,
  scSlot: number,
  page: number,
  priority: number,
  [a0, a2]: readonly [number, number],
): Thread {
  const tcb = tcbSlot as seL4_CPtr<"TCB">;
  const sc = scSlot as seL4_CPtr<"SchedContext">;
  yield* giveTime(setup, sc);
  throwOnError(yield* seL4_TCB_SetSpace(tcb, 0, OWN, 0, seL4_CapInitThreadVSpace, 0));
  throwOnError(yield* seL4_TCB_SetSchedParams(tcb, SELF, 0, priority, sc, 0));
  const registers = { pc: IMAGE + page * PAGE, a0, a2 };
  throwOnError(yield* seL4_TCB_WriteRegisters(tcb, true, 0, REGISTERS_TO_A2, registers));
}

/** All phases once. */
function* examine(system: Population, scale: Scale): Thread {
  yield* examineFew(system, scale);
  yield* examineMany(system, scale);
}

/** What is done with the same few objects again and again. */
function* examineFew({ server, service, notification, scratch, scratchSlot }: Population, scale: Scale): Thread {
  const { tally } = scale;
  const { times } = scale.size;
  for (let i = 0; i < times; i++) {
    tally.begun++;
    yield* seL4_Signal(notification);
    counted(tally, 1);
  }
  for (let i = 0; i < times; i++) {
    tally.begun++;
    const { mr0 } = yield* seL4_CallWithMRs(service, ONE_WORD, i);
    counted(tally, mr0 - answerWord(i, 0) + 1);
  }
  for (let i = 0; i < times; i++) {
    tally.begun++;
    succeeded(tally, yield* seL4_Untyped_Retype(scratch, seL4_TCBObject, seL4_TCBBits, OWN, 0, 0, scratchSlot, 1));
    tally.begun++;
    succeeded(tally, yield* seL4_CNode_Delete(OWN, scratchSlot, DEPTH));
  }
  for (let i = 0; i < times; i++) {
    succeeded(tally, yield* setPriority(tally, server, seL4_MaxPrio - 1));
    succeeded(tally, yield* setPriority(tally, server, seL4_MaxPrio));
  }
}

/** What is done with one object after the other. */
function* examineMany({ endpoints, tcbs, notification, caps }: Population, { size, tally }: Scale): Thread {
  const { times, capsBits } = size;
  for (let i = 0; i < times; i++) yield* wake(tally, endpoints.first);
  for (let i = 0; i < times; i++) yield* wake(tally, endpoints.first + (i % endpoints.count));
  for (let sweep = sweepsOf(size); sweep > 0; sweep--) {
    succeeded(tally, yield* setPriority(tally, SELF, seL4_MaxPrio));
    for (let i = 0; i < endpoints.count; i++) yield* wake(tally, endpoints.first + i);
    succeeded(tally, yield* setPriority(tally, SELF, 0));
  }
  for (let i = 0; i < times; i++) {
    const index = scatteredOver(i, 2 ** capsBits);
    tally.begun++;
    succeeded(tally, yield* seL4_CNode_Delete(caps, index, capsBits));
    tally.begun++;
    const badge = i + 1;
    succeeded(tally, yield* seL4_CNode_Mint(caps, index, capsBits, OWN, notification, DEPTH, seL4_AllRights, badge));
  }
  for (let i = 0; i < times; i++) {
    const tcb = (tcbs.first + scatteredOver(i, tcbs.count)) as seL4_CPtr<"TCB">;
    tally.begun++;
    succeeded(tally, yield* seL4_TCB_Suspend(tcb));
    // The thread, once it is resumed, makes its call again: it does not know, so it is counted here.
    tally.begun += 2;
    succeeded(tally, yield* seL4_TCB_Resume(tcb));
  }
  for (let i = 0; i < times; i++) {
    const index = scatteredOver(i, tcbs.count);
    const usual = priorityAt(index % endpoints.count);
    const other = usual === seL4_MaxPrio ? usual - 1 : usual + 1;
    succeeded(tally, yield* setPriority(tally, tcbs.first + index, other));
    succeeded(tally, yield* setPriority(tally, tcbs.first + index, usual));
  }
}

function wake(tally: PhaseTally, endpoint: number): Syscall<void> {
  tally.begun++;
  return seL4_NBSend(endpoint as seL4_CPtr<"Endpoint">, NOTHING);
}

function setPriority(tally: PhaseTally, tcb: number, priority: number): Syscall<seL4_Error> {
  tally.begun++;
  return seL4_TCB_SetPriority(tcb as seL4_CPtr<"TCB">, SELF, priority);
}

/** Each thing that is done and succeeds counts as 1. */
function succeeded(tally: PhaseTally, error: seL4_Error): void {
  counted(tally, error + 1);
}

function counted(tally: PhaseTally, what: number): void {
  tally.done++;
  tally.sum = fold(tally.sum, what);
}

/** Numbers below `size`, one far from the other. */
function scatteredOver(i: number, size: number): number {
  return (i * 7919) % size;
}

/** Everything is taken away, each call under its name. Nobody else runs any more. */
function* dismantle({ endpoints, threadMemory, caps }: Population, announced: Announced): Thread {
  throwOnError(yield* seL4_TCB_SetPriority(SELF, SELF, seL4_MaxPrio));
  const calls: readonly (readonly [name: string, call: () => Syscall<seL4_Error>])[] = [
    [DELETE_ENDPOINT, () => seL4_CNode_Delete(OWN, endpoints.first, DEPTH)],
    [REVOKE_THREADS, () => seL4_CNode_Revoke(OWN, threadMemory, DEPTH)],
    [DELETE_CAPS, () => seL4_CNode_Delete(OWN, caps, DEPTH)],
  ];
  for (const [name, call] of calls) {
    announced.name = name;
    const error = yield* call();
    announced.name = null;
    throwOnError(error);
  }
}

/** a0: an endpoint, at which it waits for ever again. */
function waiter(tally: PhaseTally): Program {
  return program(function* ({ a0 }) {
    const endpoint = a0 as seL4_CPtr<"Endpoint">;
    for (;;) {
      tally.begun++;
      yield* seL4_Wait(endpoint);
      counted(tally, 1);
    }
  });
}

/** a0: an endpoint, a2: a reply object. */
function server(tally: PhaseTally): Program {
  return program(function* ({ a0, a2 }) {
    const endpoint = a0 as seL4_CPtr<"Endpoint">;
    const reply = a2 as seL4_CPtr<"Reply">;
    let { mr0 } = yield* seL4_RecvWithMRs(endpoint, reply);
    for (;;) {
      tally.begun++;
      ({ mr0 } = yield* seL4_ReplyRecvWithMRs(endpoint, ONE_WORD, answerWord(mr0, 0), 0, 0, 0, reply));
    }
  });
}
