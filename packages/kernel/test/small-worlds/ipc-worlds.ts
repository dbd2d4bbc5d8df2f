/**
 * Every interleaving of three threads that do whatever they can at one endpoint and one notification, beside the model.
 *
 * What is explored is a graph: its nodes are who waits where, who is owed an answer and whose time it is, its edges are
 * system calls of a thread that can run. Equal nodes are gone on from once, whatever led to them, so that the scripts of
 * the threads have any length, four calls each among them. The threads are driven by hand: the one whose turn it is in the
 * interleaving is made the current one, its registers are filled, and the kernel's trap vector is entered as the machine
 * does it. What it then leaves in everybody's registers, objects and queues is compared.
 */
import { Cause, Register } from "@tessera/hal-sim/isa";
import {
  CapTag,
  seL4_CanWrite,
  seL4_SysCall,
  seL4_SysNBRecv,
  seL4_SysNBSend,
  seL4_SysNBSendRecv,
  seL4_SysNBWait,
  seL4_SysRecv,
  seL4_SysReplyRecv,
  seL4_SysSend,
  seL4_SysWait,
} from "@tessera/libsel4/abi";
import { Invariants } from "../../src/debug/invariants.js";
import type { Endpoint } from "../../src/ipc/endpoint.js";
import { bindNotification, type Notification } from "../../src/ipc/notification.js";
import type { Reply } from "../../src/ipc/reply.js";
import type { Kernel } from "../../src/kernel.js";
import { type KernelState, SchedulerAction } from "../../src/model/state.js";
import { type Tcb, ThreadState } from "../../src/threads/tcb.js";
import { registerLow, setRegister } from "../../src/threads/user-registers.js";
import { isSchedulable } from "../../src/time/request.js";
import { type SchedContext, unbindThread } from "../../src/time/sched-context.js";
import { capAt } from "../support/kernel-view.js";
import { bootScene } from "../support/scene.js";
import { badgeOfThread, IpcModel, STEPS, type State, type Step, wordOfThread } from "./ipc-model.js";

/** How the three threads are set up. */
export interface IpcSetting {
  readonly priorities: readonly number[];
  /** They all use the same reply object, so that they take it from each other. */
  readonly sharesReply: boolean;
  /** The last one waits in a Recv and has no scheduling context. */
  readonly hasServer: boolean;
  /** The notification is bound to the last one, and lends it a scheduling context. */
  readonly isBound: boolean;
}

const THREADS = 3;
/** What registers hold that nobody has written. */
const UNTOUCHED = 77;
/** A message of one word. */
const ONE_WORD = 1;
const STATES: Readonly<Record<number, State>> = {
  [ThreadState.Running]: "running",
  [ThreadState.Inactive]: "inactive",
  [ThreadState.BlockedOnSend]: "send",
  [ThreadState.BlockedOnReceive]: "receive",
  [ThreadState.BlockedOnReply]: "reply",
  [ThreadState.BlockedOnNotification]: "wait",
};

/** One step of an interleaving. */
export interface Turn {
  readonly thread: number;
  readonly step: Step;
}

/** Explore a setting on a kernel that `plant` may have broken; throws the first interleaving that differs. */
export function exploreIpc(
  setting: IpcSetting,
  newModel: () => IpcModel = () => new IpcModel(),
  plant: (kernel: Kernel) => void = () => {},
): { readonly worlds: number; readonly steps: number } {
  const stage = new Stage(setting, plant);
  const model = stage.begin(newModel());
  const queue = [{ model, saved: stage.saved(), path: [] as readonly Turn[] }];
  const seen = new Set([keyOf(model)]);
  let steps = 0;
  for (const world of queue) {
    for (let thread = 0; thread < THREADS; thread++) {
      if (!world.model.canRun(thread)) continue;
      for (const step of STEPS) {
        const path = [...world.path, { thread, step }];
        const after = world.model.copyOfItself();
        after.take(thread, step, stage.replyOf(thread));
        stage.restore(world.saved);
        try {
          stage.take(thread, step);
        } catch (error) {
          throw new Error(`${(error as Error).message}${programText(path)}`);
        }
        steps++;
        expectEqual(stage.registers(), registersOf(after, thread, stage), path);
        expectEqual(stage.key(), keyOf(after), path);
        if (seen.has(keyOf(after))) continue;
        seen.add(keyOf(after));
        const violations = stage.violations();
        if (violations.length > 0) throw new Error(`${violations.join("; ")}${programText(path)}`);
        queue.push({ model: after, saved: stage.saved(), path });
      }
    }
  }
  return { worlds: queue.length, steps };
}

