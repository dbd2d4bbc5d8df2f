/**
 * Every limit of the kernel in one place: what the build options of the recorded configuration fix, and what a
 * boot may choose. Relations between them are asserted once, at boot.
 */
import { refuseUnknownOptions } from "@tessera/hal-sim";
import {
  CONFIG_BOOT_THREAD_TIME_SLICE,
  CONFIG_RESET_CHUNK_BITS,
  MAX_PERIOD_US,
  MIN_BUDGET_TICKS,
  MIN_BUDGET_US,
  seL4_ASIDPoolIndexBits,
  seL4_MaxPrio,
  seL4_NumASIDPoolsBits,
  TICKS_PER_US,
  TIMER_PRECISION_TICKS,
} from "@tessera/libsel4/abi";
import { assert } from "./model/assert.js";

/** Ready queues a domain has; priorities are 0..255. */
export const NUM_PRIORITIES = seL4_MaxPrio + 1;
/** Bytes that a reset zeroes between two preemption points. */
export const RESET_CHUNK_BYTES = 2 ** CONFIG_RESET_CHUNK_BITS;
/** Largest budget and period in ticks, as the double nearest to it. */
export const MAX_PERIOD = Number(MAX_PERIOD_US) * TICKS_PER_US;
/** No refill is due later than this: the whole range of the timer less five periods. */
export const MAX_RELEASE_TIME = 2 ** 64 - 5 * MAX_PERIOD;
/** ASID pools, and ASIDs in each. */
export const ASID_POOLS = 2 ** seL4_NumASIDPoolsBits;
export const ASIDS_PER_POOL = 2 ** seL4_ASIDPoolIndexBits;
/** Budget of the root task in ticks: round robin. */
export const BOOT_THREAD_BUDGET = CONFIG_BOOT_THREAD_TIME_SLICE * 1000 * TICKS_PER_US;
/** Slots of a TCB: CSpace root, VSpace root, IPC buffer, fault handler, timeout handler. */
export const TCB_SLOTS = 5;
/** Length of the domain schedule when there is more than one domain. */
const DOMAIN_SCHEDULE_LENGTH = 100;

/** What a boot may choose. */
export interface KernelOptions {
  /** log2 slots of the root task's CNode (7..18, default 13: 8192 slots). */
  readonly rootCNodeBits?: number;
  /** Number of scheduling domains (1..256, default 1). */
  readonly domains?: number;
  /** Check every invariant at every kernel exit (default false; tests and fuzzing turn it on). */
  readonly checkInvariants?: boolean;
  /** Take the short way of Call and ReplyRecv where it serves (default true). What happens is the same without it. */
  readonly fastPath?: boolean;
}

const KNOWN: Readonly<Record<keyof KernelOptions, true>> = {
  rootCNodeBits: true,
  domains: true,
  checkInvariants: true,
  fastPath: true,
};

export class KernelConfig {
  readonly rootCNodeBits: number;
  readonly domains: number;
  readonly domainScheduleLength: number;
  readonly checkInvariants: boolean;
  readonly fastPath: boolean;

  /** @throws RangeError when an option is outside its range, TypeError when there is no such option. */
  constructor(options: KernelOptions) {
    refuseUnknownOptions("a kernel", options, Object.keys(KNOWN));
    this.rootCNodeBits = inRange("rootCNodeBits", options.rootCNodeBits ?? 13, 7, 18);
    this.domains = inRange("domains", options.domains ?? 1, 1, 256);
    this.domainScheduleLength = this.domains > 1 ? DOMAIN_SCHEDULE_LENGTH : 2;
    this.checkInvariants = options.checkInvariants ?? false;
    this.fastPath = options.fastPath ?? true;
    assert(
      MIN_BUDGET_TICKS === MIN_BUDGET_US * TICKS_PER_US,
      "the minimum budget is the same in ticks and microseconds",
    );
    assert(TIMER_PRECISION_TICKS < MIN_BUDGET_TICKS, "a budget outlasts the timer's precision");
  }
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`kernel option ${name} must be an integer from ${min} to ${max}, not ${value}`);
  }
  return value;
}
