/**
 * A storm of time: threads with random budgets, periods, flags and domains that compute, call, wait, yield, suspend and
 * reconfigure each other. After every kernel entry, beside the invariants: refills are in order and add up to their
 * budget, who runs has the least budget left and a timer in time; at the end, two counts of all time agree. A failing
 * run is repeated with -t "seed N".
 */
import { CYCLES_PER_TICK, MachineEvent } from "@tessera/hal-sim";
import { compute, type Thread } from "@tessera/hal-sim/isa";
import type { Kernel } from "@tessera/kernel";
import {
  seL4_Call,
  seL4_CapDomain,
  seL4_CapInitThreadTCB,
  seL4_DomainSet_ScheduleConfigure,
  seL4_DomainSet_ScheduleSetStart,
  seL4_DomainSet_Set,
  type seL4_Error,
  seL4_NBSendRecv,
  seL4_NBWait,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Consumed,
  seL4_SchedContext_UnbindObject,
  seL4_SchedContext_YieldTo,
  seL4_SchedControl_ConfigureFlags,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
  seL4_TCB_SetSchedParams,
  seL4_TCB_Suspend,
  seL4_TCB_WriteRegisters,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { SchedContextCap } from "../../src/caps/cap.js";
import { Dice } from "../support/dice.js";
import { capAt } from "../support/kernel-view.js";
import type { Child, Kit } from "../support/kit.js";
import { EMPTY } from "../support/message.js";
import { bootScene } from "../support/scene.js";

const SEEDS = 10;
const EVENTS = 4000;
/** Every so many entries all invariants are checked; what this file checks itself, after each. */
const STRIDE = 16;
const ACTORS = 7;
const ACTIONS = 10_000;
const MIN_BUDGET = 200;
const PRECISION = 10;
const SELF = seL4_CapInitThreadTCB;

/** Objects that actors choose from. */
interface Stage {
  readonly dice: Dice;
  readonly children: Child[];
  readonly notifications: number[];
  readonly endpoints: number[];
  readonly replies: number[];
  control: number;
  readonly domains: number;
  /** Ticks of budget that have been asked for each context: its refills add up to one of them. */
  readonly budgets: Map<number, readonly number[]>;
}

/** With the least budget, 20 us, no call is ever made: some of it is used up at its entry. */
const LEAST = 30;
/** The entry at which a planted bug begins. */
const PLANTED_AT = 1000;

/** Microseconds: a budget and a period, sometimes equal. */
function randomTime(dice: Dice): { budget: number; period: number } {
  const period = LEAST + dice.below(dice.chance(50) ? 100 : 2000);
  return { period, budget: dice.chance(30) ? period : LEAST + dice.below(period - LEAST + 1) };
}

function* configure(stage: Stage, sc: number): Thread {
  const { dice, budgets } = stage;
  const { budget, period } = randomTime(dice);
  budgets.set(sc, [...(budgets.get(sc) ?? []), budget * 10]);
  yield* seL4_SchedControl_ConfigureFlags(stage.control, sc, budget, period, dice.below(9), 1, dice.below(2));
}

/** One random call. */
function* act(stage: Stage, index: number): Thread<unknown> {
  const { dice, children, notifications, endpoints, replies } = stage;
  const other = dice.pick(children);
  const ntfn = dice.pick(notifications);
  const endpoint = dice.pick(endpoints);
  const reply = replies[index % replies.length] ?? 0;
  switch (dice.below(20)) {
    case 0:
    case 1:
      return yield* seL4_Signal(ntfn);
    case 2:
      return yield* seL4_Wait(ntfn);
    case 3:
      return yield* seL4_NBWait(ntfn);
    case 4:
    case 5:
      return yield* seL4_Call(endpoint, EMPTY);
    case 6:
      return yield* seL4_Recv(endpoint, reply);
    case 7:
      return yield* seL4_ReplyRecv(endpoint, EMPTY, reply);
    case 8:
      return yield* seL4_NBSendRecv(endpoint, EMPTY, endpoint, reply);
    case 9:
      return yield* seL4_Send(dice.pick(replies), EMPTY);
    case 10:
      return yield* seL4_Yield();
    case 11:
      return yield* seL4_SchedContext_YieldTo(other.sc);
    case 12:
      return yield* configure(stage, other.sc);
    case 13:
      return yield* seL4_TCB_Suspend(other.tcb);
    case 14:
      return yield* seL4_TCB_Resume(other.tcb);
    case 15:
      return yield* seL4_TCB_SetPriority(other.tcb, SELF, 90 + dice.below(4));
    case 16:
      return yield* seL4_SchedContext_Consumed(other.sc);
    case 17:
      return yield* rebind(dice, other, dice.pick(children));
    case 18:
      return yield* seL4_DomainSet_Set(seL4_CapDomain, dice.below(stage.domains), other.tcb);
    default:
      return yield* reschedule(dice, stage.domains);
  }
}

function* rebind(dice: Dice, one: Child, other: Child): Thread<seL4_Error> {
  if (dice.chance(40)) return yield* seL4_SchedContext_UnbindObject(one.sc, one.tcb);
  if (dice.chance(50)) return yield* seL4_SchedContext_Bind(one.sc, other.tcb);
  return yield* seL4_TCB_SetSchedParams(other.tcb, SELF, 255, 90 + dice.below(4), one.sc, 0);
}

function* reschedule(dice: Dice, domains: number): Thread<seL4_Error> {
  if (dice.chance(30)) return yield* seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, dice.below(4));
  // In a turn of 200 ticks or less no call is ever made.
  const duration = 300 + dice.below(5000);
  return yield* seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, dice.below(4), dice.below(domains), duration);
}