/** Do what a failure printed, beside the model; throws where they differ. */
export function replayIpc(
  setting: IpcSetting,
  path: readonly Turn[],
  plant: (kernel: Kernel) => void = () => {},
): void {
  const stage = new Stage(setting, plant);
  const model = stage.begin(new IpcModel());
  for (const [i, { thread, step }] of path.entries()) {
    model.take(thread, step, stage.replyOf(thread));
    stage.take(thread, step);
    expectEqual(stage.registers(), registersOf(model, thread, stage), path.slice(0, i + 1));
    expectEqual(stage.key(), keyOf(model), path.slice(0, i + 1));
  }
}

function expectEqual(found: string, expected: string, path: readonly Turn[]): void {
  if (found !== expected) throw new Error(`the kernel has\n${found}\nthe model\n${expected}${programText(path)}`);
}

function programText(path: readonly Turn[]): string {
  return `\nafter [\n${path.map((turn) => `  ${JSON.stringify(turn)}`).join(",\n")}\n]`;
}

/** A world, as one line of text. */
function keyOf({ threads, endpoint, waiting, signals, replies, scs }: IpcModel): string {
  const all = threads.map(({ state, sc, reply, isCall, canReply }) => {
    return [state, sc, reply, state === "send" && isCall, state === "send" && isCall && canReply];
  });
  return JSON.stringify([all, endpoint, waiting, signals, replies, scs.map(({ holder, stack }) => [holder, stack])]);
}

/** What the first registers hold after `thread`'s step. */
function registersOf({ threads }: IpcModel, thread: number, stage: Stage): string {
  return JSON.stringify(
    threads.map(({ badge, word }, i) => [badge ?? (i === thread ? stage.target : UNTOUCHED), word ?? wordOfThread(i)]),
  );
}

type Saved = readonly (readonly [object: object, fields: object])[];

/** The kernel, and what of it the threads meet at. */
class Stage {
  /** What the last step had in a0. */
  target = 0;
  readonly #k: KernelState;
  readonly #kernel: Kernel;
  readonly #setting: IpcSetting;
  readonly #invariants: Invariants;
  readonly #tcbs: Tcb[] = [];
  readonly #scs: SchedContext[] = [];
  readonly #replies: Reply[] = [];
  readonly #at = { endpoints: [0], weak: [0], notifications: [0], replies: [0] };
  #endpoint!: Endpoint;
  #notification!: Notification;

  constructor(setting: IpcSetting, plant: (kernel: Kernel) => void) {
    this.#setting = setting;
    const made = { endpoint: 0, notification: 0, tcbs: [0], scs: [0] };
    const at = this.#at;
    for (const list of [at.endpoints, at.weak, at.notifications, at.replies, made.tcbs, made.scs]) list.length = 0;
    const world = bootScene<void>(
      function* (kit) {
        made.endpoint = yield* kit.endpoint();
        made.notification = yield* kit.notification();
        for (let i = 0; i < THREADS; i++) {
          at.endpoints.push(yield* kit.mint(made.endpoint, badgeOfThread(i)));
          at.weak.push(yield* kit.mint(made.endpoint, badgeOfThread(i), seL4_CanWrite));
          at.notifications.push(yield* kit.mint(made.notification, badgeOfThread(i)));
          at.replies.push(yield* kit.reply());
          const { tcb, sc } = yield* kit.start("driven", { priority: setting.priorities[i]!, stopped: true });
          made.tcbs.push(tcb);
          made.scs.push(sc);
        }
        made.scs.push(yield* kit.schedContext());
      },
      { *driven() {} },
      { kernel: { checkInvariants: false } },
    );
    world.finish();
    this.#kernel = world.kernel;
    this.#k = world.kernel.state;
    this.#k.explainer = null;
    this.#invariants = new Invariants(this.#k);
    this.#endpoint = this.#object(made.endpoint, CapTag.endpoint);
    this.#notification = this.#object(made.notification, CapTag.notification);
    for (const slot of made.tcbs) this.#tcbs.push(this.#object(slot, CapTag.thread));
    for (const slot of made.scs) this.#scs.push(this.#object(slot, CapTag.schedContext));
    for (const slot of at.replies) this.#replies.push(this.#object(slot, CapTag.reply));
    plant(world.kernel);
  }

