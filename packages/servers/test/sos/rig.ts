/** Machines with an SOS server, its programs in files, and a terminal at which a test types. */
import { type BootedWorld, bootWorld, type WorldOptions } from "@tessera/testing";
import { expect } from "vitest";
import {
  type Component,
  consoleServer,
  installer,
  type MemoryOptions,
  memoryServer,
  type ProcessServerOptions,
  planImage,
  processServer,
  ramfs,
  ramfsOf,
  timerServer,
} from "../../src/index.js";
import { executable, type SosOptions, type SosProgram, sosServer } from "../../src/sos/index.js";
import { type Entry, planOf } from "../root/planned.js";

export interface MachineOptions {
  readonly sos?: SosOptions;
  readonly memory?: MemoryOptions;
  readonly process?: Partial<ProcessServerOptions>;
  /** What stands in place of each of its components. */
  readonly instead?: (server: Component) => Component;
  /** Of the memory server and the installer; those that are not started again if left out. */
  readonly restart?: Entry["restart"];
  readonly others?: readonly Entry[];
  readonly choose?: Entry["choose"];
  readonly world?: WorldOptions<void>;
}

/** A program. */
export function sosProgram(name: string, main: SosProgram["main"]): SosProgram {
  return { name, main };
}

/** A component that dies, of `"on purpose"`, when it goes on after having been away and `dies` says so. */
export function dying(of: Component, dies: () => boolean): Component {
  return {
    ...of,
    *main(handles) {
      const inner = of.main(handles);
      let step = inner.next();
      for (; step.done !== true; step = inner.next()) {
        yield;
        if (dies()) throw new Error("on purpose");
      }
      return step.value;
    },
  };
}

/** A machine whose first program is the first of these. */
export function bootSos(list: readonly SosProgram[], options: MachineOptions = {}): BootedWorld<void> {
  const { instead = (server) => server, restart = null } = options;
  const raw = list.map((program) => executable(program));
  const entries: Entry[] = [
    { component: timerServer, priority: 220, budgetUs: 1000 },
    { component: consoleServer, priority: 215, budgetUs: 1000 },
    { component: ramfs, priority: 210, budgetUs: 2000 },
    { component: ramfsOf(192, "swapfs"), priority: 205, budgetUs: 2000 },
    {
      component: memoryServer({ frames: 96, spaces: 16, swap: 128, ...options.memory }),
      ...{ priority: 200, restart, choose: { swap: "swapfs" } },
    },
    { component: processServer([], { priority: 50, most: 16, spaces: true, ...options.process }), priority: 190 },
    { component: installer(raw), priority: 185, args: "bin", restart },
    ...(options.others ?? []),
    {
      component: sosServer({ first: `/bin/${list[0]?.name}`, frames: 16, pages: 24, ...options.sos }),
      priority: 180,
      choose: { console: "console", ...options.choose },
    },
  ].map((entry) => ({ ...entry, component: instead(entry.component) }));
  const plan = planOf(entries);
  const image = planImage(plan, [...entries.map(({ component }) => component), ...raw]);
  return bootWorld({
    ...image,
    mayThrow: Object.keys(image.programs),
    onReport: () => {},
    machine: { callSites: false },
    kernel: { checkInvariants: false },
    ...options.world,
  });
}

/** Run until nobody has anything to do. No server may have died; programs may, of `"on purpose"`. */
export function runSos(world: BootedWorld<void>, events = 3_000_000): string {
  const { reason } = world.machine.run({ events });
  const dead = world.thrown.map(({ error }) => error).find((error) => !String(error).includes("on purpose"));
  if (dead !== undefined) throw dead;
  expect(reason).toBe("idle");
  return world.output;
}

/** Boot and run. @returns what came out at the console */
export function play(list: readonly SosProgram[], options: MachineOptions = {}): string {
  return runSos(bootSos(list, options));
}
