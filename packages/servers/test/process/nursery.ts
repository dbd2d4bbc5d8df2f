/** Systems in which processes are loaded: a memory server, a process server, and a parent of a test with raw programs. */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { BootedWorld, WorldOptions } from "@tessera/testing";
import { PROCESS_IPC_BUFFER } from "@tessera/ut-alloc";
import {
  type Client,
  type Component,
  calls,
  component,
  type LoadedProcess,
  type MemoryOptions,
  memoryServer,
  must,
  type NeedHandle,
  type Needs,
  Processes,
  type ProcessServerOptions,
  planImage,
  processServer,
  programs,
  type RawProgram,
  ramfs,
  type Self,
  Spaces,
  timerServer,
} from "../../src/index.js";
import { bootPlan, type Entry, imagePrograms, planOf } from "../root/planned.js";

/** Where tests put things in a process. */
export const TEXT = 0x1_0000;
export const HEAP = 0x1000_0000;
export const STACK_TOP = 0x3800_0000;
export const PAGE = 4096;

/** What the parent of a test has. */
export interface Parent {
  readonly processes: Client<typeof Processes>;
  readonly spaces: Client<typeof Spaces>;
  readonly self: Self;
  /** A process with a heap of `heap` pages and a program in it, which does not run. */
  prepare(program: string, options?: Prepared): Thread<Loaded>;
  /** Let it run from its beginning. */
  run(process: Client<typeof LoadedProcess>, a2?: number): Thread<void>;
}

/** A process of a test. */
export interface Loaded {
  readonly process: Client<typeof LoadedProcess>;
  readonly id: number;
}

interface Prepared {
  readonly frames?: number;
  readonly pages?: number;
  readonly heap?: number;
}

/** What is different from four servers, a parent and nobody else. */
export interface NurseryOptions {
  readonly memory?: MemoryOptions;
  readonly server?: Partial<ProcessServerOptions>;
  /** Programs of the image that the process server can run beside. */
  readonly components?: readonly Component[];
  /** Components that stand before them, and whom the parent may need. */
  readonly others?: readonly Entry[];
  /** Components behind the parent. */
  readonly further?: readonly Entry[];
  readonly world?: WorldOptions<void>;
  readonly memoryRestart?: Entry["restart"];
  readonly parentRestart?: Entry["restart"];
}

/** Without what makes many refused calls slow; invariants are looked at in the end. */
const QUICK: WorldOptions<void> = { machine: { callSites: false }, kernel: { checkInvariants: false } };

/** A parent that has `needs` beside the two servers, and does `main` once. */
export function parentOf<const N extends Needs>(
  list: readonly RawProgram[],
  needs: N,
  main: (parent: Parent & { readonly [K in keyof N]: NeedHandle<N[K]> }) => Thread<void>,
  name = "parent",
): Component {
  const all: Needs = { processes: calls(Processes), spaces: calls(Spaces), pages: programs(list), ...needs };
  return component(name, {
    needs: all,
    signals: true,
    slots: 256,
    *main(handles) {
      const given = handles as unknown as Parent & {
        readonly pages: readonly { readonly program: { readonly name: string }; readonly page: seL4_CPtr<"Page"> }[];
      };
      const { processes, pages } = given;
      const parent = {
        ...handles,
        *prepare(program: string, { frames = 8, pages: most = 16, heap = 8 }: Prepared = {}) {
          const loaded = must(yield* processes.load({ name: program, frames, pages: most }));
          const { space } = must(yield* loaded.process.space());
          const page = pages.find((one) => one.program.name === program)?.page as seL4_CPtr<"Page">;
          must(yield* space.page({ address: TEXT, access: "rx", page }));
          if (heap > 0) must(yield* space.anonymous({ address: HEAP, bytes: heap * PAGE, access: "rw" }));
          yield* space.forget();
          return loaded;
        },
        *run(process: Client<typeof LoadedProcess>, a2 = 0) {
          must(yield* process.run({ entry: TEXT, sp: STACK_TOP, a0: STACK_TOP, a1: PROCESS_IPC_BUFFER, a2, a3: 0 }));
        },
      };
      yield* main(parent as never);
    },
  });
}

/** The entries of a system with this parent. */
export function nursery(parent: Component, options: NurseryOptions = {}): Entry[] {
  const { memory, server, components = [], others = [], further = [], memoryRestart = null } = options;
  const spaces = memoryServer({ frames: 32, spaces: 16, swap: 64, ...memory });
  const processes = processServer(components, { priority: 50, most: 8, spaces: true, ...server });
  return [
    { component: timerServer, priority: 220, budgetUs: 1000 },
    { component: ramfs, priority: 210, budgetUs: 2000 },
    ...others,
    { component: spaces, priority: 200, budgetUs: 2000, restart: memoryRestart },
    { component: processes, priority: 150, budgetUs: 2000 },
    { component: parent, priority: 100, budgetUs: 2000, restart: options.parentRestart ?? null },
    ...further,
  ];
}

/** What the image calls its programs by: in the text of an executable. */
export function programNumbers(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const { programs } = planImage(planOf(entries), imagePrograms(entries));
  return new Map(Object.keys(programs).map((name, number) => [name, number]));
}

/** Boot it. */
export function bootNursery(parent: Component, options: NurseryOptions = {}): BootedWorld<void> {
  return bootPlan(nursery(parent, options), options.world ?? QUICK);
}
