/**
 * Timeout faults that a reply raises, and time that a donated context brings home used up. No recording has them: a
 * thread whose time is over when it is answered tells its timeout handler instead of running, or waits for its time.
 */
import { compute, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_Fault_Timeout,
  seL4_NBSendRecv,
  seL4_NBSendWait,
  seL4_Recv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Consumed,
  seL4_SchedContext_Unbind,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_BindNotification,
  seL4_TCB_Resume,
  seL4_TCB_SetTimeoutEndpoint,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { holderOf } from "../support/kernel-view.js";
import { type Kit, must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { scene } from "../support/scene.js";

/** 1000 of 100,000 ticks; what spins uses them up. */
const TIME = { budget: 100, period: 10_000 };
const TICKS = 100;
const FOREVER = 1_000_000_000;
const A_PERIOD = 100_000 * TICKS;

interface At {
  ep: number;
  reply: number;
  ready: number;
  timeouts: number;
  timeoutReply: number;
  sc: number;
}
const nowhere = (): At => ({ ep: 0, reply: 0, ready: 0, timeouts: 0, timeoutReply: 0, sc: 0 });

/** A passive server that spins on its client's time until it is over, and the client. The root task stays above both. */
function* prepare(kit: Kit, at: At, options: { readonly timeoutHandler?: number } = {}): Thread {
  at.ep = yield* kit.endpoint();
  at.reply = yield* kit.reply();
  at.ready = yield* kit.notification();
  at.timeouts = yield* kit.endpoint();
  at.timeoutReply = yield* kit.reply();
  const server = yield* kit.start("server", { priority: 150 });
  yield* seL4_Wait(at.ready);
  must(yield* seL4_SchedContext_Unbind(server.sc));
  const client = yield* kit.start("client", { ...TIME, badge: 0x33, priority: 100, stopped: true });
  at.sc = client.sc;
  if (options.timeoutHandler !== undefined) {
    must(yield* seL4_TCB_SetTimeoutEndpoint(client.tcb, yield* kit.mint(at.timeouts, 7)), "SetTimeoutEndpoint");
  }
  must(yield* seL4_TCB_Resume(client.tcb));
}

function programs(at: At, seen: unknown[]) {
  return {
    *server() {
      yield* seL4_NBSendRecv(at.ready, EMPTY, at.ep, at.reply);
      seen.push("server");
      yield* compute(FOREVER);
    },
    *client() {
      yield* seL4_Call(at.ep, EMPTY);
      seen.push("answered");
    },
  };
}

describe("A caller whose time was used up by its server", () => {
  it("tells its timeout handler when it is answered, and runs in its next period after the reply", () => {
    const at = nowhere();
    const seen: unknown[] = [];
    scene(
      function* (kit) {
        yield* prepare(kit, at, { timeoutHandler: 1 });
        yield* kit.start("watcher", { priority: 50 });
        yield* seL4_Wait(at.ready);
        // The server is in the release queue: it has spun for all of the client's time.
        yield* seL4_Send(at.reply, message([1]));
        const { info, badge } = yield* seL4_Recv(at.timeouts, at.timeoutReply);
        seen.push([info.label, badge, ...words(info)]);
        yield* seL4_Send(at.timeoutReply, EMPTY);
        seen.push("replied");
        yield* seL4_Wait(at.ready);
      },
      {
        ...programs(at, seen),
        *watcher() {
          yield* seL4_Signal(at.ready);
          yield* compute(2 * A_PERIOD);
          yield* seL4_Signal(at.ready);
        },
      },
    );
    expect(seen).toEqual(["server", [seL4_Fault_Timeout, 7, 0x33, expect.any(Number)], "replied", "answered"]);
    const [, [, , , consumed]] = seen as [string, number[]];
    // All but what the timer's precision leaves.
    expect(consumed).toBeGreaterThanOrEqual(98);
    expect(consumed).toBeLessThanOrEqual(100);
  });

  it("waits for its next period without a handler", () => {
    const at = nowhere();
    const seen: unknown[] = [];
    scene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* kit.start("watcher", { priority: 50 });
        yield* seL4_Wait(at.ready);
        yield* seL4_Send(at.reply, message([1]));
        seen.push("replied");
        yield* seL4_Wait(at.ready);
        seen.push("half a period");
        yield* seL4_Wait(at.ready);
        seen.push("two periods");
      },
      {
        ...programs(at, seen),
        *watcher() {
          yield* seL4_Signal(at.ready);
          yield* compute(A_PERIOD / 2);
          yield* seL4_Signal(at.ready);
          yield* compute(2 * A_PERIOD);
          yield* seL4_Signal(at.ready);
        },
      },
    );
    expect(seen).toEqual(["server", "replied", "half a period", "answered", "two periods"]);
  });
});

