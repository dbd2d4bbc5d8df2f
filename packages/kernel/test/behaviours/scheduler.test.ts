/** Who runs: priorities, what may change them, and what gives the CPU up. */
import { compute } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_CapInitThreadSC,
  seL4_IllegalOperation,
  seL4_MinSchedContextBits,
  seL4_NoError,
  seL4_RangeError,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SchedContext_YieldTo,
  seL4_SchedContextObject,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_TCB_SetMCPriority,
  seL4_TCB_SetPriority,
  seL4_TCB_Suspend,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { behaviour, CHECKED_AT_END, type Helper } from "./test-thread.js";

const CYCLES_PER_MS = 1_000_000;

describe("Resume and Suspend", () => {
  it("SCHED0002: T may resume itself, and nothing happens", () => {
    const { value } = behaviour(function* ({ tcb }) {
      return yield* seL4_TCB_Resume(tcb);
    });
    expect(value).toBe(seL4_NoError);
  });

  it("SCHED0003: hand the CPU between two threads and a less urgent one, which is preempted inside Resume", () => {
    const at = { step: 0, a: 0, b: 0 };
    const seen: unknown[] = [];
    const advance = (who: string) => seen.push(`${who} ${at.step}→${++at.step}`);
    behaviour(
      function* (t) {
        const low = yield* t.start("low", { priority: 0 });
        const a = yield* t.start("a", { priority: 1 });
        const b = yield* t.start("b", { priority: 2 });
        [at.a, at.b] = [a.tcb, b.tcb];
        yield* t.setPriority(100, low.tcb);
        yield* t.setPriority(101, b.tcb);
        yield* t.setPriority(101, a.tcb);
        yield* t.wait(b);
        yield* t.wait(low);
      },
      {
        *low() {
          advance("low");
          seen.push(yield* seL4_TCB_Resume(at.b));
          advance("low");
        },
        *a() {
          advance("a");
          while (at.step === 1) yield* compute(CYCLES_PER_MS);
          seen.push(yield* seL4_TCB_Suspend(at.b));
          advance("a");
          seen.push(yield* seL4_TCB_Suspend(at.a));
        },
        *b() {
          while (at.step === 0) yield* seL4_Yield();
          advance("b");
          while (at.step === 2) yield* seL4_Yield();
          advance("b");
        },
      },
    );
    // The thread that suspended itself never learned that this went well.
    expect(seen).toEqual(["a 0→1", "b 1→2", 0, "a 2→3", "low 3→4", "b 4→5", 0, "low 5→6"]);
  });
});

