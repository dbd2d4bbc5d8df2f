/** What a world is made of. */
import type { cspace_t } from "@tessera/cspace-lib";
import { type Machine, type MachineOptions, type RunLimit, type RunLog, refuseUnknownOptions } from "@tessera/hal-sim";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import type { Kernel, KernelOptions } from "@tessera/kernel";
import type { seL4_BootInfo } from "@tessera/libsel4";
import type { LeakOptions } from "./leaks/leaks.js";

/** The name under which `root` appears among the programs. */
export const ROOT = "root";

/** What a test's root task has and a real one has not. */
export interface WorldHost {
  readonly machine: Machine;
  /** For snapshots and leak assertions inside of a run. */
  readonly kernel: Kernel;
  /** Go on as the test's hand: at the lowest priority, do what it passes to `perform`, until it calls `finish`. */
  obey(): Thread<void>;
}

/** A root task that is given its CSpace with an allocator; what it returns becomes the world's `value`. */
export type RootMain<R> = (bootinfo: seL4_BootInfo, cspace: cspace_t, host: WorldHost) => Thread<R>;

/** What a world is made of: `root`, or `programs` of which the first is the root task, or both. */
export interface WorldOptions<R> {
  readonly root?: RootMain<R>;
  /** Further programs by name, numbered in this order behind `root`. */
  readonly programs?: Readonly<Record<string, Program>>;
  /** Names of programs that may throw, because the test is about that. */
  readonly mayThrow?: readonly string[];
  /** Reaching it is an error unless it is given. */
  readonly limit?: RunLimit;
  readonly data?: Uint8Array;
  readonly machine?: Omit<MachineOptions, "image">;
  readonly kernel?: KernelOptions;
  /** At the end there may be nothing that was not there at boot: true, or what is excused. */
  readonly noLeaks?: boolean | LeakOptions;
  /** The log of an earlier run of this world (`log()`), which this one has to repeat: seed and inputs are the log's. */
  readonly replay?: RunLog | string;
  /**
   * Told why a thread was stopped by a fault that nobody handles. By default it is written to the console, as an error;
   * where programs may throw it is not, since that is expected.
   */
  readonly onReport?: (text: string) => void;
}

const KNOWN: Readonly<Record<keyof WorldOptions<unknown>, true>> = {
  root: true,
  programs: true,
  mayThrow: true,
  limit: true,
  data: true,
  machine: true,
  kernel: true,
  noLeaks: true,
  replay: true,
  onReport: true,
};

/** @throws TypeError with one sentence that names the option or program that does not exist, and those that do. */
export function checkOptions<R>(options: WorldOptions<R>): void {
  refuseUnknownOptions("a world", options, Object.keys(KNOWN));
  const names = [...(options.root === undefined ? [] : [ROOT]), ...Object.keys(options.programs ?? {})];
  for (const name of options.mayThrow ?? []) {
    if (!names.includes(name)) {
      throw new TypeError(`mayThrow names a program "${name}"; those of this world: ${names.join(", ")}`);
    }
  }
}

/** Where reports go; the machine's own default is the console. */
export function reporting<R>({ onReport, mayThrow = [] }: WorldOptions<R>): Pick<MachineOptions, "onReport"> {
  if (onReport !== undefined) return { onReport };
  return mayThrow.length === 0 ? {} : { onReport: () => {} };
}
