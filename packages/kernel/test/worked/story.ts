/**
 * A story to the tick: programs that enter the kernel at ticks they name, and what one scheduling context looks like
 * after every entry that changed it. On its machine an entry costs one cycle of the hundred in a tick, and only
 * `compute` takes time beside it, so that events fall on the ticks of the sheet.
 *
 * Tick 0 of a story is tick BEGIN of the machine; what happens before is preparation. The root task tells the story: it
 * has prepared at the highest priority, then it runs at the lowest, whenever nobody else does.
 */
import { CYCLES_PER_TICK, type Machine, MachineEvent, type MachineOptions } from "@tessera/hal-sim";
import { compute, type Thread } from "@tessera/hal-sim/isa";
import { type Kernel, type KernelOptions, type KernelState, ThreadState } from "@tessera/kernel";
import { seL4_CapInitThreadTCB, seL4_TCB_SetPriority } from "@tessera/libsel4";
import { expect } from "vitest";
import type { SchedContextCap } from "../../src/caps/cap.js";
import type { Tcb } from "../../src/threads/tcb.js";
import type { SchedContext } from "../../src/time/sched-context.js";
import { capAt } from "../support/kernel-view.js";
import { type Kit, must } from "../support/kit.js";
import { bootScene, type Programs } from "../support/scene.js";

/** The machine's tick at which stories begin. */
const BEGIN = 2000;
/** One cycle is the least that these may cost. */
const EXACT = { kernelEntry: 1, kernelWorkUnit: 0, load: 1, store: 1, programStart: 1 };
const TELLER_PRIORITY = 1;
const FOREVER = 1e10;

export interface StoryOptions {
  /** Costs that differ; a cost is in cycles. */
  readonly cost?: MachineOptions["cost"];
  readonly kernel?: KernelOptions;
}

export class Story {
  /** What the watched scheduling context was, a line for each change. */
  readonly rows: string[] = [];
  /** Ticks at which the kernel was entered. */
  readonly entries: number[] = [];
  /** The preparation ended before tick 0. */
  isPrepared = false;
  /** What programs noted. */
  readonly notes: unknown[] = [];
  #kernel: Kernel | null = null;
  #watched: SchedContext | null = null;
  #thread: Tcb | null = null;
  #last = "";

  get kernel(): Kernel {
    if (this.#kernel === null) throw new Error("the story has not begun");
    return this.#kernel;
  }
  get machine(): Machine {
    return this.kernel.machine;
  }
  /** The tick it is. */
  get now(): number {
    return this.machine.clock.ticks - BEGIN;
  }

  begin(kernel: Kernel): void {
    this.#kernel = kernel;
  }

  /** The rows are about the scheduling context in slot `index` of the root CNode, and the thread it has by then. */
  watch(index: number): void {
    this.#watched = (capAt(this.kernel, index) as SchedContextCap).object;
    this.#thread = this.#watched.tcb;
  }

  note(what: unknown): void {
    this.notes.push(`${this.now}: ${what}`);
  }

  /** Use time until what is called next enters the kernel at tick `tick`. */
  *reach(tick: number): Thread {
    const target = (BEGIN + tick) * CYCLES_PER_TICK - this.machine.cost.kernelEntry;
    for (;;) {
      const left = target - this.machine.clock.cycles;
      if (left <= 0) break;
      yield* compute(left);
    }
    if (this.now > tick) throw new Error(`tick ${tick} is over: it is ${this.now}`);
  }

  /** The root task is ready: it runs behind all others from now on. */
  *standBack(): Thread {
    must(yield* seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, TELLER_PRIORITY));
    this.isPrepared = this.now < 0;
  }