function* furnish(kit: Kit, stage: Stage): Thread {
  const { dice, children } = stage;
  stage.control = kit.bootinfo.schedcontrol.start;
  for (let i = 0; i < 3; i++) {
    stage.notifications.push(yield* kit.notification());
    stage.endpoints.push(yield* kit.endpoint());
  }
  for (let i = 0; i < ACTORS; i++) stage.replies.push(yield* kit.reply());
  for (let i = 0; i < ACTORS; i++) {
    const time = randomTime(dice);
    const timeout = dice.chance(30) ? { timeoutHandler: dice.pick(stage.endpoints) } : {};
    const options = { ...time, ...timeout, priority: 90 + dice.below(4), mcp: 255, scBits: 8, flags: dice.below(2) };
    const child = yield* kit.start("actor", { ...options, argument: i, extraRefills: dice.below(9), stopped: true });
    stage.budgets.set(child.sc, [time.budget * 10]);
    children.push(child);
  }
  for (let entry = 0; entry < stage.domains; entry++) {
    yield* seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, entry, entry, 5000);
  }
  yield* seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0);
  for (const { tcb } of children) yield* seL4_TCB_Resume(tcb);
  // Keeps the others alive: every 150 us, in each domain's turn.
  for (let domain = 0; domain < stage.domains; domain++) {
    const { tcb } = yield* kit.start("ticker", {
      priority: 200,
      budget: 40,
      period: 150,
      argument: domain,
      stopped: true,
    });
    yield* seL4_DomainSet_Set(seL4_CapDomain, domain, tcb);
    yield* seL4_TCB_Resume(tcb);
  }
}

/** What has to hold after every entry. */
function check(kernel: Kernel, stage: Stage): void {
  const { state } = kernel;
  for (const { sc: slot } of stage.children) {
    const sc = (capAt(kernel, slot) as SchedContextCap).object;
    const refills = Array.from({ length: sc.refills.length }, (_, i) => sc.refills.at(i));
    const sum = refills.reduce((total, [, amount]) => total + amount, 0);
    const isOrdered = refills.every(([time, amount], i) => time + amount <= (refills[i + 1]?.[0] ?? Infinity));
    const isGood =
      (isOrdered || sc.refills.isRoundRobin) && sc.refills.isSufficient(0) && refills.length <= sc.refills.max;
    if (!isGood || !(stage.budgets.get(slot) ?? []).includes(sum)) {
      throw new Error(`refills of ${slot}: ${JSON.stringify(refills)}, budget ${stage.budgets.get(slot)}`);
    }
  }
  if (state.current === null) return;
  const { headAmount, headTime } = state.currentSc.refills;
  const left = headAmount - state.consumed;
  if (left < MIN_BUDGET || headTime > state.now)
    throw new Error(`who runs has ${left} ticks left, from ${headTime} on`);
  const timer = state.clock.timerAt / CYCLES_PER_TICK;
  if (timer > state.now + left - PRECISION) {
    throw new Error(`the timer is at ${timer}, the budget ends at ${state.now + left}`);
  }
}

