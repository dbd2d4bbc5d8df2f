/**
 * A thread, made of kernel objects: TCB, scheduling context, and the registers that it begins with.
 *
 * `make_thread` makes it in any CSpace and VSpace and does not let it run: `seL4_TCB_Resume` does. spawn.ts makes one
 * beside the caller, process.ts one with spaces of its own. What a thread is made of is kept in its record, to be given
 * back by `free_thread`.
 *
 * A program of the image is a page in the root task's memory (`program_address`); a thread that is to run it begins
 * there. Registers: a0 is the argument, a1 the address of the IPC buffer, as `program` of libsel4 expects.
 *
 * Source of the idea: `sos/src/threads.h` of the course's system; ours have no stack to be given.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadTCB,
  seL4_CapNull,
  type seL4_CNode,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_MinPrio,
  seL4_MinSchedContextBits,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
  type seL4_SchedContext,
  seL4_SchedContextObject,
  type seL4_SchedControl,
  seL4_SchedControl_Configure,
  type seL4_TCB,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_UserContext_Length,
} from "@tessera/libsel4";
import type { retyped_t } from "./alloc-retype.js";
import { free_objects, type made_t, need, need_object, refused } from "./making.js";

/** The course's budget and period, in microseconds: both the same, so the thread is scheduled round robin. */
const BUDGET_US = 1000;
const PERIOD_US = 1000;

/** How a thread is scheduled, and who hears of its faults. */
export interface thread_options {
  /** For transcripts and explanations. */
  readonly name: string;
  /** 0 to 255, greater is more urgent; not above the MCP of `authority`. */
  readonly priority: number;
  /** The thread whose MCP allows this priority: the root task's own if left out. */
  readonly authority?: seL4_TCB;
  /** The highest priority that it may give others: 0 if left out. */
  readonly mcp?: number;
  /** Microseconds that it may run in each period: 1000 if left out. */
  readonly budget_us?: number;
  /** Microseconds: `budget_us`, or 1000, if left out. */
  readonly period_us?: number;
  /** Of the core that it runs on: `schedcontrol.start` of BootInfo. */
  readonly sched_control: seL4_SchedControl;
  /** The endpoint, in the caller's CSpace, that its faults are sent to; none if left out. */
  readonly fault_ep?: seL4_CPtr<"Endpoint">;
}

/** Where a thread lives and begins. All capabilities lie in the caller's CSpace. */
export interface thread_spaces {
  readonly cspace_root: seL4_CNode;
  readonly vspace: seL4_RISCV_PageTable;
  /** Address of the IPC buffer in `vspace`, and its page. */
  readonly ipc_buffer: number;
  readonly ipc_buffer_page: seL4_RISCV_Page;
  /** Where it begins: `program_address`, or the entry point of an executable. */
  readonly entry: number;
  /** What it finds in a0: an argument, or the address of one. */
  readonly arg: number;
}

/** A thread that was made. */
export interface thread_t {
  readonly tcb: seL4_TCB;
  readonly sched_context: seL4_SchedContext;
  /** What it is made of, in the order in which it was made. */
  readonly objects: readonly retyped_t[];
}

/**
 * Make a thread. It does not run yet.
 * Cannot block. Takes memory and slots for a TCB and a scheduling context.
 * @param cspace the CSpace that the caller runs on
 * @returns error -1 when memory or slots have run out, or the kernel refuses a step (`reason` says which); then
 * nothing has changed
 * @throws TypeError or RangeError for an option that is no such number; nothing has changed then, either
 */
export function* make_thread(
  cspace: cspace_t,
  spaces: thread_spaces,
  options: thread_options,
): Thread<made_t<thread_t>> {
  const objects: retyped_t[] = [];
  try {
    return { error: 0, made: yield* assemble_thread(cspace, spaces, options, objects) };
  } catch (thrown) {
    yield* free_objects(objects, cspace);
    return refused(thrown);
  }
}

/** Stop a thread and give back what it is made of. Cannot block, allocates nothing, has no errors. */
export function* free_thread(thread: thread_t, cspace: cspace_t): Thread<void> {
  yield* free_objects([...thread.objects], cspace);
}

/** The steps of it, each object noted in `objects`; one that fails throws. */
export function* assemble_thread(
  cspace: cspace_t,
  spaces: thread_spaces,
  options: thread_options,
  objects: retyped_t[],
): Thread<thread_t> {
  const { cspace_root, vspace, ipc_buffer, ipc_buffer_page, entry, arg } = spaces;
  const {
    name,
    priority,
    mcp = seL4_MinPrio,
    sched_control,
    fault_ep = seL4_CapNull,
    authority = seL4_CapInitThreadTCB,
  } = options;
  const { budget_us = BUDGET_US, period_us = Math.max(budget_us, PERIOD_US) } = options;

  const tcb = yield* need_object(seL4_TCBObject, seL4_TCBBits, "a TCB", objects, cspace);
  yield* seL4_DebugNameThread(tcb, name);
  // Data of 0 keeps the guard that the CSpace was made with.
  need(yield* seL4_TCB_Configure(tcb, cspace_root, 0, vspace, 0, ipc_buffer, ipc_buffer_page), "seL4_TCB_Configure");
  const sc_bits = seL4_MinSchedContextBits;
  const sc = yield* need_object(seL4_SchedContextObject, sc_bits, "a scheduling context", objects, cspace);
  need(
    yield* seL4_SchedControl_Configure(sched_control, sc, budget_us, period_us, 0, 0),
    "seL4_SchedControl_Configure",
  );
  need(yield* seL4_TCB_SetSchedParams(tcb, authority, mcp, priority, sc, fault_ep), "seL4_TCB_SetSchedParams");
  const registers = { pc: entry, a0: arg, a1: ipc_buffer };
  need(yield* seL4_TCB_WriteRegisters(tcb, false, 0, seL4_UserContext_Length, registers), "seL4_TCB_WriteRegisters");
  return { tcb, sched_context: sc, objects };
}