describe("A timeout handler without time of its own", () => {
  it("is not lent the time that is used up: it reads the timeout when somebody gives it time", () => {
    const at = nowhere();
    const seen: unknown[] = [];
    const { kernel } = scene(
      function* (kit) {
        at.ready = yield* kit.notification();
        at.timeouts = yield* kit.endpoint();
        at.timeoutReply = yield* kit.reply();
        const handler = yield* kit.start("handler", { priority: 150 });
        yield* seL4_Wait(at.ready);
        must(yield* seL4_SchedContext_Unbind(handler.sc));
        const client = yield* kit.start("client", { ...TIME, timeoutHandler: yield* kit.mint(at.timeouts, 9) });
        at.sc = client.sc;
        yield* kit.start("watcher", { priority: 50 });
        yield* seL4_Wait(at.ready);
        seen.push("two periods");
        must(yield* seL4_SchedContext_Bind(handler.sc, handler.tcb));
      },
      {
        *handler() {
          const { info, badge } = yield* seL4_NBSendRecv(at.ready, EMPTY, at.timeouts, at.timeoutReply);
          seen.push([info.label, badge]);
        },
        *client() {
          yield* compute(FOREVER);
        },
        *watcher() {
          yield* compute(2 * A_PERIOD);
          yield* seL4_Signal(at.ready);
        },
      },
    );
    expect(seen).toEqual(["two periods", [seL4_Fault_Timeout, 9]]);
    expect(holderOf(kernel, at.sc)).toBe("client");
  });
});

describe("A timeout that waits for its handler", () => {
  it("brings no time along either, to a handler that has just given back its own", () => {
    const at = { ...nowhere(), bell: 0 };
    const seen: unknown[] = [];
    const { kernel } = scene(
      function* (kit) {
        at.ready = yield* kit.notification();
        at.bell = yield* kit.notification();
        at.timeouts = yield* kit.endpoint();
        at.timeoutReply = yield* kit.reply();
        const handler = yield* kit.start("handler", { priority: 150 });
        must(yield* seL4_TCB_BindNotification(handler.tcb, at.bell));
        yield* seL4_Wait(at.ready);
        must(yield* seL4_SchedContext_Unbind(handler.sc));
        must(yield* seL4_SchedContext_Bind(yield* kit.schedContext(), at.bell));
        at.sc = (yield* kit.start("client", { ...TIME, timeoutHandler: at.timeouts })).sc;
        yield* kit.start("watcher", { priority: 50 });
        // The handler runs on its notification's time, up to its Recv.
        yield* seL4_Wait(at.ready);
        yield* seL4_Signal(at.bell);
        yield* seL4_Wait(at.ready);
        seen.push("four periods");
        must(yield* seL4_SchedContext_Bind(handler.sc, handler.tcb));
      },
      {
        *handler() {
          yield* seL4_NBSendWait(at.ready, EMPTY, at.bell);
          seen.push("woken");
          seen.push((yield* seL4_Recv(at.timeouts, at.timeoutReply)).info.label);
        },
        *client() {
          yield* compute(FOREVER);
        },
        *watcher() {
          for (let i = 0; i < 2; i++) {
            yield* compute(2 * A_PERIOD);
            yield* seL4_Signal(at.ready);
          }
        },
      },
    );
    expect(seen).toEqual(["woken", "four periods", seL4_Fault_Timeout]);
    expect(holderOf(kernel, at.sc)).toBe("client");
  });
});