/** Ticks in which nobody ran, by the machine's own record. */
function idleTicks({ machine, state }: Kernel): number {
  const { trace } = machine;
  expect(trace.first).toBe(0);
  let idle = 0;
  let since = -1;
  for (let n = 0; n < trace.count; n++) {
    const record = trace.record(n);
    if (record?.kind !== MachineEvent.Switch) continue;
    if (since >= 0) idle += record.tick - since;
    since = record.subject === 0 ? record.tick : -1;
  }
  return since >= 0 ? idle + state.now - since : idle;
}

function storm(seed: number, damage: (kernel: Kernel, stage: Stage) => void = () => {}) {
  const dice = new Dice(seed);
  const stage: Stage = {
    dice,
    children: [],
    notifications: [],
    endpoints: [],
    replies: [],
    control: 0,
    domains: seed % 2 === 0 ? 1 : 3,
    budgets: new Map(),
  };
  const acted = { count: 0 };
  const world = bootScene(
    (kit) => furnish(kit, stage),
    {
      *actor(index) {
        while (acted.count++ < ACTIONS) {
          if (dice.chance(40)) yield* compute(dice.below(60_000) + 1);
          yield* act(stage, index);
        }
      },
      *ticker(domain) {
        for (;;) {
          const child = dice.pick(stage.children);
          yield* seL4_Signal(dice.pick(stage.notifications));
          yield* seL4_SchedContext_Bind(child.sc, child.tcb);
          // Resumed it would make its call again, and wait again: it begins anew. The answer to a pending YieldTo would
          // be written over its arguments; Suspend drops it.
          yield* seL4_TCB_Suspend(child.tcb);
          const registers = { pc: child.entry, a0: stage.children.indexOf(child), a1: child.bufferAddress };
          yield* seL4_TCB_WriteRegisters(child.tcb, true, 0, 18, registers);
          yield* seL4_DomainSet_Set(seL4_CapDomain, domain, dice.pick(stage.children).tcb);
          if (dice.chance(20)) yield* configure(stage, dice.pick(stage.children).sc);
          yield* seL4_Yield();
        }
      },
    },
    { kernel: { domains: stage.domains, checkInvariants: false }, machine: { seed } },
  );
  const { kernel, machine } = world;
  const until = () => {
    if (machine.events >= PLANTED_AT) damage(kernel, stage);
    check(kernel, stage);
    const violations = machine.events % STRIDE === 0 ? kernel.checkInvariants() : [];
    if (violations.length > 0) throw new Error(violations.join("; "));
    return false;
  };
  const stop = machine.run({ events: EVENTS, until });
  for (const { error } of world.thrown) throw error;
  return { kernel, stop, acted: acted.count };
}

describe("A storm of time", () => {
  it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("leaves all time accounted for (seed %i)", (seed) => {
    const { kernel, stop, acted } = storm(seed);
    expect(stop).toMatchObject({ reason: "limit" });
    expect(acted).toBeGreaterThan(100);
    expect(kernel.state.idleSc.total + (kernel.state.current === null ? kernel.state.consumed : 0)).toBe(
      idleTicks(kernel),
    );
  });
});

describe("The checks of a storm find", () => {
  const firstOf = (kernel: Kernel, { children }: Stage) =>
    (capAt(kernel, children[0]?.sc ?? 0) as SchedContextCap).object;

  it.each<readonly [string, RegExp, (kernel: Kernel, stage: Stage) => void]>([
    [
      "a refill of time that nobody gave",
      /^refills of/,
      (kernel, stage) => firstOf(kernel, stage).refills.configure(4, 7777, 9000, kernel.state.now),
    ],
    ["a timer that is not set", /^the timer is at Infinity/, (kernel) => kernel.state.cpu.setTimer(Infinity)],
    [
      "time that was used and is not charged",
      /^\d+ ticks have passed|accounted for/,
      (kernel, stage) => {
        firstOf(kernel, stage).total += 1;
      },
    ],
  ])("%s", (_, sentence, damage) => {
    expect(() => storm(2, damage)).toThrow(sentence);
  });
});
