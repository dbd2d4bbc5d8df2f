/**
 * A system with a memory server, and a loader: a component that makes threads and lets them run in spaces of that server.
 * What the threads do is written in the test that starts them.
 */
import {
  cspace_alloc_slot,
  cspace_delete,
  cspace_free_slot,
  cspace_mint,
  cspace_revoke,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_PageBits,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_Suspend,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_UserContext_Length,
  throwOnError,
} from "@tessera/libsel4";
import type { BootedWorld, WorldOptions } from "@tessera/testing";
import { expect } from "vitest";
import {
  type Client,
  type Component,
  calls,
  component,
  Directory,
  leftover,
  type MemoryOptions,
  memoryServer,
  must,
  PARENT_SLOT,
  type PlannedComponent,
  priorities,
  programs,
  ramfs,
  type Self,
  SIGNAL_BADGE,
  type Space,
  Spaces,
  timerServer,
  untyped,
  writeEnvironment,
} from "../../src/index.js";
import { bootPlan } from "../root/planned.js";

/** Where tests put things. */
export const HEAP = 0x1000_0000;
export const PAGE = 4096;

/** Events in which a test has to come to its end, if it says no other number. */
const EVENTS = 300_000;
const PROGRAM = 0x1_0000;
const ENVIRONMENT = 0x1_1000;
const BUFFER = 0x1_2000;
/** Threads of a loader. */
const THREADS = 8;
const CNODE_BITS = 4;
const WORD_BITS = 64;
const QUICK = { kernel: { checkInvariants: false }, machine: { callSites: false } };

/** What happened to a thread: it has ended, or a fault of it could not be mended. */
export type Event = { readonly thread: number; readonly why: string | null; readonly address: number };

/** What threads do, by the name that they are started by. */
export type Doings = Readonly<Record<string, () => Thread>>;

/** What a loader is given. */
export interface Loader {
  readonly spaces: Client<typeof Spaces>;
  readonly files: Client<typeof Directory>;
  readonly self: Self;
  /** A space that a thread can run in, with nothing in it but its program, environment and IPC buffer. */
  space(frames: number, pages: number): Thread<Client<typeof Space>>;
  /** Let a thread do in this space what `doing` names. @returns its number */
  start(space: Client<typeof Space>, doing: string): Thread<number>;
  /** The next thing that happens to a thread. */
  next(): Thread<Event>;
  /** All threads are gone, and what they were made of. */
  reset(): Thread<void>;
}

interface SystemOptions extends MemoryOptions {
  readonly doings: Doings;
  /** Others beside: with what priority. */
  readonly others?: readonly [Component, number][];
  /** Serves the swap file, in place of ramfs. */
  readonly disk?: Component;
  /** How the memory server is started again; null if left out: not at all. */
  readonly restart?: PlannedComponent["restart"];
  /** Of the world. If left out, invariants are checked in the end alone: at every exit they take ten times as long. */
  readonly kernel?: WorldOptions<void>;
}

interface RunOptions extends SystemOptions {
  /** Events in which it has to come to its end. */
  readonly events?: number;
  /** Called before anything has run. */
  readonly onBoot?: (world: BootedWorld<void>) => void;
  /** A loader may die. */
  readonly mayDie?: boolean;
}

/** Boot a system in which `main` is what the loader does. */
function bootSystem(
  { doings, others = [], disk, restart = null, kernel = QUICK, ...options }: SystemOptions,
  ...mains: ((loader: Loader) => Thread)[]
): BootedWorld<void> {
  const worker = component("worker", {
    *main({ self }) {
      const doing = doings[self.args];
      if (doing === undefined) throw new Error(`nothing is called "${self.args}"`);
      yield* doing();
    },
  });
  const swapOn = disk === undefined ? "ramfs" : disk.name;
  return bootPlan(
    [
      { component: timerServer, priority: 220, budgetUs: 1000 },
      { component: ramfs, priority: 210, budgetUs: 2000 },
      ...(disk === undefined ? [] : [{ component: disk, priority: 205, budgetUs: 1000 }]),
      {
        component: memoryServer({ frames: 32, swap: 64, ...options }),
        priority: 200,
        choose: { swap: swapOn },
        restart,
      },
      ...others.map(([component, priority]) => ({ component, priority, budgetUs: 500 })),
      ...mains.map((main, i) => {
        const component = loaderOf(`loader${i}`, main, worker);
        return {
          component,
          priority: 100 - i,
          budgetUs: 300,
          periodUs: 1000,
          choose: { files: swapOn },
          restart: null,
        };
      }),
    ],
    kernel,
  );
}

/** Run a system until nobody has anything to do; no loader or server may have died. */
export function runSystem(options: RunOptions, ...mains: ((loader: Loader) => Thread)[]): BootedWorld<void> {
  const { events = EVENTS, onBoot = () => {}, mayDie = false, ...others } = options;
  const world = bootSystem(others, ...mains);
  onBoot(world);
  const { reason } = world.machine.run({ events });
  const dead = world.thrown.map(({ error }) => error).find((error) => !String(error).includes("on purpose"));
  if (dead !== undefined) throw dead;
  expect(reason, world.output).toBe("idle");
  expect(world.kernel.checkInvariants()).toEqual([]);
  if (!mayDie) expect(world.output).toBe(mains.map((_, i) => `loader${i} has ended\n`).join(""));
  return world;
}

