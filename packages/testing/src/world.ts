/**
 * A world: a machine, a kernel on it, and programs, booted and run in one call.
 *
 * `world` is for tests that say what programs do: it runs until the machine is idle, with the kernel's invariants
 * checked at every exit, and turns what went wrong into an exception of the test: an assertion that failed inside a
 * program, a root task that never finished, a kernel that halted. `bootWorld` only boots, for tests that drive the
 * machine themselves or expect it to stop. A world shares nothing with another one.
 */
import { createImage, Machine, parseRunLog, RunRecorder, replayOptions } from "@tessera/hal-sim";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import { bootKernel, type Kernel } from "@tessera/kernel";
import { rootTask, seL4_CapInitThreadTCB, seL4_TCB_SetPriority } from "@tessera/libsel4";
import { ut_bootstrap } from "@tessera/ut-alloc";
import { BootedWorld, type Ending, systemOf, type Thrown, type World } from "./booted-world.js";
import { Driver } from "./driver.js";
import { tellRunaway } from "./failure.js";
import { checkOptions, ROOT, reporting, type WorldHost, type WorldOptions } from "./options.js";

/** A root task that obeys the test runs behind everybody else. */
const LOWEST_PRIORITY = 0;

/** Boot a machine with a kernel that checks its invariants at every exit. Nothing has run yet. */
export function bootWorld<R = void>(options: WorldOptions<R>): BootedWorld<R> {
  checkOptions(options);
  const ending: Ending<R> = { thrown: [], returned: null };
  const driver = new Driver();
  const replay = typeof options.replay === "string" ? parseRunLog(options.replay) : (options.replay ?? null);
  const machine: Machine = new Machine({
    onRunaway: tellRunaway,
    ...reporting(options),
    ...options.machine,
    ...(replay === null ? {} : replayOptions(replay)),
    image: createImage(
      programsOf(options, ending, driver, () => ({ machine, kernel })),
      options.data,
    ),
  });
  const recorder = new RunRecorder(machine);
  const kernel: Kernel = bootKernel(machine, { checkInvariants: true, ...options.kernel });
  recorder.setSystem(systemOf(kernel.state.config));
  return new BootedWorld(machine, kernel, { options, ending, driver, recorder, replay });
}

/**
 * Boot a world and run it until nothing is left to do.
 * @throws what a program threw; LeakError, when the options forbid leaks; Error when the kernel halted, the limit was
 *   reached, `root` did not return, or a replay went another way
 */
export function world<R = void>(options: WorldOptions<R>): World<R> {
  return bootWorld(options).finish();
}

function programsOf<R>(
  { root, programs = {} }: WorldOptions<R>,
  ending: Ending<R>,
  driver: Driver,
  parts: () => Pick<WorldHost, "machine" | "kernel">,
): Record<string, Program> {
  const all: Record<string, Program> = {};
  if (root !== undefined) {
    const main = rootTask(function* (bootinfo) {
      const host: WorldHost = { ...parts(), obey: () => obeyLast(driver) };
      ending.returned = { value: yield* root(bootinfo, ut_bootstrap(bootinfo), host) };
    });
    all[ROOT] = watched(ROOT, main, ending.thrown);
  }
  for (const [name, program] of Object.entries(programs)) all[name] = watched(name, program, ending.thrown);
  return all;
}

function* obeyLast(driver: Driver): Thread<void> {
  yield* seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, LOWEST_PRIORITY);
  yield* driver.obey();
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
