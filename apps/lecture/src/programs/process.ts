/**
 * A process, made of kernel objects one by one: VSpace, CSpace, pages, thread, time, and where its faults go.
 *
 * The order is that of the course's `start_first_process`. What comes out is complete but does not run: its parent puts
 * capabilities into its CSpace and words onto its environment page or into its registers, and then resumes it.
 */
import {
  CSPACE_NOERROR,
  cspace_alloc_slot,
  cspace_copy,
  cspace_create_one_level,
  type cspace_t,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  seL4_DebugNameThread,
  type seL4_Error,
  seL4_MinPrio,
  seL4_MinSchedContextBits,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
  seL4_RISCV_PageTableObject,
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
  seL4_VSpaceBits,
  throwOnError,
} from "@tessera/libsel4";
import { MAP_FRAME_NO_MEMORY, map_frame } from "@tessera/ut-alloc";
import { make } from "./make.js";

/** Where things are in the memory of every process of this system. */
const PROGRAM = 0x1_0000;
const ENVIRONMENT = 0x1_1000;
const PROCESS_IPC_BUFFER = 0xa000_0000;

/** Time: 1 ms in every 1 ms, that is, round robin. */
const ROUND_ROBIN: Budget = { budget_us: 1000, period_us: 1000 };

/** How much time a process gets, and in which time. */
export interface Budget {
  readonly budget_us: number;
  readonly period_us: number;
}

export interface ProcessOptions {
  readonly name: string;
  /** The frame of the image that holds the program's page. */
  readonly program: seL4_RISCV_Page;
  readonly priority: number;
  /** The endpoint that its faults are sent to, with a badge that says whose they are. */
  readonly fault_ep: seL4_CPtr<"Endpoint">;
  /** Where the parent gets to see the environment page, in its own memory; without it there is no such page. */
  readonly environment?: number;
  /** Addresses at which it gets a page of memory for itself. */
  readonly memory?: readonly number[];
  /** Round robin unless it is given. */
  readonly budget?: Budget;
  readonly sched_control: seL4_SchedControl;
}

export interface Process {
  /** Its CSpace, for its parent to fill. */
  readonly cspace: cspace_t;
  readonly tcb: seL4_TCB;
  /** The registers that it begins with. */
  readonly registers: Readonly<Record<string, number>>;
  /** Its mapping of the program, the only capability of its parts that was not made of new memory. */
  readonly program: seL4_RISCV_Page;
}

/** @throws Error when memory or slots of `cspace`, the parent's own, have run out. */
export function* create_process(cspace: cspace_t, options: ProcessOptions): Thread<Process> {
  const vspace = yield* make(seL4_RISCV_PageTableObject, seL4_VSpaceBits, cspace);
  throwOnError(yield* seL4_RISCV_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace), "ASIDPool_Assign");

  const created = yield* cspace_create_one_level(cspace);
  if (created.error !== CSPACE_NOERROR) throw new Error(`no memory for the CSpace of ${options.name}`);

  const tcb = yield* make(seL4_TCBObject, seL4_TCBBits, cspace);
  yield* seL4_DebugNameThread(tcb, options.name);
  const { program, ipc_buffer } = yield* map_pages(cspace, vspace, options);
  for (const vaddr of options.memory ?? []) yield* map_new_page(cspace, vspace, vaddr);
  const { root_cnode } = created.target;
  let err = yield* seL4_TCB_Configure(tcb, root_cnode, 0, vspace, 0, PROCESS_IPC_BUFFER, ipc_buffer);
  throwOnError(err, "TCB_Configure");
  yield* give_time(cspace, tcb, options);

  const registers = { pc: PROGRAM, a0: ENVIRONMENT, a1: PROCESS_IPC_BUFFER };
  err = yield* seL4_TCB_WriteRegisters(tcb, false, 0, seL4_UserContext_Length, registers);
  throwOnError(err, "TCB_WriteRegisters");
  return { cspace: created.target, tcb, registers, program };
}

/** The program, the environment (mapped by the parent too) and the IPC buffer. */
function* map_pages(
  cspace: cspace_t,
  vspace: seL4_RISCV_PageTable,
  options: ProcessOptions,
): Thread<{ program: seL4_RISCV_Page; ipc_buffer: seL4_RISCV_Page }> {
  const program = yield* copy(cspace, options.program);
  const executable = seL4_RISCV_Default_VMAttributes;
  throwUnlessMapped(yield* map_frame(cspace, program, vspace, PROGRAM, seL4_CanRead, executable), PROGRAM);

  if (options.environment !== undefined) {
    const parents = yield* map_new_page(cspace, seL4_CapInitThreadVSpace, options.environment);
    const own = yield* copy(cspace, parents);
    const data = seL4_RISCV_ExecuteNever;
    throwUnlessMapped(yield* map_frame(cspace, own, vspace, ENVIRONMENT, seL4_CanRead, data), ENVIRONMENT);
  }
  return { program, ipc_buffer: yield* map_new_page(cspace, vspace, PROCESS_IPC_BUFFER) };
}

/** A new page of memory, readable and writable at `vaddr`. */
function* map_new_page(cspace: cspace_t, vspace: seL4_RISCV_PageTable, vaddr: number): Thread<seL4_RISCV_Page> {
  const frame = yield* make(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
  const err = yield* map_frame(cspace, frame, vspace, vaddr, seL4_ReadWrite, seL4_RISCV_ExecuteNever);
  throwUnlessMapped(err, vaddr);
  return frame;
}

function throwUnlessMapped(err: seL4_Error | typeof MAP_FRAME_NO_MEMORY, vaddr: number): void {
  const what = `mapping a page at 0x${vaddr.toString(16)}`;
  if (err === MAP_FRAME_NO_MEMORY) throw new Error(`${what}: no memory or slots for a page table`);
  throwOnError(err, what);
}

/** A frame capability maps one page once; a second mapping takes a copy. */
function* copy(cspace: cspace_t, frame: seL4_RISCV_Page): Thread<seL4_RISCV_Page> {
  const slot = yield* cspace_alloc_slot(cspace);
  throwOnError(yield* cspace_copy(cspace, slot, cspace, frame, seL4_AllRights), "copying a frame capability");
  return slot;
}

function* give_time(cspace: cspace_t, tcb: seL4_TCB, options: ProcessOptions): Thread {
  const { sched_control, priority, fault_ep, budget = ROUND_ROBIN } = options;
  const sc = yield* make(seL4_SchedContextObject, seL4_MinSchedContextBits, cspace);
  let err = yield* seL4_SchedControl_Configure(sched_control, sc, budget.budget_us, budget.period_us, 0, 0);
  throwOnError(err, "SchedControl_Configure");
  err = yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, seL4_MinPrio, priority, sc, fault_ep);
  throwOnError(err, "TCB_SetSchedParams");
}
