/** A kernel's state before anything exists in it. */

import type { Machine } from "@tessera/hal-sim";
import { MIN_REFILLS } from "@tessera/libsel4/abi";
import { ASID_POOLS, KernelConfig, type KernelOptions, MAX_PERIOD } from "../config.js";
import { Arguments } from "../invocations/arguments.js";
import { IrqTable } from "../irq/irq.js";
import { type KernelState, SchedulerAction } from "../model/state.js";
import { DomainSchedule } from "../time/domain-schedule.js";
import { ReadyQueues, ReleaseQueue } from "../time/queues.js";
import { SchedContext } from "../time/sched-context.js";

export function createState(machine: Machine, options: KernelOptions): KernelState {
  const config = new KernelConfig(options);
  const idleSc = createIdleContext(machine.clock.ticks);
  return {
    config,
    machine,
    memory: machine.memory,
    words: machine.memory.words,
    cpu: machine.cpu,
    clock: machine.clock,
    trace: machine.trace,
    current: null,
    currentSc: idleSc,
    idleSc,
    schedulerAction: SchedulerAction.ResumeCurrent,
    candidate: null,
    reprogram: true,
    isRootStale: true,
    rootCap: null,
    readyQueues: new ReadyQueues(config.domains),
    releaseQueue: new ReleaseQueue(),
    domains: new DomainSchedule(config.domains, config.domainScheduleLength),
    now: machine.clock.ticks,
    consumed: 0,
    bootTime: machine.clock.ticks,
    endedTime: 0,
    shortcuts: 0,
    restarts: 0,
    preemptions: 0,
    exhaustions: 0,
    interrupts: 0,
    workUnits: 0,
    asidPools: new Array(ASID_POOLS).fill(null),
    irqs: new IrqTable(machine.plic.sources),
    explainer: null,
    args: new Arguments(),
    lastId: 0,
    threads: new Set(),
    schedContexts: new Set(),
    rootCNode: null,
  };
}

/** The idle thread's time never ends. */
function createIdleContext(now: number): SchedContext {
  const sc = new SchedContext(0, 0, 8);
  sc.refills.configure(MIN_REFILLS, MAX_PERIOD, 0, now);
  return sc;
}