  /** After every entry: a row, if anything changed. */
  observe(): void {
    const { state } = this.kernel;
    const tick = state.now - BEGIN;
    if (tick < 0 || this.#watched === null) return;
    if (this.entries.at(-1) !== tick) this.entries.push(tick);
    const row = describe(state, this.#watched, this.#thread);
    if (row !== this.#last) this.rows.push(`${tick}: ${row}`);
    this.#last = row;
  }
}

/** State of the thread, refills, consumed counter, and the timer when it is set for this thread. */
function describe(k: KernelState, sc: SchedContext, tcb: Tcb | null): string {
  const refills = Array.from({ length: sc.refills.length }, (_, i) => sc.refills.at(i));
  const list = refills.map(([time, amount]) => `(${time - BEGIN},${amount})`).join(" ");
  const hasTimer = tcb === k.current || tcb?.inReleaseQueue === true;
  const timer = hasTimer ? `, timer ${k.clock.timerAt / CYCLES_PER_TICK - BEGIN}` : "";
  return `${stateOf(k, tcb)} ${list} c ${sc.consumed}${timer}`;
}

function stateOf(k: KernelState, tcb: Tcb | null): string {
  if (tcb === null) return "-";
  if (tcb === k.current) return "runs";
  if (tcb.inReleaseQueue) return "waits";
  if (tcb.inReadyQueue) return "ready";
  return tcb.state === ThreadState.Inactive ? "stopped" : "blocked";
}

/** Use all the time there is. */
export function* spin(): Thread {
  for (;;) yield* compute(FOREVER);
}

/** Tell a story up to tick `end`, with every invariant checked after every entry. */
export function tell(
  end: number,
  main: (kit: Kit, story: Story) => Thread,
  programs: (story: Story) => Programs,
  options: StoryOptions = {},
): Story {
  const story = new Story();
  const world = bootScene((kit) => main(kit, story), programs(story), {
    machine: { cost: { ...EXACT, ...options.cost } },
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
  });
  story.begin(world.kernel);
  const until = () => {
    story.observe();
    return story.now >= end;
  };
  const stop = world.machine.run({ ticks: BEGIN + end, until });
  for (const { error } of world.thrown) throw error;
  if (stop.reason === "halted") throw new Error(`the machine halted: ${stop.message}`);
  if (!story.isPrepared) throw new Error(`the preparation took more than ${BEGIN} ticks`);
  expectBalance(world.kernel);
  return story;
}

/**
 * Two counts of the same time: the kernel's totals by scheduling context, and the machine's record of who ran when.
 * For stories without donation, where a thread's time is that of its own context.
 */
function expectBalance(kernel: Kernel): void {
  const { state } = kernel;
  const ran = timeByContext(kernel);
  let total = state.consumed;
  for (const { id, sc } of state.threads) {
    if (sc === null) continue;
    const pending = sc === state.currentSc ? state.consumed : 0;
    expect(sc.total + pending).toBe(ran.get(id) ?? 0);
    total += sc.total;
  }
  expect(state.idleSc.total + (state.idleSc === state.currentSc ? state.consumed : 0)).toBe(ran.get(0) ?? 0);
  expect(total + state.idleSc.total).toBe(state.now - state.bootTime);
  expect(total).toBeGreaterThan(BEGIN);
}

/** Ticks between switches, by the context that ran; 0 = nobody. From the trace alone. */
function timeByContext({ machine, state }: Kernel): Map<number, number> {
  const { trace } = machine;
  expect(trace.first).toBe(0);
  const ran = new Map<number, number>();
  let runs = -1;
  let since = state.bootTime;
  const passed = (tick: number) => {
    ran.set(runs, (ran.get(runs) ?? 0) + tick - since);
    since = tick;
  };
  for (let n = 0; n < trace.count; n++) {
    const record = trace.record(n);
    if (record === undefined) continue;
    if (runs < 0 && record.kind === MachineEvent.Trap) runs = record.subject;
    if (record.kind !== MachineEvent.Switch) continue;
    passed(record.tick);
    runs = record.subject;
  }
  passed(state.now);
  return ran;
}