function loaderOf(name: string, main: (loader: Loader) => Thread, worker: Component): Component {
  return component(name, {
    needs: {
      spaces: calls(Spaces),
      files: calls(Directory),
      store: untyped(17),
      urgency: priorities(50),
      turns: leftover(THREADS, "1ms"),
      programs: programs([worker]),
    },
    signals: true,
    slots: 128,
    *main({ spaces: server, files, store, urgency, turns, programs, self }) {
      const { cspace } = self;
      const slots: seL4_CPtr[] = [];
      const spaces = new Map<number, Client<typeof Space>>();
      let signalled: Client<typeof Space>[] = [];
      const known = new Set<Client<typeof Space>>();
      let ep: seL4_CPtr<"Endpoint"> = 0;
      let reply: seL4_CPtr<"Reply"> = 0;
      const threads: seL4_CPtr<"TCB">[] = [];
      const signal = yield* self.signal(() => {});
      const take = function* () {
        const slot = yield* cspace_alloc_slot(cspace);
        slots.push(slot);
        return slot;
      };
      const make = function* (type: number, bits: number) {
        const slot = yield* take();
        throwOnError(yield* cspace_untyped_retype(cspace, store.cptr, slot, type, bits), "an object of the loader");
        return slot;
      };
      const prepare = function* () {
        ep = yield* make(seL4_EndpointObject, seL4_EndpointBits);
        reply = yield* make(seL4_ReplyObject, seL4_ReplyBits);
      };
      yield* prepare();
      const buffers = new Map<Client<typeof Space>, seL4_CPtr<"Page">>();
      yield* main({
        ...{ spaces: server, files, self },
        *space(frames, pages) {
          const { space } = must(yield* server.space({ frames, pages }));
          must(yield* space.page({ address: PROGRAM, access: "rx", page: programs[0]?.page as seL4_CPtr<"Page"> }));
          const buffer = yield* make(seL4_RISCV_4K_Page, seL4_PageBits);
          must(yield* space.page({ address: BUFFER, access: "rw", page: buffer }));
          buffers.set(space, buffer);
          must(yield* space.anonymous({ address: ENVIRONMENT, bytes: 4096, access: "rw" }));
          must(yield* space.onFault({ signal }));
          known.add(space);
          return space;
        },
        *start(space, doing) {
          const thread = threads.length + 1;
          const { vspace } = must(yield* space.vspace());
          const { handler } = must(yield* space.handler({ thread }));
          const environment = writeEnvironment({
            ...{ incarnation: 0, firstFree: 0, endFree: 0, cnodeBits: CNODE_BITS, replies: 0, needs: [], clients: [] },
            args: doing,
          });
          must(yield* space.write({ address: ENVIRONMENT, data: environment }));
          const tcb: seL4_CPtr<"TCB"> = yield* make(seL4_TCBObject, seL4_TCBBits);
          yield* seL4_DebugNameThread(tcb, doing);
          const bare = yield* make(seL4_CapTableObject, CNODE_BITS);
          const cnode = yield* take();
          const guard = seL4_CNode_CapData_new(0, WORD_BITS - CNODE_BITS);
          throwOnError(yield* cspace_mint(cspace, cnode, cspace, bare, seL4_AllRights, guard));
          const badged = yield* take();
          throwOnError(yield* cspace_mint(cspace, badged, cspace, ep, seL4_AllRights, thread));
          const from = [cspace.root_cnode, badged, WORD_BITS] as const;
          throwOnError(yield* seL4_CNode_Copy(cnode, PARENT_SLOT, WORD_BITS, ...from, seL4_AllRights));
          const buffer = buffers.get(space) as seL4_CPtr<"Page">;
          throwOnError(yield* seL4_TCB_Configure(tcb, cnode, 0, vspace, 0, BUFFER, buffer));
          const time = turns[thread - 1] as seL4_CPtr<"SchedContext">;
          throwOnError(yield* seL4_TCB_SetSchedParams(tcb, urgency.authority, 0, 40, time, handler.cptr));
          yield* handler.forget();
          yield* self.drop(vspace);
          const registers = { pc: PROGRAM, a0: ENVIRONMENT, a1: BUFFER, a2: 0 };
          throwOnError(yield* seL4_TCB_WriteRegisters(tcb, true, 0, seL4_UserContext_Length, registers));
          threads.push(tcb);
          spaces.set(thread, space);
          return thread;
        },
        *next() {
          for (;;) {
            for (let space = signalled.pop(); space !== undefined; space = signalled.pop()) {
              const fault = yield* space.fault();
              if (fault.error !== null) continue;
              signalled.push(space);
              return { thread: fault.thread, why: fault.why, address: fault.address };
            }
            const { badge } = yield* seL4_Recv(ep, reply);
            if (badge >= SIGNAL_BADGE) signalled = [...known];
            else return { thread: badge, why: null, address: 0 };
          }
        },
        *reset() {
          for (const tcb of threads) yield* seL4_TCB_Suspend(tcb);
          throwOnError(yield* cspace_revoke(cspace, store.cptr));
          for (const slot of slots) {
            yield* cspace_delete(cspace, slot);
            yield* cspace_free_slot(cspace, slot);
          }
          for (const list of [slots, threads, signalled]) list.length = 0;
          known.clear();
          buffers.clear();
          yield* prepare();
        },
      });
    },
  });
}
