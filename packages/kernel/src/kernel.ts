/**
 * The kernel as its host sees it: booted onto a machine, then only looked at. Programs reach it by trapping.
 */
import type { Machine } from "@tessera/hal-sim";
import { boot } from "./boot/boot.js";
import type { KernelOptions } from "./config.js";
import { Explanations } from "./debug/explain.js";
import { Invariants } from "./debug/invariants.js";
import type { KernelSnapshot } from "./debug/snapshot.js";
import { takeSnapshot } from "./debug/take-snapshot.js";
import { enter } from "./entry.js";
import { KernelAssertion } from "./model/assert.js";
import type { Explanation } from "./model/explanation.js";
import type { KernelState } from "./model/state.js";
import { threadTable } from "./sched/thread-table.js";

/** A kernel on its machine, as a host sees it: made by `bootKernel`; it looks, and changes nothing. */
export class Kernel {
  readonly machine: Machine;
  /** The whole state, for reading. */
  readonly state: KernelState;
  private readonly explained: Explanations;

  constructor(machine: Machine, state: KernelState) {
    this.machine = machine;
    this.state = state;
    this.explained = new Explanations(state);
    state.explainer = this.explained;
  }

  /** Why the last calls and accesses failed, oldest first; of one thread when its name is given. Some hundred are kept. */
  explanations(thread?: string): readonly Explanation[] {
    const { list } = this.explained;
    return thread === undefined ? [...list] : list.filter((explanation) => explanation.thread === thread);
  }

  /** The invariants that do not hold now, each as a sentence; empty when all is well. */
  checkInvariants(): readonly string[] {
    return new Invariants(this.state).find();
  }

  /**
   * What exists now, as plain data: objects, capabilities, who waits for whom, what is mapped. Changes nothing, and may
   * be called whenever the kernel is not being entered: before, between and after runs, and by a test's programs. Its
   * cost grows with the number of capabilities.
   */
  snapshot(): KernelSnapshot {
    return takeSnapshot(this.state);
  }
}

/**
 * Boot a kernel onto `machine`: its image becomes the root task, its trap vector enters the kernel. Nothing runs until
 * `machine.run()`.
 * @throws RangeError when an option is out of range or the machine has too little RAM for the root task, TypeError when
 * there is no such option, Error when the machine has a kernel already.
 */
export function bootKernel(machine: Machine, options: KernelOptions = {}): Kernel {
  if (machine.cpu.hasVector) throw new Error("the machine has a kernel already: each kernel is booted on its own one");
  const k = boot(machine, options);
  const invariants = k.config.checkInvariants ? new Invariants(k) : null;
  machine.cpu.onTrap = (cause) => trapVector(k, cause, invariants);
  return new Kernel(machine, k);
}

/** Enter the kernel; what it throws is its own bug and stops the machine, with its state in the dump. */
function trapVector(k: KernelState, cause: number, invariants: Invariants | null): void {
  try {
    enter(k, cause);
    if (invariants !== null) invariants.assert();
  } catch (error) {
    throw withState(k, error);
  }
}

function withState(k: KernelState, error: unknown): KernelAssertion {
  const message = error instanceof Error ? error.message : String(error);
  const bug = new KernelAssertion(`${message}\n${threadTable(k)}`);
  if (error instanceof Error && error.stack !== undefined) bug.stack = error.stack;
  return bug;
}
