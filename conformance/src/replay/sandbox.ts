/**
 * The sandbox in which every scenario begins (FORMAT.md, "Initial state"), built out of untyped memory.
 *
 * One CNode of 256 slots is the CSpace of four threads. Slots 3..11 hold the only capabilities to their objects, so
 * these are made in the root task's own slots, set up there, and moved in at the end; a move keeps a capability's
 * place in the derivation tree. The threads run in the root task's VSpace.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  seL4_CNode_Copy,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  seL4_RISCV_Page_Map,
  seL4_SchedControl_ConfigureFlags,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import {
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapASIDControl,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  seL4_CapNull,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  seL4_NoError,
  seL4_NotificationObject,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_SchedContext_NoFlag,
  seL4_SchedContextObject,
  seL4_TCBObject,
  seL4_UntypedObject,
  seL4_WordBits,
} from "@tessera/libsel4/abi";
import { type Scenario, THREADS } from "../recording/scenario.js";
import { PARK_SLOT } from "./thread-program.js";

/** log2 of the sandbox CNode's slots, and the guard that makes a CPtr a slot number. */
export const RADIX = 8;
export const GUARD = seL4_CNode_CapData_new(0, seL4_WordBits - RADIX);

/** Slots of the sandbox. */
const Slot = {
  CNode: 1,
  VSpace: 2,
  Tcbs: 3,
  SchedContexts: 7,
  Untyped: 11,
  SchedControl: 12,
  ASIDPool: 13,
  IRQControl: 14,
  ASIDControl: 15,
} as const;

const SCENARIO_UNTYPED_BITS = 18;
/** Holds the scenario's untyped and the threads' TCBs and scheduling contexts. */
const OUTER_UNTYPED_BITS = 19;
/** Holds everything. */
const ALL_UNTYPED_BITS = 20;
const SCHED_CONTEXT_BITS = 8;
const FIRST_SC_BADGE = 0x100;

/** Where the threads' IPC buffers are mapped: behind the root task's image, below the same page table. */
const BUFFERS = 0x100000;
const PAGE_BYTES = 0x1000;

export function bufferAddress(thread: number): number {
  return BUFFERS + thread * PAGE_BYTES;
}

export interface Sandbox {
  /** The untyped of the root task that all of it is made of. */
  readonly memory: number;
  /** The root task's own capability to the CNode. */
  readonly cnode: number;
  /** Slots of the root task's CSpace, one a thread. */
  readonly tcbs: readonly number[];
  readonly schedContexts: readonly number[];
  readonly untyped: number;
}

/**
 * Make and fill the sandbox, all but slots 3..11.
 * @param entries the addresses at which T0..T3 begin
 * @throws Error when the kernel refuses one of its steps
 */
export function* buildSandbox(
  bootinfo: seL4_BootInfo,
  scenario: Scenario,
  entries: readonly number[],
): Thread<Sandbox> {
  let free = bootinfo.empty.start;
  const take = (count: number) => {
    free += count;
    return free - count;
  };
  const retype = function* (untyped: number, type: number, sizeBits: number, count: number): Thread<number> {
    const slot = take(count);
    granted(
      yield* seL4_Untyped_Retype(untyped, type, sizeBits, seL4_CapInitThreadCNode, 0, 0, slot, count),
      `Untyped_Retype to type ${type}`,
    );
    return slot;
  };

  const memory = smallestSufficient(bootinfo);
  const outer = yield* retype(memory, seL4_UntypedObject, OUTER_UNTYPED_BITS, 1);
  const cnode = yield* retype(memory, seL4_CapTableObject, RADIX, 1);
  const buffers = yield* retype(memory, seL4_RISCV_4K_Page, 0, THREADS);
  const park = yield* retype(memory, seL4_NotificationObject, 0, 1);
  const untyped = yield* retype(outer, seL4_UntypedObject, SCENARIO_UNTYPED_BITS, 1);
  const tcbs = yield* retype(outer, seL4_TCBObject, 0, THREADS);
  const schedContexts = yield* retype(outer, seL4_SchedContextObject, SCHED_CONTEXT_BITS, THREADS);

  yield* fillCNode(cnode, bootinfo.schedcontrol.start, park);
  for (let t = 0; t < THREADS; t++) {
    yield* configureThread(t, scenario, {
      cnode,
      tcb: tcbs + t,
      schedContext: schedContexts + t,
      schedControl: bootinfo.schedcontrol.start,
      buffer: buffers + t,
      entry: entries[t] ?? 0,
    });
  }
  const four = (first: number) => Array.from({ length: THREADS }, (_, t) => first + t);
  return { memory, cnode, untyped, tcbs: four(tcbs), schedContexts: four(schedContexts) };
}

