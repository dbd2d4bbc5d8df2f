/**
 * A world: a machine, a kernel on it, and programs, booted and run in one call.
 *
 * `world` is for tests that say what programs do: it runs until the machine is idle, with the kernel's invariants
 * checked at every exit, and turns what went wrong into an exception of the test: an assertion that failed inside a
 * program, a root task that never finished, a kernel that halted. `bootWorld` only boots, for tests that drive the
 * machine themselves or expect it to stop. A world shares nothing with another one.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import { createImage, Machine, type MachineOptions, type RunLimit, type Stop } from "@tessera/hal-sim";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import { bootKernel, type Kernel, type KernelOptions, renderExplanation } from "@tessera/kernel";
import { rootTask, type seL4_BootInfo } from "@tessera/libsel4";
import { ut_bootstrap } from "@tessera/ut-alloc";

/** What a test's root task may look at and a real one may not: for snapshots and leak assertions inside of a run. */
export interface WorldHost {
  readonly machine: Machine;
  readonly kernel: Kernel;
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
}

/** What a program threw, in order of time. Programs go on being dropped as the machine drops them. */
export interface Thrown {
  readonly program: string;
  readonly error: unknown;
}

/** A world that has been booted. */
export interface BootedWorld<R> {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly thrown: readonly Thrown[];
  /** What `root` returned, once it has. */
  readonly returned: { readonly value: R } | null;
}

/** A world that has run to its end. */
export interface World<R> {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly thrown: readonly Thrown[];
  readonly stop: Stop;
  /** What `root` returned. */
  readonly value: R;
}

/** Enough for every test that ends; one that does not is stopped here. */
const DEFAULT_LIMIT: RunLimit = { events: 100_000 };

/** Explanations in an error of `world`. */
const LAST_EXPLANATIONS = 3;

/** The name under which `root` appears among the programs. */
const ROOT = "root";

/** Boot a machine with a kernel that checks its invariants at every exit. Nothing has run yet. */
export function bootWorld<R = void>(options: WorldOptions<R>): BootedWorld<R> {
  const thrown: Thrown[] = [];
  let returned: { readonly value: R } | null = null;
  const { root } = options;
  const programs: Record<string, Program> = {};
  if (root !== undefined) {
    const main = rootTask(function* (bootinfo) {
      returned = { value: yield* root(bootinfo, ut_bootstrap(bootinfo), { machine, kernel }) };
    });
    programs[ROOT] = watched(ROOT, main, thrown);
  }
  for (const [name, program] of Object.entries(options.programs ?? {})) {
    programs[name] = watched(name, program, thrown);
  }
  const machine: Machine = new Machine({ ...options.machine, image: createImage(programs, options.data) });
  const kernel: Kernel = bootKernel(machine, { checkInvariants: true, ...options.kernel });
  return {
    machine,
    kernel,
    thrown,
    get returned() {
      return returned;
    },
  };
}

/**
 * Boot a world and run it until nothing is left to do.
 * @throws what a program threw; Error when the kernel halted, the limit was reached or `root` did not return
 */
export function world<R = void>(options: WorldOptions<R>): World<R> {
  const booted = bootWorld(options);
  const { machine, kernel, thrown } = booted;
  const stop = machine.run(options.limit ?? DEFAULT_LIMIT);
  const mayThrow = options.mayThrow ?? [];
  const first = thrown.find(({ program }) => !mayThrow.includes(program));
  if (first !== undefined) throw first.error;
  if (stop.reason === "halted") throw new Error(`the machine halted: ${stop.message}`);
  if (stop.reason === "limit" && options.limit === undefined)
    throw new Error(`the machine did not become idle${whatFailed(kernel)}`);
  if (options.root !== undefined && booted.returned === null && !mayThrow.includes(ROOT)) {
    throw new Error(`the root task did not return; the machine stopped: ${stop.reason}${whatFailed(kernel)}`);
  }
  return { machine, kernel, thrown, stop, value: booted.returned?.value as R };
}

/** The last failures, explained: why a world did not end as it should. */
function whatFailed(kernel: Kernel): string {
  const last = kernel.explanations().slice(-LAST_EXPLANATIONS);
  return last.length === 0 ? "" : `. What failed last:\n${last.map(renderExplanation).join("\n")}`;
}

/** `program`, whose exception the test gets to see as well as the machine. */
function watched(name: string, program: Program, thrown: Thrown[]): Program {
  return function* (start) {
    try {
      yield* program(start);
    } catch (error) {
      thrown.push({ program: name, error });
      throw error;
    }
  };
}
