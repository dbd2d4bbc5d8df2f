import { compute } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadTCB,
  seL4_RangeError,
  seL4_Signal,
  seL4_TCB_SetMCPriority,
  seL4_TCB_SetPriority,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { scene } from "../support/scene.js";

/** Longer than a budget of 1000 microseconds. */
const LONG = 1_500_000;

describe("Threads of equal priority", () => {
  it("alternate when their round-robin budgets end", () => {
    const seen: string[] = [];
    const work = (name: string) =>
      function* () {
        for (let i = 0; i < 3; i++) {
          seen.push(`${name}${i}`);
          yield* compute(LONG);
        }
      };
    scene(
      function* (kit) {
        yield* kit.start("a");
        yield* kit.start("b");
      },
      { a: work("a"), b: work("b") },
    );
    // Each piece of work lasts one and a half budgets. A bound thread goes to the head of its queue, so b begins.
    expect(seen).toEqual(["b0", "a0", "b1", "a1", "b2", "a2"]);
  });

  it("alternate at each Yield", () => {
    const seen: string[] = [];
    const work = (name: string) =>
      function* () {
        for (let i = 0; i < 3; i++) {
          seen.push(`${name}${i}`);
          yield* seL4_Yield();
        }
      };
    scene(
      function* (kit) {
        yield* kit.start("a");
        yield* kit.start("b");
      },
      { a: work("a"), b: work("b") },
    );
    expect(seen).toEqual(["b0", "a0", "b1", "a1", "b2", "a2"]);
  });
});

describe("A more urgent thread", () => {
  it("runs as soon as it is woken, a less urgent one only when nobody else can", () => {
    const seen: string[] = [];
    const at = { high: 0, low: 0 };
    scene(
      function* (kit) {
        at.high = yield* kit.notification();
        at.low = yield* kit.notification();
        yield* kit.start("high", { priority: 150 });
        yield* kit.start("low", { priority: 50 });
        yield* kit.start("middle", { priority: 40 });
      },
      {
        *high() {
          yield* seL4_Wait(at.high);
          seen.push("high");
        },
        *low() {
          yield* seL4_Wait(at.low);
          seen.push("low");
        },
        *middle() {
          yield* seL4_Signal(at.high);
          seen.push("after high");
          yield* seL4_Signal(at.low);
          seen.push("after low");
        },
      },
    );
    expect(seen).toEqual(["high", "after high", "low", "after low"]);
  });

  it("may become so by SetPriority: then it runs at once", () => {
    const seen: string[] = [];
    const at = { tcb: 0 };
    scene(
      function* (kit) {
        at.tcb = (yield* kit.start("low", { priority: 50 })).tcb;
        yield* kit.start("raiser", { priority: 60 });
      },
      {
        *low() {
          seen.push("raised");
          yield* seL4_Yield();
        },
        *raiser() {
          must(yield* seL4_TCB_SetPriority(at.tcb, seL4_CapInitThreadTCB, 70));
          seen.push("raiser goes on");
        },
      },
    );
    expect(seen).toEqual(["raised", "raiser goes on"]);
  });

  it("is made on an authority's MCP only: RangeError above it", () => {
    const seen: unknown[] = [];
    scene(
      function* (kit) {
        const { tcb } = yield* kit.start("idle", { stopped: true });
        must(yield* seL4_TCB_SetMCPriority(tcb, seL4_CapInitThreadTCB, 10));
        seen.push(yield* seL4_TCB_SetPriority(tcb, tcb, 10), yield* seL4_TCB_SetPriority(tcb, tcb, 11));
      },
      { *idle() {} },
    );
    expect(seen).toEqual([0, seL4_RangeError]);
  });
});