describe("Priorities", () => {
  it("SCHED0004: of 254 threads each runs before all that are less urgent", () => {
    const seen: number[] = [];
    const at = { ep: 0 };
    behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        for (let priority = 0; priority <= 253; priority++) {
          yield* t.start("runner", { priority, argument: priority });
        }
        yield* seL4_Wait(at.ep);
      },
      {
        *runner(priority) {
          seen.push(priority);
          if (priority === 0) yield* seL4_Send(at.ep, EMPTY);
        },
      },
      { ...CHECKED_AT_END, memoryBits: 22, machine: { ramBytes: 16 * 2 ** 20 } },
    );
    expect(seen).toEqual(Array.from({ length: 254 }, (_, i) => 253 - i));
  });

  it("SCHED0005: an authority gives no more than its MCP; who lowers itself below a ready thread stops at once", () => {
    const at = { step: 0, first: 0, second: 0 };
    const seen: unknown[] = [];
    behaviour(
      function* (t) {
        const first = yield* t.make("first", { priority: 253, mcp: 253 });
        const second = yield* t.make("second", { priority: 252, mcp: 251 });
        [at.first, at.second] = [first.tcb, second.tcb];
        must(yield* seL4_TCB_Resume(first.tcb));
        must(yield* seL4_TCB_Resume(second.tcb));
        yield* t.wait(first);
        yield* t.wait(second);
      },
      {
        *first() {
          const { first } = at;
          seen.push(["first", at.step++]);
          const lowered = yield* seL4_TCB_SetPriority(first, first, 249);
          seen.push(["first", at.step++, lowered]);
          seen.push(yield* seL4_TCB_SetPriority(first, first, 253));
          seen.push(yield* seL4_TCB_SetMCPriority(first, first, 249));
          seen.push(yield* seL4_TCB_SetPriority(first, first, 250));
          seen.push(yield* seL4_TCB_SetMCPriority(first, first, 253));
        },
        *second() {
          const { first, second } = at;
          seen.push(["second", at.step]);
          seen.push(yield* seL4_TCB_SetPriority(first, second, 253));
          seen.push(yield* seL4_TCB_SetPriority(first, second, 251));
          seen.push(["second", at.step++]);
          const lowered = yield* seL4_TCB_SetPriority(second, second, 250);
          seen.push(["second", at.step++, lowered]);
        },
      },
    );
    expect(seen).toEqual([
      ...[["first", 0], ["second", 1], seL4_RangeError, seL4_NoError, ["second", 1]],
      ...[["first", 2, seL4_NoError], seL4_NoError, seL4_NoError, seL4_RangeError, seL4_RangeError],
      ["second", 3, seL4_NoError],
    ]);
  });

  it("SCHED0020: a thread that is raised above T runs at once", () => {
    const at = { state: 0 };
    const { value } = behaviour(
      function* (t) {
        yield* t.setPriority(253);
        const { tcb } = yield* t.start("helper");
        const before = at.state;
        yield* t.setPriority(254, tcb);
        return [before, at.state];
      },
      {
        *helper() {
          yield* seL4_Yield();
          at.state = 2;
        },
      },
    );
    expect(value).toEqual([0, 2]);
  });
});

describe("The queue of an endpoint", () => {
  const STARTED = [251, 249, 253, 250, 252];
  const client = (at: { ep: number }) =>
    function* (priority: number) {
      yield* seL4_Call(at.ep, message([priority]));
    };

  it("SCHED0007: clients of a waiting server are served in the order of their priorities", () => {
    const at = { ep: 0 };
    const seen: number[] = [];
    behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        const server = yield* t.start("server", { priority: 254 });
        for (const priority of STARTED) yield* t.start("client", { priority, argument: priority });
        yield* t.wait(server);
      },
      {
        *server(_, { reply }) {
          seen.push(...words((yield* seL4_Recv(at.ep, reply)).info));
          for (let i = 1; i < STARTED.length; i++) {
            seen.push(...words((yield* seL4_ReplyRecv(at.ep, EMPTY, reply)).info));
          }
          yield* seL4_Send(reply, EMPTY);
        },
        client: client(at),
      },
    );
    expect(seen).toEqual([253, 252, 251, 250, 249]);
  });

  it("SCHED0007: senders that are queued already are taken in that order, and a changed priority counts", () => {
    const at = { ep: 0, idle: 0 };
    const { value } = behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        at.idle = yield* t.kit.notification();
        const clients: Record<number, Helper> = {};
        for (const priority of STARTED) {
          clients[priority] = yield* t.start("client", { priority, argument: priority });
        }
        yield* t.start("last", { priority: 1 });
        yield* seL4_Wait(at.idle);
        yield* t.setPriority(254, clients[249]!.tcb);
        yield* t.setPriority(2, clients[252]!.tcb);
        const taken: number[] = [];
        for (let i = 0; i < STARTED.length; i++) {
          const { info } = yield* seL4_Recv(at.ep, t.reply);
          taken.push(...words(info));
        }
        return taken;
      },
      {
        client: client(at),
        *last() {
          yield* seL4_Signal(at.idle);
        },
      },
    );
    expect(value).toEqual([249, 253, 251, 250, 252]);
  });

  it("SCHED0007: receivers that are queued already are woken in that order, and a changed priority counts", () => {
    const at = { ep: 0, idle: 0 };
    const seen: number[][] = [];
    behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        at.idle = yield* t.kit.notification();
        const receivers: Record<number, Helper> = {};
        for (const priority of STARTED) {
          receivers[priority] = yield* t.start("receiver", { priority, argument: priority });
        }
        yield* t.start("last", { priority: 1 });
        yield* seL4_Wait(at.idle);
        yield* t.setPriority(254, receivers[249]!.tcb);
        yield* t.setPriority(2, receivers[252]!.tcb);
        for (let i = 0; i < STARTED.length; i++) yield* seL4_Send(at.ep, message([i]));
        yield* seL4_Wait(at.idle);
      },
      {
        *receiver(priority) {
          seen.push([priority, ...words((yield* seL4_Wait(at.ep)).info)]);
        },
        *last() {
          yield* seL4_Signal(at.idle);
          yield* seL4_Signal(at.idle);
        },
      },
    );
    expect(seen.sort(([, a = 0], [, b = 0]) => a - b)).toEqual([
      [249, 0],
      [253, 1],
      [251, 2],
      [250, 3],
      [252, 4],
    ]);
  });
});

