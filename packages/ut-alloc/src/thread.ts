/**
 * A thread, made of kernel objects: TCB, scheduling context, and the registers that it begins with.
 *
 * `make_thread` makes it in any CSpace and VSpace and does not let it run: `seL4_TCB_Resume` does. `spawn` makes one
 * beside the caller, in its own spaces, with an IPC buffer of its own, and lets it run; process.ts makes one with spaces
 * of its own. What a thread is made of is kept in its record, to be given back by `free_thread`.
 *
 * A program of the image is a page in the root task's memory (`program_address`); a thread that is to run it begins
 * there. Registers: a0 is the argument, a1 the address of the IPC buffer, as `program` of libsel4 expects.
 *
 * Source of the idea: `sos/src/threads.h` of the course's system; ours have no stack to be given.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  ROOT_IMAGE_BASE,
  type seL4_BootInfo,
  seL4_CapInitThreadTCB,
  seL4_CapNull,
  type seL4_CNode,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_MinPrio,
  seL4_MinSchedContextBits,
  seL4_NoError,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
  type seL4_SchedContext,
  seL4_SchedContextObject,
  type seL4_SchedControl,
  seL4_SchedControl_Configure,
  type seL4_TCB,
  seL4_TCB_Configure,
  seL4_TCB_Resume,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_UserContext_Length,
  sel4_strerror,
} from "@tessera/libsel4";
import { alloc_retype, free_retyped, type retyped_t } from "./alloc-retype.js";
import { MAP_FRAME_NO_MEMORY, map_frame } from "./map-frame.js";
import { free_paging_objects, type paging_object_t } from "./paging.js";
import { ut_table_of } from "./table.js";
import { SOS_UART_RECV_BUF } from "./vmem-layout.js";

const PAGE_BYTES = 2 ** seL4_PageBits;

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

/** A call that makes something of several objects: it succeeds, or has changed nothing and says why. */
export type made_t<T> =
  | { readonly error: 0; readonly made: T }
  | { readonly error: -1; readonly made: null; readonly reason: string };

/** The address of program `number` of the image in the root task's memory. Plain. */
export function program_address(number: number): number {
  return ROOT_IMAGE_BASE + number * PAGE_BYTES;
}

/**
 * The capability to the page of program `number` of the image. Plain.
 * @throws RangeError when the image has no page of this number
 */
export function program_page(bootinfo: Pick<seL4_BootInfo, "userImageFrames">, number: number): seL4_RISCV_Page {
  const { start, end } = bootinfo.userImageFrames;
  if (!(Number.isInteger(number) && number >= 0 && start + number < end)) {
    throw new RangeError(`program_page: the image has pages 0 to ${end - start - 1}, not ${number}`);
  }
  return start + number;
}

/** A step has failed; the message says which. It is caught where everything is given back, and becomes `reason`. */
export class NotMade extends Error {}

/**
 * What a call returns that failed, after everything has been given back.
 * @throws what was thrown for another reason: a bad argument
 */
export function refused(thrown: unknown): { readonly error: -1; readonly made: null; readonly reason: string } {
  if (thrown instanceof NotMade) return { error: -1, made: null, reason: thrown.message };
  throw thrown;
}

/** Go on when a step succeeded. */
export function need(err: number, step: string): void {
  if (err === seL4_NoError) return;
  throw new NotMade(`${step}: ${err === MAP_FRAME_NO_MEMORY ? "no memory or slots" : sel4_strerror(err)}`);
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
    return { error: 0, made: yield* assemble(cspace, spaces, options, objects) };
  } catch (thrown) {
    yield* free_objects(objects, cspace);
    return refused(thrown);
  }
}

/** Stop a thread and give back what it is made of. Cannot block, allocates nothing, has no errors. */
export function* free_thread(thread: thread_t, cspace: cspace_t): Thread<void> {
  yield* free_objects([...thread.objects], cspace);
}

/** A thread beside its maker. */
export interface spawned_t extends thread_t {
  /** Address of its IPC buffer. */
  readonly ipc_buffer: number;
}

/**
 * Let program `number` of the image run as a thread of the root task: in its CSpace and VSpace, sharing all it has.
 *
 * Cannot block; a thread of higher priority runs at once. Takes memory and slots for a TCB, a scheduling context, the
 * page of an IPC buffer and its page tables.
 * @param cspace the CSpace that the caller runs on
 * @param number of the program; `arg` is what it finds in a0
 * @returns error -1 as `make_thread`, or when no addresses for IPC buffers are left
 * @throws as `make_thread`
 */
export function* spawn(
  cspace: cspace_t,
  number: number,
  arg: number,
  options: thread_options,
): Thread<made_t<spawned_t>> {
  const { windows } = ut_table_of(cspace);
  const objects: retyped_t[] = [];
  const tables: paging_object_t[] = [];
  const ipc_buffer = windows.ipc_buffer_free.pop() ?? windows.ipc_buffer;
  if (ipc_buffer >= SOS_UART_RECV_BUF) return { error: -1, made: null, reason: "no address is left for an IPC buffer" };
  if (ipc_buffer === windows.ipc_buffer) windows.ipc_buffer += PAGE_BYTES;
  try {
    const ipc_buffer_page = yield* need_object(seL4_RISCV_4K_Page, seL4_PageBits, "an IPC buffer", objects, cspace);
    const attr = seL4_RISCV_ExecuteNever;
    const err = yield* map_frame(cspace, ipc_buffer_page, windows.vspace, ipc_buffer, seL4_ReadWrite, attr, tables);
    need(err, "mapping the IPC buffer");
    const spaces = { cspace_root: cspace.root_cnode, vspace: windows.vspace, ipc_buffer, ipc_buffer_page, arg };
    const thread = yield* assemble(cspace, { ...spaces, entry: program_address(number) }, options, objects);
    need(yield* seL4_TCB_Resume(thread.tcb), "seL4_TCB_Resume");
    return { error: 0, made: { ...thread, ipc_buffer } };
  } catch (thrown) {
    yield* free_objects(objects, cspace);
    yield* free_paging_objects(tables, cspace);
    windows.ipc_buffer_free.push(ipc_buffer);
    return refused(thrown);
  }
}

/**
 * Stop a thread of `spawn` and give back what it is made of, except the page tables: its address is used again.
 * Cannot block, allocates nothing, has no errors.
 */
export function* free_spawned(thread: spawned_t, cspace: cspace_t): Thread<void> {
  yield* free_thread(thread, cspace);
  ut_table_of(cspace).windows.ipc_buffer_free.push(thread.ipc_buffer);
}

/** A new object, noted in `objects`. */
export function* need_object<T extends number>(
  type: T,
  size_bits: number,
  what: string,
  objects: retyped_t[],
  cspace: cspace_t,
) {
  const { ut, cptr } = yield* alloc_retype(type, size_bits, cspace);
  if (ut === null) throw new NotMade(`no memory or slots for ${what}`);
  objects.push({ ut, cptr });
  return cptr;
}

/** Newest first: what was made last may use what was made before. */
export function* free_objects(objects: retyped_t[], cspace: cspace_t): Thread<void> {
  for (let object = objects.pop(); object !== undefined; object = objects.pop()) yield* free_retyped(object, cspace);
}

function* assemble(
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