  replyOf(thread: number): number {
    return this.#setting.sharesReply ? 0 : thread;
  }

  /** The first world, here and in the model. */
  begin(model: IpcModel): IpcModel {
    const { priorities, hasServer, isBound } = this.#setting;
    const server = THREADS - 1;
    for (const tcb of this.#tcbs) tcb.state = ThreadState.Running;
    model.threads = priorities.map((priority, sc) => {
      return { state: "running", priority, sc, reply: null, isCall: false, canReply: false, badge: null, word: null };
    });
    model.replies = this.#replies.map(() => null);
    model.scs = this.#scs.map((_, i) => ({ holder: i < THREADS ? i : null, stack: [] }));
    if (hasServer) {
      this.take(server, "Recv");
      model.take(server, "Recv", this.replyOf(server));
      unbindThread(this.#k, this.#scs[server]!);
      model.scs[server]!.holder = null;
      model.threads[server]!.sc = null;
    }
    if (isBound) {
      const lent = this.#scs[THREADS]!;
      bindNotification(this.#tcbs[server]!, this.#notification);
      this.#notification.sc = lent;
      lent.notification = this.#notification;
      model.boundThread = server;
      model.boundSc = THREADS;
    }
    this.#rest();
    expectEqual(this.key(), keyOf(model), []);
    return model;
  }

  /** Thread `i` makes the system call of `step`. */
  take(i: number, step: Step): void {
    const k = this.#k;
    this.#rest();
    const tcb = this.#tcbs[i]!;
    k.current = tcb;
    if (tcb.sc !== null) k.currentSc = tcb.sc;
    for (const other of this.#tcbs) if (other !== tcb && isSchedulable(other)) k.readyQueues.append(other);
    this.#fillRegisters(i, step);
    k.machine.cpu.onTrap(Cause.UserEcall);
  }

  saved(): Saved {
    this.#rest();
    const { queue } = this.#endpoint;
    const all = [...this.#tcbs, ...this.#scs, ...this.#replies, this.#endpoint, this.#notification];
    return [...all, queue, this.#notification.queue].map((object) => [object, { ...object }] as const);
  }

  restore(saved: Saved): void {
    this.#rest();
    for (const [object, fields] of saved) Object.assign(object, fields);
  }

  violations(): readonly string[] {
    return this.#invariants.find();
  }

  /** What the kernel has, in the words of `keyOf`. */
  key(): string {
    const threads = this.#tcbs.map(({ state, sc, reply, isCall, canGrant, canGrantReply }) => {
      const sends = state === ThreadState.BlockedOnSend && isCall;
      const links = [sc === null ? null : this.#scs.indexOf(sc), reply === null ? null : this.#replies.indexOf(reply)];
      return [STATES[state], ...links, sends, sends && (canGrant || canGrantReply)];
    });
    const queue = [...this.#endpoint.queue.threads()].map((tcb) => this.#tcbs.indexOf(tcb));
    const waiting = [...this.#notification.queue.threads()].map((tcb) => this.#tcbs.indexOf(tcb));
    const signals = this.#notification.isActive ? this.#notification.wordLo : null;
    const replies = this.#replies.map(({ tcb }) => this.#indexOrNull(tcb));
    const scs = this.#scs.map((sc) => [this.#indexOrNull(sc.tcb), this.#stackOf(sc)]);
    return JSON.stringify([threads, queue, waiting, signals, replies, scs]);
  }

  /** What the first registers of everybody hold: a0 and the first word of a message. */
  registers(): string {
    const read = (tcb: Tcb, register: number) => registerLow(this.#k, tcb, register);
    return JSON.stringify(this.#tcbs.map((tcb) => [read(tcb, Register.a0), read(tcb, Register.a2)]));
  }

  /** Nobody is current or ready. */
  #rest(): void {
    const k = this.#k;
    for (const tcb of this.#tcbs) k.readyQueues.remove(tcb);
    k.current = null;
    k.currentSc = k.idleSc;
    k.candidate = null;
    k.schedulerAction = SchedulerAction.ResumeCurrent;
  }

  #fillRegisters(i: number, step: Step): void {
    const k = this.#k;
    for (const [n, tcb] of this.#tcbs.entries()) {
      setRegister(k, tcb, Register.a0, UNTOUCHED, 0);
      setRegister(k, tcb, Register.a1, ONE_WORD, 0);
      setRegister(k, tcb, Register.a2, wordOfThread(n), 0);
    }
    const tcb = this.#tcbs[i]!;
    const { number, a0, a6, t0 } = this.#callOf(i, step);
    this.target = a0;
    setRegister(k, tcb, Register.a0, a0, 0);
    setRegister(k, tcb, Register.a6, a6 ?? 0, 0);
    setRegister(k, tcb, Register.t0, t0 ?? 0, 0);
    setRegister(k, tcb, Register.a7, number, -1);
  }

  #callOf(i: number, step: Step): { number: number; a0: number; a6?: number; t0?: number } {
    const a6 = this.#at.replies[this.replyOf(i)]!;
    const [endpoint, weak, notification] = [this.#at.endpoints[i]!, this.#at.weak[i]!, this.#at.notifications[i]!];
    switch (step) {
      case "Send":
        return { number: seL4_SysSend, a0: endpoint };
      case "NBSend":
        return { number: seL4_SysNBSend, a0: endpoint };
      case "Call":
        return { number: seL4_SysCall, a0: endpoint };
      case "Call without GrantReply":
        return { number: seL4_SysCall, a0: weak };
      case "Recv":
        return { number: seL4_SysRecv, a0: endpoint, a6 };
      case "NBRecv":
        return { number: seL4_SysNBRecv, a0: endpoint, a6 };
      case "ReplyRecv":
        return { number: seL4_SysReplyRecv, a0: endpoint, a6 };
      case "NBSendRecv":
        return { number: seL4_SysNBSendRecv, a0: endpoint, a6, t0: endpoint };
      case "NBSendRecv to the notification":
        return { number: seL4_SysNBSendRecv, a0: endpoint, a6, t0: notification };
      case "Send to the reply":
        return { number: seL4_SysSend, a0: a6 };
      case "Signal":
        return { number: seL4_SysSend, a0: notification };
      case "Wait":
        return { number: seL4_SysWait, a0: notification };
      case "Poll":
        return { number: seL4_SysNBWait, a0: notification };
    }
  }

  #stackOf(sc: SchedContext): number[] {
    const stack: number[] = [];
    for (let reply = sc.replyHead; reply !== null; reply = reply.prev) stack.unshift(this.#replies.indexOf(reply));
    return stack;
  }

  #indexOrNull(tcb: Tcb | null): number | null {
    return tcb === null ? null : this.#tcbs.indexOf(tcb);
  }

  #object<O>(slot: number, type: number): O {
    const cap = capAt(this.#kernel, slot);
    if (cap.type !== type) throw new Error(`slot ${slot} holds a capability of type ${cap.type}`);
    return cap.object as O;
  }
}
