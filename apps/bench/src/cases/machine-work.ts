/** Work done by programs on a machine: booted, set up, and then run for so many kernel entries at a time. */
import { createImage, Machine, type MachineOptions } from "@tessera/hal-sim";
import type { Program } from "@tessera/hal-sim/isa";
import { bootKernel, type Kernel, type KernelOptions, renderExplanation } from "@tessera/kernel";
import type { Tally, Work } from "../measure/work.js";

export interface MachineWorkOptions {
  readonly tally: Tally;
  readonly programs: Readonly<Record<string, Program>>;
  /** What the image holds beside them. */
  readonly data?: Uint8Array;
  /** Kernel entries that doing it once takes; left out, they are counted at the beginning, and need not stay the same. */
  readonly entriesEach?: number;
  /** Kernel entries, at most, until it is done for the first time. */
  readonly setupEntries?: number;
  /** Share of further ones, for interrupts: none where threads have all the time that they need. */
  readonly interrupts?: number;
  /** Its threads fault, as they are meant to: what is mended is no failure. */
  readonly faultsAreMended?: boolean;
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
/** How a fault ends that somebody is told of. */
const MENDED = "VMFault, sent to its fault handler";
/** How often it is done to count the entries. */
const COUNTED_TIMES = 32;
/** Entries by which a run may end in the middle of a time. */
const SLACK = 8;

export function bootBench(options: Pick<MachineWorkOptions, "programs" | "data" | "machine" | "kernel">): Kernel {
  const image = createImage(options.programs, options.data);
  return bootKernel(new Machine({ ramBytes: RAM_BYTES, ...options.machine, image }), options.kernel);
}

/** Boots, and runs until the work has been done once. */
export function machineWork(options: MachineWorkOptions): MachineWork {
  const { tally, expected, interrupts = 0, setupEntries = SETUP_ENTRIES } = options;
  const kernel = bootBench(options);
  const { machine } = kernel;
  const stop = machine.run({ events: setupEntries, until: () => tally.done > 0 });
  if (tally.done === 0) throw new Error(`the bench did not get going: ${stop.message}${whatFailed(kernel)}`);
  const entriesEach = options.entriesEach ?? countEntries(kernel, tally);
  const startEntries = machine.events;
  const startDone = tally.done;
  const startTick = machine.clock.ticks;
  return {
    kernel,
    tally,
    expected,
    run(times) {
      machine.run({ events: Math.ceil(times * entriesEach) });
    },
    faults() {
      const isMended = ({ outcome }: { readonly outcome: string }) => options.faultsAreMended && outcome === MENDED;
      const failed = kernel.explanations().filter((failure) => failure.tick > startTick && !isMended(failure));
      const faults = failed.map(renderExplanation);
      const entries = machine.events - startEntries;
      const times = tally.done - startDone;
      if (options.entriesEach !== undefined && Math.abs(entries - times * entriesEach) > SLACK + interrupts * entries) {
        faults.push(`${times} times took ${entries} kernel entries instead of ${entriesEach} each`);
      }
      return faults;
    },
  };
}

/** Kernel entries that it takes to do it once, on average over some times. */
function countEntries({ machine }: Kernel, tally: Tally): number {
  const target = tally.done + COUNTED_TIMES;
  const startEntries = machine.events;
  machine.run({ events: SETUP_ENTRIES, until: () => tally.done >= target });
  return (machine.events - startEntries) / COUNTED_TIMES;
}

export function whatFailed(kernel: Kernel): string {
  return kernel
    .explanations()
    .map((explanation) => `\n${renderExplanation(explanation)}`)
    .join("");
}