describe("A budget that was given up with Yield", () => {
  it("SCHED0016: does not come back by Suspend and Resume", () => {
    const at = { count: 0 };
    const { value } = behaviour(
      function* (t) {
        const { tcb } = yield* t.start("yielder", { priority: 254, budget: 1_000_000, period: 600_000_000 });
        yield* seL4_Yield();
        const counts = [at.count];
        for (let i = 0; i < 10; i++) {
          must(yield* seL4_TCB_Suspend(tcb));
          must(yield* seL4_TCB_Resume(tcb));
          yield* seL4_Yield();
          counts.push(at.count);
        }
        must(yield* seL4_TCB_Suspend(tcb));
        return counts;
      },
      {
        *yielder() {
          for (;;) {
            at.count++;
            yield* seL4_Yield();
          }
        },
      },
    );
    expect(value).toEqual(Array.from({ length: 11 }, () => 1));
  });
});

describe("YieldTo", () => {
  it("SCHED0017: is refused for its own context, an unbound one, and one above the caller's MCP", () => {
    const seen: unknown[] = [];
    behaviour(
      function* (t) {
        const unbound = yield* t.kit.make(seL4_SchedContextObject, seL4_MinSchedContextBits);
        const idle = yield* t.make("idle");
        for (const sc of [seL4_CapInitThreadSC, unbound, idle.sc]) {
          const { error, consumed } = yield* seL4_SchedContext_YieldTo(sc);
          seen.push([error, consumed]);
        }
        yield* t.wait(yield* t.start("modest", { mcp: 0 }));
      },
      {
        *idle() {},
        *modest() {
          seen.push((yield* seL4_SchedContext_YieldTo(seL4_CapInitThreadSC)).error);
        },
      },
    );
    expect(seen).toEqual([
      [seL4_IllegalOperation, expect.any(Number)],
      [seL4_IllegalOperation, expect.any(Number)],
      [seL4_NoError, 0],
      seL4_IllegalOperation,
    ]);
  });

  it("SCHED0019: returns when the other's slice is over, with the time that it used", () => {
    const SLICE_US = 500_000;
    const at = { to: 0, error: -1, consumed: 0 };
    behaviour(
      function* (t) {
        const options = { mcp: 255, budget: SLICE_US };
        const to = yield* t.start("to", options);
        at.to = to.sc;
        yield* t.wait(yield* t.start("from", options));
        must(yield* seL4_TCB_Suspend(to.tcb));
      },
      {
        *to() {
          for (;;) yield* compute(CYCLES_PER_MS);
        },
        *from() {
          const { error, consumed } = yield* seL4_SchedContext_YieldTo(at.to);
          [at.error, at.consumed] = [error, consumed];
        },
      },
    );
    expect(at.error).toBe(seL4_NoError);
    // The timer fires by the length of two kernel entries early.
    expect(at.consumed).toBeGreaterThan(SLICE_US - 50);
    expect(at.consumed).toBeLessThanOrEqual(SLICE_US + 1);
  });
});