describe("A thread on a donated context", () => {
  it("has a timeout of its own, with the badge of the context that it runs on", () => {
    const at = nowhere();
    const seen: unknown[] = [];
    const { value } = scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.ready = yield* kit.notification();
        at.timeouts = yield* kit.endpoint();
        at.timeoutReply = yield* kit.reply();
        const handler = yield* kit.mint(at.timeouts, 8);
        const server = yield* kit.start("server", { priority: 150, timeoutHandler: handler });
        yield* seL4_Wait(at.ready);
        must(yield* seL4_SchedContext_Unbind(server.sc));
        const client = yield* kit.start("client", { ...TIME, badge: 0x44 });
        const { info, badge } = yield* seL4_Recv(at.timeouts, at.timeoutReply);
        const told = [info.label, badge, words(info)[0]];
        // More time for the client's context lets its server go on.
        yield* kit.configure(client.sc, { budget: 10_000_000 });
        yield* seL4_Send(at.timeoutReply, EMPTY);
        return told;
      },
      {
        *server() {
          yield* seL4_NBSendRecv(at.ready, EMPTY, at.ep, at.reply);
          yield* compute(2000 * TICKS);
          seen.push("served");
          yield* seL4_Send(at.reply, EMPTY);
        },
        *client() {
          yield* seL4_Call(at.ep, EMPTY);
          seen.push("answered");
        },
      },
    );
    expect(value).toEqual([seL4_Fault_Timeout, 8, 0x44]);
    expect(seen).toEqual(["served", "answered"]);
  });
});

describe("The consumed time of a scheduling context", () => {
  it("is what its thread used, in whole microseconds; reading it begins anew and loses the rest", () => {
    const at = nowhere();
    const { value } = scene(
      function* (kit) {
        at.ready = yield* kit.notification();
        const { sc } = yield* kit.start("worker");
        const read = function* () {
          return (yield* seL4_SchedContext_Consumed(sc)).consumed;
        };
        const seen: number[] = [];
        for (let i = 0; i < 2; i++) {
          yield* seL4_Wait(at.ready);
          seen.push(yield* read(), yield* read());
        }
        return seen;
      },
      {
        *worker() {
          // The sheet's 1207 ticks; its entries are too short to count.
          yield* compute(1207 * TICKS - 2);
          yield* seL4_Signal(at.ready);
          yield* compute(13 * TICKS - 1);
          yield* seL4_Signal(at.ready);
        },
      },
      { machine: { cost: { kernelEntry: 1, programStart: 1, kernelWorkUnit: 0 } } },
    );
    // 7 ticks of the first are forgotten, and not added to the 13 of the second.
    expect(value).toEqual([120, 0, 1, 0]);
  });

  it("counts time on a donated context, whoever used it, when it goes to another context", () => {
    const at = nowhere();
    const { value } = scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.ready = yield* kit.notification();
        const server = yield* kit.start("server", { priority: 150 });
        yield* seL4_Wait(at.ready);
        must(yield* seL4_SchedContext_Unbind(server.sc));
        must((yield* seL4_SchedContext_Consumed(server.sc)).error);
        const client = yield* kit.start("client", { budget: 10_000 });
        yield* seL4_Wait(at.ready);
        const { consumed } = yield* seL4_SchedContext_Consumed(client.sc);
        return { consumed, ofServer: (yield* seL4_SchedContext_Consumed(server.sc)).consumed };
      },
      {
        *server() {
          yield* seL4_NBSendRecv(at.ready, EMPTY, at.ep, at.reply);
          yield* compute(300 * TICKS);
          yield* seL4_Send(at.reply, EMPTY);
        },
        *client() {
          yield* compute(100 * TICKS);
          yield* seL4_Call(at.ep, EMPTY);
          yield* compute(50 * TICKS);
          yield* seL4_Signal(at.ready);
        },
      },
      { machine: { cost: { kernelEntry: 1, programStart: 1, kernelWorkUnit: 0 } } },
    );
    expect(value).toEqual({ consumed: 45, ofServer: 0 });
  });
});
