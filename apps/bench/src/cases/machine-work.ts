/** Work done by programs on a machine: booted, set up, and then run for so many kernel entries at a time. */
import { createImage, Machine, type MachineOptions } from "@tessera/hal-sim";
import type { Program } from "@tessera/hal-sim/isa";
import { bootKernel, type Kernel, type KernelOptions, renderExplanation } from "@tessera/kernel";
import type { Tally, Work } from "../measure/work.js";

export interface MachineWorkOptions {
  readonly tally: Tally;
  readonly programs: Readonly<Record<string, Program>>;
  /** Kernel entries that doing it once takes. */
  readonly entriesEach: number;
  /** What the tally holds after so many times. */
  readonly expected: (done: number) => number;
  readonly machine?: Omit<MachineOptions, "image">;
  readonly kernel?: KernelOptions;
}

export interface MachineWork extends Work {
  readonly kernel: Kernel;
}

const RAM_BYTES = 16 * 2 ** 20;
/** Entries that a root task needs to set its threads up, generously. */
const SETUP_ENTRIES = 20_000;
/** Entries by which a run may end in the middle of a time. */
const SLACK = 8;

export function bootBench(options: Pick<MachineWorkOptions, "programs" | "machine" | "kernel">): Kernel {
  const image = createImage(options.programs);
  return bootKernel(new Machine({ ramBytes: RAM_BYTES, ...options.machine, image }), options.kernel);
}

/** Boots, and runs until the work has been done once. */
export function machineWork(options: MachineWorkOptions): MachineWork {
  const { tally, entriesEach, expected } = options;
  const kernel = bootBench(options);
  const { machine } = kernel;
  const stop = machine.run({ events: SETUP_ENTRIES, until: () => tally.done > 0 });
  if (tally.done === 0) throw new Error(`the bench did not get going: ${stop.message}${whatFailed(kernel)}`);
  const startEntries = machine.events;
  const startDone = tally.done;
  return {
    kernel,
    tally,
    expected,
    run(times) {
      machine.run({ events: Math.ceil(times * entriesEach) });
    },
    faults() {
      const faults = kernel.explanations().map(renderExplanation);
      const entries = machine.events - startEntries;
      const times = tally.done - startDone;
      if (Math.abs(entries - times * entriesEach) > SLACK) {
        faults.push(`${times} times took ${entries} kernel entries instead of ${entriesEach} each`);
      }
      return faults;
    },
  };
}

export function whatFailed(kernel: Kernel): string {
  return kernel
    .explanations()
    .map((explanation) => `\n${renderExplanation(explanation)}`)
    .join("");
}