/** The smallest untyped of ordinary memory that holds the whole sandbox. */
function smallestSufficient({ untyped, untypedList }: seL4_BootInfo): number {
  let best: number | undefined;
  untypedList.forEach(({ isDevice, sizeBits }, index) => {
    if (isDevice || sizeBits < ALL_UNTYPED_BITS) return;
    if (best === undefined || sizeBits < (untypedList[best]?.sizeBits ?? 0)) best = index;
  });
  if (best === undefined) throw new Error(`no untyped of 2^${ALL_UNTYPED_BITS} bytes was given to the root task`);
  return untyped.start + best;
}

/** Slots 1, 2 and from 12 on: copies, but for IRQControl, which can only be moved. */
function* fillCNode(cnode: number, schedControl: number, park: number): Thread {
  const from = (slot: number) => [seL4_CapInitThreadCNode, slot, seL4_WordBits] as const;
  granted(
    yield* seL4_CNode_Mint(cnode, Slot.CNode, RADIX, ...from(cnode), seL4_AllRights, GUARD),
    "CNode_Mint of the CNode",
  );
  const copies = [
    [Slot.VSpace, seL4_CapInitThreadVSpace],
    [Slot.SchedControl, schedControl],
    [Slot.ASIDPool, seL4_CapInitThreadASIDPool],
    [Slot.ASIDControl, seL4_CapASIDControl],
  ] as const;
  for (const [slot, source] of copies) {
    granted(yield* seL4_CNode_Copy(cnode, slot, RADIX, ...from(source), seL4_AllRights), `CNode_Copy to slot ${slot}`);
  }
  granted(yield* seL4_CNode_Copy(cnode, PARK_SLOT, RADIX, ...from(park), seL4_CanRead), "CNode_Copy of park");
  granted(
    yield* seL4_CNode_Move(cnode, Slot.IRQControl, RADIX, ...from(seL4_CapIRQControl)),
    "CNode_Move of IRQControl",
  );
}

interface ThreadParts {
  readonly cnode: number;
  readonly tcb: number;
  readonly schedContext: number;
  readonly schedControl: number;
  readonly buffer: number;
  readonly entry: number;
}

function* configureThread(thread: number, scenario: Scenario, parts: ThreadParts): Thread {
  const { cnode, tcb, schedContext, schedControl, buffer, entry } = parts;
  const address = bufferAddress(thread);
  granted(
    yield* seL4_RISCV_Page_Map(
      buffer,
      seL4_CapInitThreadVSpace,
      address,
      seL4_ReadWrite,
      seL4_RISCV_Default_VMAttributes,
    ),
    "Page_Map of an IPC buffer",
  );
  granted(
    yield* seL4_TCB_Configure(tcb, cnode, GUARD, seL4_CapInitThreadVSpace, 0, address, buffer),
    `TCB_Configure of T${thread}`,
  );
  const budget = scenario.budgetUs[thread] ?? 0;
  const period = scenario.periodUs[thread] ?? 0;
  const badge = FIRST_SC_BADGE + thread;
  granted(
    yield* seL4_SchedControl_ConfigureFlags(
      schedControl,
      schedContext,
      budget,
      period,
      0,
      badge,
      seL4_SchedContext_NoFlag,
    ),
    `SchedControl_ConfigureFlags of T${thread}`,
  );
  const mcp = scenario.mcp[thread] ?? 0;
  const prio = scenario.prio[thread] ?? 0;
  granted(
    yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, mcp, prio, schedContext, seL4_CapNull),
    `TCB_SetSchedParams of T${thread}`,
  );
  granted(yield* seL4_TCB_WriteRegisters(tcb, false, 0, 1, { pc: entry }), `TCB_WriteRegisters of T${thread}`);
}

/** Give the scenario the only capabilities to its threads, scheduling contexts and memory. */
export function* handOver({ cnode, tcbs, schedContexts, untyped }: Sandbox): Thread {
  const moves = [
    ...tcbs.map((slot, t) => [Slot.Tcbs + t, slot] as const),
    ...schedContexts.map((slot, t) => [Slot.SchedContexts + t, slot] as const),
    [Slot.Untyped, untyped] as const,
  ];
  for (const [slot, source] of moves) {
    granted(
      yield* seL4_CNode_Move(cnode, slot, RADIX, seL4_CapInitThreadCNode, source, seL4_WordBits),
      `CNode_Move to slot ${slot}`,
    );
  }
}

/** Every step of the building must succeed; a refusal is a finding about the kernel, not about the scenario. */
export function granted(error: number, step: string): void {
  if (error !== seL4_NoError) throw new Error(`the sandbox could not be built: ${step} gave error ${error}`);
}
