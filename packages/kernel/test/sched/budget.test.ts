/** Budgets on a running machine: the worked example of an exhausted budget, at the ticks it says. */
import { compute } from "@tessera/hal-sim/isa";
import { KernelEvent } from "@tessera/kernel";
import {
  seL4_Fault_Timeout,
  seL4_getFault,
  seL4_Recv,
  seL4_SchedContext_Consumed,
  seL4_SchedContext_Sporadic,
  seL4_Send,
  seL4_Signal,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { SchedContextCap } from "../../src/caps/cap.js";
import { capAt, recordsOf } from "../support/kernel-view.js";
import { EMPTY } from "../support/message.js";
import { list } from "../support/refills.js";
import { scene, watchedScene } from "../support/scene.js";

/** 100 microseconds of every 500: 1000 ticks of 5000. */
const TENTH = { budget: 100, period: 500 };
const TICK = 100;

describe("A thread that computes longer than its budget", () => {
  it("is stopped when it is used up, and goes on one period after it began", () => {
    const ticks: number[] = [];
    const { machine } = watchedScene(
      function* (kit) {
        yield* kit.start("spinner", TENTH);
      },
      (kernel) => ({
        *spinner() {
          for (let i = 0; i < 4; i++) {
            ticks.push(kernel().machine.clock.ticks);
            yield* compute(1000 * TICK);
          }
          ticks.push(kernel().machine.clock.ticks);
        },
      }),
    );
    const [start = 0] = ticks;
    // 4000 ticks of work with some 990 in each period of 5000 take four whole periods and a little.
    expect(ticks.at(-1)! - start).toBeGreaterThan(4 * 4900);
    expect(ticks.at(-1)! - start).toBeLessThan(4 * 5000 + 1000);
    expect(machine.clock.ticks).toBeGreaterThan(0);
  });

  it("has one whole refill less than a period later, begun by so much earlier as was left", () => {
    const found: unknown[] = [];
    const at = { sc: 0, begun: 0 };
    watchedScene(
      function* (kit) {
        at.sc = (yield* kit.start("spinner", TENTH)).sc;
        yield* kit.start("watcher", { priority: 50, budget: 10_000 });
      },
      (kernel) => ({
        *spinner() {
          at.begun = kernel().state.now;
          yield* compute(1500 * TICK);
        },
        *watcher() {
          const { refills } = (capAt(kernel(), at.sc) as SchedContextCap).object;
          const [[time, amount]] = list(refills) as [[number, number]];
          found.push(refills.length, amount, 5000 - (time - at.begun));
          yield* seL4_Yield();
        },
      }),
    );
    const [length, amount, left] = found as [number, number, number];
    expect([length, amount]).toEqual([1, 1000]);
    // The timer stops it 10 ticks early; entering the kernel takes 2 of them.
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(10);
  });

  it("tells its timeout handler with the scheduling context's badge and the time consumed", () => {
    const seen: unknown[] = [];
    const at = { faults: 0, reply: 0 };
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const handler = yield* kit.mint(at.faults, 9);
        yield* kit.start("handler", { priority: 200 });
        yield* kit.start("spinner", { ...TENTH, badge: 0x77, timeoutHandler: handler });
      },
      {
        *handler() {
          const { info, badge } = yield* seL4_Recv(at.faults, at.reply);
          seen.push([info.label, badge, seL4_getFault(info)]);
          yield* seL4_Send(at.reply, EMPTY);
          seen.push("replied");
        },
        *spinner() {
          yield* compute(1500 * TICK);
          seen.push("done");
        },
      },
    );
    expect(seen).toEqual([[seL4_Fault_Timeout, 9, { type: "Timeout", Data: 0x77, Consumed: 99 }], "replied", "done"]);
  });
});

describe("A system call with less than the least budget left", () => {
  it("is made after the next refill", () => {
    const ticks: number[] = [];
    const at = { ntfn: 0 };
    const { kernel } = watchedScene(
      function* (kit) {
        at.ntfn = yield* kit.notification();
        yield* kit.start("late", TENTH);
      },
      (own) => ({
        *late() {
          const begun = own().machine.clock.ticks;
          yield* compute(850 * TICK);
          ticks.push(own().machine.clock.ticks - begun);
          yield* seL4_Signal(at.ntfn);
          ticks.push(own().machine.clock.ticks - begun);
        },
      }),
    );
    expect(ticks[0]).toBeLessThan(900);
    expect(ticks[1]).toBeGreaterThan(4700);
    expect(recordsOf(kernel, KernelEvent.Signal).length).toBe(1);
  });
});

describe("Yield", () => {
  it("gives up the rest of a refill: the thread waits for the next one", () => {
    const ticks: number[] = [];
    watchedScene(
      function* (kit) {
        yield* kit.start("yielder", TENTH);
      },
      (own) => ({
        *yielder() {
          for (let i = 0; i < 3; i++) {
            ticks.push(own().machine.clock.ticks);
            yield* seL4_Yield();
          }
        },
      }),
    );
    expect(ticks[1]! - ticks[0]!).toBeGreaterThan(4900);
    expect(ticks[2]! - ticks[1]!).toBeGreaterThanOrEqual(4990);
  });

  it("consumes only the time that was used", () => {
    const seen: unknown[] = [];
    const at = { sc: 0 };
    scene(
      function* (kit) {
        at.sc = (yield* kit.start("yielder", { budget: 1000 })).sc;
        yield* kit.start("asker", { priority: 50 });
      },
      {
        *yielder() {
          yield* compute(300 * TICK);
          yield* seL4_Yield();
        },
        *asker() {
          seen.push((yield* seL4_SchedContext_Consumed(at.sc)).consumed);
          seen.push((yield* seL4_SchedContext_Consumed(at.sc)).consumed);
        },
      },
    );
    const [first] = seen as [number];
    expect(first).toBeGreaterThanOrEqual(30);
    expect(first).toBeLessThan(32);
    expect(seen[1]).toBe(0);
  });
});

describe("A sporadic context", () => {
  it("begins its refill when the thread is signalled, a constant-bandwidth one when it runs", () => {
    const starts = (flags: number): number => {
      const at = { ntfn: 0, sc: 0, signalled: 0 };
      let head = 0;
      watchedScene(
        function* (kit) {
          at.ntfn = yield* kit.notification();
          at.sc = (yield* kit.start("sleeper", { ...TENTH, flags })).sc;
          yield* kit.start("high", { priority: 200, budget: 1000, period: 2000 });
        },
        (own) => ({
          *sleeper() {
            yield* seL4_Wait(at.ntfn);
            head = (capAt(own(), at.sc) as SchedContextCap).object.refills.headTime - at.signalled;
          },
          *high() {
            // Until its next period, in which the other one comes to wait.
            yield* seL4_Yield();
            yield* seL4_Signal(at.ntfn);
            at.signalled = own().state.now;
            yield* compute(400 * TICK);
          },
        }),
      );
      return head;
    };
    expect(starts(seL4_SchedContext_Sporadic)).toBe(0);
    expect(starts(0)).toBeGreaterThanOrEqual(400);
  });
});
