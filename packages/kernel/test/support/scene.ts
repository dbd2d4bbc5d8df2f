/**
 * A scene: a root task that builds with a kit, and the programs of its other threads, run until nothing is left to do
 * with every invariant checked. Programs of a scene share the test's variables; its log is one of them.
 */
import type { MachineOptions, RunLimit } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import type { Kernel, KernelOptions } from "@tessera/kernel";
import { program } from "@tessera/libsel4";
import { type BootedWorld, bootWorld, type World, type WorldOptions, world } from "@tessera/testing";
import { Kit } from "./kit.js";

/** The root task of a scene. */
export type Main<R> = (kit: Kit) => Thread<R>;
/** The programs of its other threads; each gets its argument register. */
export type Programs = Readonly<Record<string, (argument: number) => Thread>>;

export interface SceneOptions {
  readonly machine?: Omit<MachineOptions, "image">;
  readonly kernel?: KernelOptions;
  readonly limit?: RunLimit;
  readonly mayThrow?: readonly string[];
  /** log2 bytes that the kit has at least. */
  readonly memoryBits?: number;
}

const WATCHED_LIMIT: RunLimit = { events: 20_000 };
const RAM_BYTES = 8 * 2 ** 20;
const ROOT_CNODE_BITS = 12;

/** Run a scene to its end. */
export function scene<R>(main: Main<R>, programs: Programs = {}, options: SceneOptions = {}): World<R> {
  return world(worldOptions(main, programs, options));
}

/** Run a scene whose programs may look at the kernel while they run, which programs of a system cannot. */
export function watchedScene<R>(
  main: (kit: Kit, kernel: () => Kernel) => Thread<R>,
  programs: (kernel: () => Kernel) => Programs,
  options: SceneOptions = {},
): BootedWorld<R> {
  const kernel = () => world.kernel;
  const world: BootedWorld<R> = bootScene((kit) => main(kit, kernel), programs(kernel), options);
  const stop = world.machine.run(options.limit ?? WATCHED_LIMIT);
  for (const { error } of world.thrown) throw error;
  if (stop.reason === "halted") throw new Error(`the machine halted: ${stop.message}`);
  return world;
}

/** Boot a scene; nothing has run yet. */
export function bootScene<R>(main: Main<R>, programs: Programs = {}, options: SceneOptions = {}): BootedWorld<R> {
  return bootWorld(worldOptions(main, programs, options));
}

function worldOptions<R>(main: Main<R>, programs: Programs, options: SceneOptions): WorldOptions<R> {
  const names = Object.keys(programs);
  return {
    root: (bootinfo) => main(new Kit(bootinfo, names, options.memoryBits)),
    programs: Object.fromEntries(names.map((name) => [name, program((start) => programs[name]!(start.a0))])),
    machine: { ramBytes: RAM_BYTES, ...options.machine },
    kernel: { rootCNodeBits: ROOT_CNODE_BITS, ...options.kernel },
    // Programs of a scene end by returning, and many are there to fault.
    onReport: () => {},
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.mayThrow === undefined ? {} : { mayThrow: options.mayThrow }),
  };
}
