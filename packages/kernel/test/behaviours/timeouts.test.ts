/** Timeout faults: who is told when a budget is over, whose badge it is, and how a server is rescued from its client. */
import { compute, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_Fault_Timeout,
  seL4_NBSendRecv,
  seL4_NoError,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Unbind,
  seL4_Send,
  seL4_TCB_Suspend,
  seL4_TimeoutReply_new,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { behaviour, type Helper, type Roles, type TestThread } from "./test-thread.js";

const CYCLES_PER_MS = 1_000_000;
const ROUNDS = 5;
/** What T answers a client with on behalf of its server. */
const RESCUED = 2 ** 32 - 1;
const CLIENT_BADGE = 1;
const SERVER_CAP = 2;
const PROXY_CAP = 3;
const CLIENT_TIME = { budget: 100_000, period: 101_000, badge: CLIENT_BADGE };

interface At {
  front: number;
  back: number;
  timeouts: number;
}

/** Badge, label and words of a timeout; the consumed time by itself. */
function* timeout({ timeouts }: At, reply: number): Thread<{ told: readonly number[]; consumed: number }> {
  const { badge, info } = yield* seL4_Recv(timeouts, reply);
  const [data = -1, consumed = -1] = words(info);
  return { told: [badge, info.label, info.length, data], consumed };
}

const timeoutOf = (cap: number) => [cap, seL4_Fault_Timeout, 2, CLIENT_BADGE];

/** A server that never answers, and what stands before it. */
function roles(at: At, answers: number[], wentOn: string[] = []): Roles {
  return {
    *server(_, { ready, reply }) {
      yield* seL4_NBSendRecv(ready, EMPTY, at.back, reply);
      for (;;) yield* compute(CYCLES_PER_MS);
    },
    *proxy(_, { ready, reply }) {
      yield* seL4_NBSendRecv(ready, EMPTY, at.front, reply);
      yield* seL4_Call(at.back, EMPTY);
      wentOn.push("proxy");
      for (;;) yield* compute(CYCLES_PER_MS);
    },
    *client() {
      for (;;) answers.push(...words(yield* seL4_Call(at.front, EMPTY)));
    },
  };
}

/**
 * T handles a timeout of `server`: answers whoever waits for it, lends it its own context, sends it back to its start
 * by a reply to the fault, and takes the context away when it waits again.
 */
function* rescue(t: TestThread, server: Helper, faultReply: number): Thread<number[]> {
  yield* seL4_Send(server.reply, message([RESCUED]));
  const bound = yield* seL4_SchedContext_Bind(server.sc, server.tcb);
  yield* seL4_Send(faultReply, seL4_TimeoutReply_new(true, server.registers, 32));
  yield* seL4_Wait(t.ready);
  return [bound, yield* seL4_SchedContext_Unbind(server.sc)];
}

describe("A timeout fault", () => {
  it("TIMEOUTFAULT0001: comes once in each period to a thread that never stops, 101 times in a row", () => {
    const TIMES = 100;
    const at = { timeouts: 0 };
    const { value, machine } = behaviour(
      function* (t) {
        at.timeouts = yield* t.kit.endpoint();
        const time = { budget: 1000, period: 2000, badge: CLIENT_BADGE };
        const { tcb } = yield* t.start("spinner", { ...time, timeoutHandler: at.timeouts });
        const seen: number[][] = [];
        let { info } = yield* seL4_Recv(at.timeouts, t.reply);
        for (let i = 0; i < TIMES; i++) {
          seen.push([info.label, ...words(info)]);
          ({ info } = yield* seL4_ReplyRecv(at.timeouts, EMPTY, t.reply));
        }
        seen.push([info.label, ...words(info)]);
        must(yield* seL4_TCB_Suspend(tcb));
        return seen;
      },
      {
        *spinner() {
          for (;;) yield* compute(CYCLES_PER_MS);
        },
      },
    );
    expect(value.map(([label, data]) => [label, data])).toEqual(
      Array.from({ length: TIMES + 1 }, () => [seL4_Fault_Timeout, CLIENT_BADGE]),
    );
    for (const [, , consumed = 0] of value) {
      // A budget, less the microseconds by which the timer is early.
      expect(consumed).toBeGreaterThan(950);
      expect(consumed).toBeLessThanOrEqual(1000);
    }
    // 100 periods of 2 ms lie between the first and the last, of a timebase of 10 MHz.
    expect(machine.clock.ticks).toBeGreaterThan(TIMES * 20_000);
    expect(machine.clock.ticks).toBeLessThan((TIMES + 3) * 20_000);
  });

  it("TIMEOUTFAULT0002: of a passive server has the badge of its client's context; T answers, and it starts again", () => {
    const at: At = { front: 0, back: 0, timeouts: 0 };
    const answers: number[] = [];
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        at.front = yield* kit.endpoint();
        at.back = at.front;
        at.timeouts = yield* kit.endpoint();
        const server = yield* t.passive("server", { timeoutHandler: yield* kit.mint(at.timeouts, SERVER_CAP) });
        const client = yield* t.start("client", { ...CLIENT_TIME, priority: 252 });
        const seen: unknown[] = [];
        for (let i = 0; i < ROUNDS; i++) {
          const { told, consumed } = yield* timeout(at, t.reply);
          expect(consumed).toBeGreaterThan(99_900);
          expect(consumed).toBeLessThanOrEqual(100_000);
          seen.push([told, yield* rescue(t, server, t.reply)]);
        }
        must(yield* seL4_TCB_Suspend(client.tcb));
        return seen;
      },
      roles(at, answers),
    );
    expect(value).toEqual(Array.from({ length: ROUNDS }, () => [timeoutOf(SERVER_CAP), [seL4_NoError, seL4_NoError]]));
    // The last answer came just before the client was stopped.
    expect(answers).toEqual(Array.from({ length: ROUNDS - 1 }, () => RESCUED));
  });

  it("TIMEOUTFAULT0003: of a server is followed by its proxy's, which has no time left to go on with", () => {
    const at: At = { front: 0, back: 0, timeouts: 0 };
    const answers: number[] = [];
    const wentOn: string[] = [];
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        [at.front, at.back, at.timeouts] = [yield* kit.endpoint(), yield* kit.endpoint(), yield* kit.endpoint()];
        const server = yield* t.passive("server", { timeoutHandler: yield* kit.mint(at.timeouts, SERVER_CAP) });
        const proxy = yield* t.passive("proxy", { timeoutHandler: yield* kit.mint(at.timeouts, PROXY_CAP) });
        const client = yield* t.start("client", { ...CLIENT_TIME, priority: 252 });
        const seen: unknown[] = [];
        for (let i = 0; i < ROUNDS; i++) {
          for (const rescued of [server, proxy]) {
            const { told } = yield* timeout(at, t.reply);
            seen.push([told, yield* rescue(t, rescued, t.reply)]);
          }
        }
        must(yield* seL4_TCB_Suspend(client.tcb));
        return seen;
      },
      roles(at, answers, wentOn),
    );
    const ok = [seL4_NoError, seL4_NoError];
    expect(value).toEqual(
      Array.from({ length: ROUNDS }, () => [
        [timeoutOf(SERVER_CAP), ok],
        [timeoutOf(PROXY_CAP), ok],
      ]).flat(),
    );
    // It is told before the proxy's next instruction.
    expect(wentOn).toEqual([]);
    expect(answers).toEqual(Array.from({ length: ROUNDS - 1 }, () => RESCUED));
  });
});
