/**
 * The short way of Call and ReplyRecv against the general one: the same system, run with and without it, leaves the same
 * trace. The systems are random and crowded with the reasons to refuse the short way: other domains, sporadic contexts,
 * budgets that are nearly used up, threads whose time comes in between, more urgent ones, bound notifications, stacks of
 * replies, messages that do not fit into registers, capabilities without a right, reply objects that are missing or
 * shared. A failing run is repeated with -t "seed N".
 */
import { compute, illegalInstruction, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_CapDomain,
  seL4_CapInitThreadTCB,
  seL4_CapRights_new,
  seL4_DomainSet_ScheduleConfigure,
  seL4_DomainSet_ScheduleSetStart,
  seL4_DomainSet_Set,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Unbind,
  seL4_SetMR,
  seL4_Signal,
  seL4_TCB_BindNotification,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
  seL4_TCB_UnbindNotification,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { Dice } from "../support/dice.js";
import type { Child } from "../support/kit.js";
import { bootScene } from "../support/scene.js";

const SEEDS = 40;
const EVENTS = 1500;
const CLIENTS = 4;
const SERVERS = 3;
/** Without Write, without Grant and GrantReply, without Read. */
const WEAK_RIGHTS = [
  seL4_CapRights_new(true, true, true, false),
  seL4_CapRights_new(false, false, true, true),
  seL4_CapRights_new(true, true, false, true),
];
/** Servers call the next one; the last answers by itself. */
const PRIORITIES = 4;

function run(seed: number, fastPath: boolean) {
  const dice = new Dice(seed);
  const domains = seed % 4 === 0 ? 2 : 1;
  // Whoever uses a capability that lacks a right may stop for good: not in every crowd.
  const isCareless = seed % 4 === 1;
  const endpoints: number[] = [];
  /** Capabilities to each endpoint that lack a right. */
  const weak: number[][] = [];
  const replies: number[] = [];
  const children: Child[] = [];
  const notifications: number[] = [];

  const info = () => {
    const length = dice.chance(80) ? dice.below(5) : dice.below(9);
    for (let i = 0; i < length; i++) seL4_SetMR(i, dice.below(1000));
    return seL4_MessageInfo_new(dice.below(3), 0, 0, length);
  };
  /** A capability to endpoint `index`, now and then a weak one. */
  const doorTo = (index: number) =>
    isCareless && dice.chance(5) ? dice.pick(weak[index] ?? []) : (endpoints[index] ?? 0);
  const anyDoor = () => doorTo(dice.below(SERVERS));
  function* pause(): Thread {
    if (dice.chance(30)) yield* compute(dice.below(dice.chance(20) ? 40_000 : 400) + 1);
  }

  const { machine, kernel, thrown } = bootScene(
    function* (kit) {
      for (let i = 0; i < SERVERS; i++) {
        const endpoint = yield* kit.endpoint();
        endpoints.push(endpoint);
        weak.push([]);
        for (const rights of WEAK_RIGHTS) weak[i]?.push(yield* kit.copy(endpoint, rights));
        replies.push(yield* kit.reply());
        notifications.push(yield* kit.notification());
      }
      for (let i = 0; i < CLIENTS + SERVERS; i++) {
        const period = 40 + dice.below(400);
        const child = yield* kit.start(i < CLIENTS ? "client" : "server", {
          argument: i < CLIENTS ? i : i - CLIENTS,
          priority: 90 + dice.below(PRIORITIES),
          budget: dice.chance(30) ? period : 25 + dice.below(period - 25),
          period,
          extraRefills: dice.below(3),
          scBits: 8,
          flags: dice.below(2),
          mcp: 255,
          faultHandler: dice.pick(endpoints),
          stopped: true,
        });
        children.push(child);
        if (domains > 1) yield* seL4_DomainSet_Set(seL4_CapDomain, dice.below(domains), child.tcb);
      }
      for (let i = 0; i < domains && domains > 1; i++) {
        yield* seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, i, i, 3000 + dice.below(3000));
      }
      const meddler = yield* kit.start("meddler", { priority: 200, budget: 60, period: 400, mcp: 255, stopped: true });
      for (let i = 0; i < SERVERS; i++) {
        const server = children[CLIENTS + i]?.tcb ?? 0;
        if (dice.chance(50)) yield* seL4_TCB_BindNotification(server, notifications[i] ?? 0);
      }
      for (const { tcb } of children) yield* seL4_TCB_Resume(tcb);
      yield* seL4_TCB_Resume(meddler.tcb);
      if (domains > 1) yield* seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0);
    },
    {
      *client() {
        for (;;) {
          yield* pause();
          if (dice.chance(10)) yield* illegalInstruction();
          yield* seL4_Call(anyDoor(), info());
        }
      },
      *server(index) {
        const endpoint = endpoints[index] ?? 0;
        const reply = replies[index] ?? 0;
        yield* seL4_Recv(endpoint, reply);
        for (;;) {
          yield* pause();
          if (dice.chance(10)) yield* seL4_Signal(dice.pick(notifications));
          if (index + 1 < SERVERS && dice.chance(30)) yield* seL4_Call(doorTo(index + 1), info());
          if (isCareless && dice.chance(5)) {
            yield* seL4_Wait(endpoint);
          } else if (isCareless && dice.chance(10)) {
            yield* seL4_ReplyRecv(dice.pick([endpoint, ...(weak[index] ?? [])]), info(), dice.pick(replies));
          } else if (dice.chance(10)) {
            yield* seL4_NBSend(reply, info());
            yield* seL4_Recv(endpoint, reply);
          } else {
            yield* seL4_ReplyRecv(endpoint, info(), reply);
          }
        }
      },
      *meddler() {
        for (;;) {
          const { tcb, sc } = dice.pick(children);
          switch (dice.below(7)) {
            case 0:
              yield* seL4_TCB_SetPriority(tcb, seL4_CapInitThreadTCB, 90 + dice.below(PRIORITIES));
              break;
            case 1:
              yield* seL4_SchedContext_Unbind(sc);
              break;
            case 2:
              yield* seL4_SchedContext_Bind(sc, tcb);
              break;
            case 3:
              yield* seL4_TCB_BindNotification(tcb, dice.pick(notifications));
              break;
            case 4:
              yield* seL4_TCB_UnbindNotification(tcb);
              break;
            case 5:
              yield* seL4_TCB_Resume(tcb);
              break;
            default:
              yield* seL4_Signal(dice.pick(notifications));
          }
          yield* seL4_Yield();
        }
      },
    },
    { kernel: { domains, fastPath, checkInvariants: false }, machine: { seed } },
  );
  const stop = machine.run({ events: EVENTS });
  for (const { error } of thrown) throw error;
  expect(kernel.checkInvariants()).toEqual([]);
  const { shortcuts } = kernel.state;
  return { shortcuts, left: { reason: stop.reason, tick: machine.clock.ticks, hash: machine.trace.hash } };
}

describe("The short way of IPC does what the general one does", () => {
  let shortcuts = 0;

  it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("in a crowd of clients and servers (seed %i)", (seed) => {
    const general = run(seed, false);
    const short = run(seed, true);
    expect(general.shortcuts).toBe(0);
    expect(short.left).toEqual(general.left);
    shortcuts += short.shortcuts;
  });

  it("and is taken", () => {
    expect(shortcuts).toBeGreaterThan(40 * SEEDS);
  });
});
