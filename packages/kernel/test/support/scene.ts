/**
 * A scene: a root task that builds with a kit, and the programs of its other threads, run until nothing is left to do
 * with every invariant checked. Programs of a scene share the test's variables; its log is one of them.
 */
import type { MachineOptions, RunLimit } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import type { KernelOptions } from "@tessera/kernel";
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
}

const RAM_BYTES = 8 * 2 ** 20;
const ROOT_CNODE_BITS = 12;

/** Run a scene to its end. */
export function scene<R>(main: Main<R>, programs: Programs = {}, options: SceneOptions = {}): World<R> {
  return world(worldOptions(main, programs, options));
}

/** Boot a scene; nothing has run yet. */
export function bootScene<R>(main: Main<R>, programs: Programs = {}, options: SceneOptions = {}): BootedWorld<R> {
  return bootWorld(worldOptions(main, programs, options));
}

function worldOptions<R>(main: Main<R>, programs: Programs, options: SceneOptions): WorldOptions<R> {
  const names = Object.keys(programs);
  return {
    root: (bootinfo) => main(new Kit(bootinfo, names)),
    programs: Object.fromEntries(names.map((name) => [name, program((start) => programs[name]!(start.a0))])),
    machine: { ramBytes: RAM_BYTES, ...options.machine },
    kernel: { rootCNodeBits: ROOT_CNODE_BITS, ...options.kernel },
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.mayThrow === undefined ? {} : { mayThrow: options.mayThrow }),
  };
}
