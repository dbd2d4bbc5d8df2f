/**
 * The kernel as its host sees it: booted onto a machine, then only looked at. Programs reach it by trapping.
 */
import type { Machine } from "@tessera/hal-sim";
import { boot } from "./boot/boot.js";
import type { KernelOptions } from "./config.js";
import { assertInvariants, findViolations } from "./debug/invariants.js";
import { enter } from "./entry.js";
import type { KernelState } from "./model/state.js";

export class Kernel {
  readonly machine: Machine;
  /** The whole state, for reading. */
  readonly state: KernelState;

  constructor(machine: Machine, state: KernelState) {
    this.machine = machine;
    this.state = state;
  }

  /** The invariants that do not hold now, each as a sentence; empty when all is well. */
  checkInvariants(): readonly string[] {
    return findViolations(this.state);
  }
}

/**
 * Boot a kernel onto `machine`: its image becomes the root task, its trap vector enters the kernel. Nothing runs until
 * `machine.run()`.
 * @throws RangeError when an option is out of range or the machine has too little RAM for the root task.
 */
export function bootKernel(machine: Machine, options: KernelOptions = {}): Kernel {
  const k = boot(machine, options);
  machine.cpu.onTrap = k.config.checkInvariants ? (cause) => enterChecked(k, cause) : (cause) => enter(k, cause);
  return new Kernel(machine, k);
}

/** The trap vector with every invariant checked before user mode goes on. */
function enterChecked(k: KernelState, cause: number): void {
  enter(k, cause);
  assertInvariants(k);
}
