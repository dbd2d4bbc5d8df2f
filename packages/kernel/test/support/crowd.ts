/**
 * A kernel stopped in the middle of much: threads in every state, two senders in a queue, a caller whose time was
 * donated, a pending signal, badged endpoint capabilities. Each call boots a fresh one, for a test to damage.
 */
import {
  seL4_Call,
  seL4_MessageInfo_new,
  seL4_NBSendRecv,
  seL4_Recv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Unbind,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_BindNotification,
  seL4_TCB_Suspend,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import type { BootedWorld } from "@tessera/testing";
import type { Cap } from "../../src/caps/cap.js";
import type { Slot } from "../../src/caps/slot.js";
import { reachableSlots } from "../../src/debug/reachable.js";
import type { KernelState } from "../../src/model/state.js";
import type { Tcb } from "../../src/threads/tcb.js";
import { bootScene } from "./scene.js";

const EMPTY = seL4_MessageInfo_new(0, 0, 0, 0);

type CapOf<T extends Cap["type"]> = Extract<Cap, { readonly type: T }>;
type ObjectOf<T extends Cap["type"]> = CapOf<T>["object"];

export class Crowd {
  readonly world: BootedWorld<void>;
  readonly state: KernelState;

  constructor(world: BootedWorld<void>) {
    this.world = world;
    this.state = world.kernel.state;
  }

  /** The thread of program `name`. */
  thread(name: string): Tcb {
    for (const tcb of this.state.threads) if (tcb.context.programName === name) return tcb;
    throw new Error(`no thread runs the program "${name}"`);
  }

  /** The thread at the head of the ready queues: it is not running. */
  get ready(): Tcb {
    for (const tcb of this.state.threads) if (tcb.inReadyQueue) return tcb;
    throw new Error("nobody is ready");
  }

  /** Slots whose capability satisfies `test`, in order of discovery. */
  slots(test: (cap: Cap, slot: Slot) => boolean): Slot[] {
    return [...reachableSlots(this.state)].filter((slot) => test(slot.cap, slot));
  }

  /** The first slot with a capability of this type that satisfies `test`. */
  slot<T extends Cap["type"]>(type: T, test: (cap: CapOf<T>, slot: Slot) => boolean = () => true): Slot {
    const [found] = this.slots((cap, slot) => cap.type === type && test(cap as CapOf<T>, slot));
    if (found === undefined) throw new Error(`no capability of type ${type}`);
    return found;
  }

  /** The object of the first such capability. */
  object<T extends Cap["type"]>(type: T, test: (object: ObjectOf<T>) => boolean = () => true): ObjectOf<T> {
    return this.slot(type, ({ object }) => test(object as ObjectOf<T>)).cap.object as ObjectOf<T>;
  }
}

/** Boot and run until everybody is where they are to be. */
export function crowd(): Crowd {
  const at = { box: 0, callEp: 0, ready: 0, reply: 0, quiet: 0, bell: 0, lamp: 0, spare: 0 };
  let isReady = false;
  const world = bootScene<void>(
    function* (kit) {
      for (const name of ["box", "callEp"] as const) at[name] = yield* kit.endpoint();
      for (const name of ["ready", "quiet", "bell", "lamp"] as const) at[name] = yield* kit.notification();
      at.reply = yield* kit.reply();
      at.spare = yield* kit.reply();
      const badged = yield* kit.mint(at.box, 5);
      yield* kit.copy(badged);
      yield* kit.mint(at.box, 6);

      const server = yield* kit.start("server", { priority: 200 });
      yield* seL4_Wait(at.ready);
      yield* seL4_SchedContext_Unbind(server.sc);
      const bound = yield* kit.start("bound", { priority: 190 });
      yield* seL4_TCB_BindNotification(bound.tcb, at.lamp);
      yield* kit.start("caller", { priority: 180 });
      for (const priority of [170, 160]) yield* kit.start(priority === 170 ? "sender1" : "sender2", { priority });
      for (const priority of [150, 140])
        yield* kit.start(priority === 150 ? "late1" : "late2", { priority, budget: 30, period: 1_000_000 });
      const lender = yield* kit.schedContext();
      yield* seL4_SchedContext_Bind(lender, at.quiet);
      yield* seL4_Signal(at.bell);
      yield* kit.start("last", { priority: 50 });
      yield* kit.start("ready", { priority: 40 });
      const idle = yield* kit.start("ready", { priority: 40, stopped: true });
      yield* seL4_TCB_Suspend(idle.tcb);
      yield* seL4_Wait(at.ready);
    },
    {
      *server() {
        yield* seL4_NBSendRecv(at.ready, EMPTY, at.callEp, at.reply);
        yield* seL4_Wait(at.quiet);
      },
      *bound() {
        yield* seL4_Recv(at.callEp, at.spare);
      },
      *caller() {
        yield* seL4_Call(at.callEp, EMPTY);
      },
      *sender1() {
        yield* seL4_Send(at.box, EMPTY);
      },
      *sender2() {
        yield* seL4_Send(at.box, EMPTY);
      },
      *late1() {
        for (;;) yield* seL4_Yield();
      },
      *late2() {
        for (;;) yield* seL4_Yield();
      },
      *last() {
        isReady = true;
        for (;;) yield* seL4_Yield();
      },
      *ready() {
        for (;;) yield* seL4_Yield();
      },
    },
  );
  world.machine.run({ events: 2000, until: () => isReady });
  const found = new Crowd(world);
  const violations = world.kernel.checkInvariants();
  if (!isReady || violations.length > 0) throw new Error(`the crowd did not gather: ${violations.join("; ")}`);
  return found;
}
