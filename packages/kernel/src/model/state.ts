/**
 * The whole state of one kernel, listed once. Functions receive it; nothing in the kernel is module state, so several
 * kernels live in one process.
 */

import type { Clock, Cpu, Machine, PhysicalMemory, Trace, Words } from "@tessera/hal-sim";
import type { Cap } from "../caps/cap.js";
import type { CNode } from "../caps/cnode.js";
import type { KernelConfig } from "../config.js";
import type { Arguments } from "../invocations/arguments.js";
import type { IrqTable } from "../irq/irq.js";
import type { AsidPool } from "../memory/asid.js";
import type { Tcb } from "../threads/tcb.js";
import type { DomainSchedule } from "../time/domain-schedule.js";
import type { ReadyQueues, ReleaseQueue } from "../time/queues.js";
import type { SchedContext } from "../time/sched-context.js";
import { assert } from "./assert.js";
import type { Explainer } from "./explanation.js";

/** What the scheduler is to do at the end of this entry. */
export const SchedulerAction = { ResumeCurrent: 0, ChooseNew: 1, SwitchToCandidate: 2 } as const;

/** The whole state of one kernel. A host may read it; a kernel that is written to is undefined. */
export interface KernelState {
  readonly config: KernelConfig;
  readonly machine: Machine;
  readonly memory: PhysicalMemory;
  /** The int32 view of RAM: registers, buffers and page tables. */
  readonly words: Words;
  readonly cpu: Cpu;
  readonly clock: Clock;
  readonly trace: Trace;

  /** Who runs; null is the idle thread. */
  current: Tcb | null;
  /** Whose time passes. */
  currentSc: SchedContext;
  readonly idleSc: SchedContext;
  schedulerAction: (typeof SchedulerAction)[keyof typeof SchedulerAction];
  /** The thread to switch to, when that is the scheduler's action. */
  candidate: Tcb | null;
  /** The timer is to be set anew, and consumed time committed, at the end of this entry. */
  reprogram: boolean;
  /** A thread was switched to: the page tables it runs on are looked up at the end of this entry. */
  isRootStale: boolean;
  /** The VSpace capability by which they were looked up last; null: none, or the ASIDs have changed since. */
  rootCap: Cap | null;
  readonly readyQueues: ReadyQueues;
  readonly releaseQueue: ReleaseQueue;
  readonly domains: DomainSchedule;

  /** Ticks at the last kernel entry that looked at the clock. */
  now: number;
  /** Ticks since then and before that are not yet charged to `currentSc`. */
  consumed: number;
  /** Ticks at boot, and ticks that passed for scheduling contexts that exist no longer. */
  readonly bootTime: number;
  endedTime: number;
  /** Calls and answers that took the short way (syscalls/fastpath.ts). */
  shortcuts: number;
  /** Calls and faults that were put off to when their thread has time again. */
  restarts: number;
  /** Long operations that stopped at a preemption point, and those among them for which the budget was used up. */
  preemptions: number;
  exhaustions: number;
  /** External interrupts that were taken. */
  interrupts: number;
  /** Units of long work since the last look at the interrupts. */
  workUnits: number;

  readonly asidPools: (AsidPool | null)[];
  readonly irqs: IrqTable;
  /** Told why things fail; null until the kernel is installed. */
  explainer: Explainer | null;
  /** The message of the invocation that is being decoded. */
  readonly args: Arguments;

  /** The last id given to an object; ids name objects in the trace. */
  lastId: number;
  /** TCBs and scheduling contexts that exist, in order of creation. */
  readonly threads: Set<Tcb>;
  readonly schedContexts: Set<SchedContext>;
  /** The root task's CNode as booted: with the threads and the interrupts, where every capability is reached from. */
  rootCNode: CNode | null;
}

/** A Message record keeps a reply object's id beside two bits. */
const MAX_IDS = 2 ** 29;

/** A fresh id for an object. */
export function newId(k: KernelState): number {
  k.lastId += 1;
  assert(k.lastId < MAX_IDS, "ids fit the trace's records");
  return k.lastId;
}
