/**
 * Giving a blocked thread a scheduling context whose time has not come is refused, by SetSchedParams as by Bind: it
 * could be woken into time that it does not have.
 */

import type { Thread } from "@tessera/hal-sim/isa";
import { compute } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadTCB,
  type seL4_Error,
  seL4_GetMR,
  seL4_IllegalOperation,
  seL4_InvalidCapability,
  seL4_NoError,
  seL4_RangeError,
  seL4_Recv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Unbind,
  seL4_SchedContextObject,
  seL4_Send,
  seL4_TCB_SetMCPriority,
  seL4_TCB_SetSchedParams,
  seL4_TCB_Suspend,
  seL4_TCBObject,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { Kit } from "../support/kit.js";
import { EMPTY } from "../support/message.js";
import { scene } from "../support/scene.js";

const SELF = seL4_CapInitThreadTCB;
/** Microseconds. */
const SPENT = { budget: 100, period: 10_000 };
const TICKS_OF_A_PERIOD_IN_CYCLES = 10_000_000;

const setParams = (tcb: number, sc: number, handler = 0) => seL4_TCB_SetSchedParams(tcb, SELF, 0, 100, sc, handler);

/** Error code, and the first word of what came with it. */
function* withWord(call: Iterable<void, seL4_Error, void>): Thread<readonly number[]> {
  const error = yield* call;
  return [error, seL4_GetMR(0)];
}

const at = { never: 0, wake: 0, ep: 0, reply: 0 };
const programs = {
  /** Gives up its refill, so that its time comes a period later. */
  *spender() {
    yield* seL4_Yield();
    yield* seL4_Wait(at.never);
  },
  *waiter() {
    yield* seL4_Wait(at.never);
  },
};

/** A scheduling context whose time comes in 10 ms, and a thread that is blocked and has none. */
function* spentAndBlocked(kit: Kit): Thread<{ readonly sc: number; readonly blocked: number }> {
  at.never = yield* kit.notification();
  const spender = yield* kit.start("spender", { ...SPENT, priority: 255 });
  const waiter = yield* kit.start("waiter", { priority: 255 });
  yield* seL4_Yield();
  expect(yield* seL4_SchedContext_Unbind(spender.sc)).toBe(seL4_NoError);
  expect(yield* seL4_SchedContext_Unbind(waiter.sc)).toBe(seL4_NoError);
  return { sc: spender.sc, blocked: waiter.tcb };
}

describe("A scheduling context whose time has not come", () => {
  it("is not given to a blocked thread until it has", () => {
    const { value } = scene(function* (kit) {
      const { sc, blocked } = yield* spentAndBlocked(kit);
      const early = [yield* setParams(blocked, sc), yield* seL4_SchedContext_Bind(sc, blocked)];
      yield* compute(TICKS_OF_A_PERIOD_IN_CYCLES);
      return [...early, yield* setParams(blocked, sc)];
    }, programs);
    expect(value).toEqual([seL4_IllegalOperation, seL4_IllegalOperation, seL4_NoError]);
  });

  it("is given to a stopped one", () => {
    const { value } = scene(function* (kit) {
      const { sc, blocked } = yield* spentAndBlocked(kit);
      yield* seL4_TCB_Suspend(blocked);
      return yield* setParams(blocked, sc);
    }, programs);
    expect(value).toBe(seL4_NoError);
  });

  it("is not even left to a blocked thread that has it already", () => {
    const { value } = scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const v = yield* kit.start("burner", { ...SPENT, priority: 255, timeoutHandler: at.ep });
        yield* seL4_Recv(at.ep, at.reply);
        const early = yield* setParams(v.tcb, v.sc);
        yield* compute(TICKS_OF_A_PERIOD_IN_CYCLES);
        return [early, yield* setParams(v.tcb, v.sc)];
      },
      {
        *burner() {
          yield* compute(150_000);
        },
      },
    );
    expect(value).toEqual([seL4_IllegalOperation, seL4_NoError]);
  });

  it("is not released while it is not configured", () => {
    const { value } = scene(function* (kit) {
      const { blocked } = yield* spentAndBlocked(kit);
      const sc = yield* kit.make(seL4_SchedContextObject, 7);
      const stopped = yield* kit.make(seL4_TCBObject);
      return [yield* setParams(blocked, sc), yield* setParams(stopped, sc)];
    }, programs);
    expect(value).toEqual([seL4_IllegalOperation, seL4_NoError]);
  });
});

describe("SetSchedParams", () => {
  it("refuses what is no scheduling context (InvalidCapability 2), no handler (3), and too much (RangeError 0..MCP)", () => {
    const { value } = scene(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      const authority = yield* kit.make(seL4_TCBObject);
      yield* seL4_TCB_SetMCPriority(authority, SELF, 42);
      const tooMuch = yield* withWord(seL4_TCB_SetSchedParams(tcb, authority, 43, 0, 0, 0));
      const max = seL4_GetMR(1);
      return [
        yield* withWord(setParams(tcb, kit.cnode)),
        yield* withWord(setParams(tcb, 0, kit.cnode)),
        [...tooMuch, max],
        yield* seL4_TCB_SetSchedParams(tcb, authority, 42, 42, 0, 0),
      ];
    });
    expect(value).toEqual([[seL4_InvalidCapability, 2], [seL4_InvalidCapability, 3], [seL4_RangeError, 0, 42], 0]);
  });

  it("does not take the running thread's own time (IllegalOperation), but another's", () => {
    const { value } = scene(function* (kit) {
      at.never = yield* kit.notification();
      const { tcb } = yield* kit.start("waiter", { priority: 255 });
      return [yield* seL4_TCB_SetSchedParams(SELF, SELF, 255, 255, 0, 0), yield* setParams(tcb, 0)];
    }, programs);
    expect(value).toEqual([seL4_IllegalOperation, seL4_NoError]);
  });

  it("takes time from a thread in the release queue, which then sends to nobody when its time would have come", () => {
    const seen: string[] = [];
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        const { tcb } = yield* kit.start("late", { ...SPENT, priority: 255 });
        yield* seL4_Yield();
        expect(yield* setParams(tcb, 0)).toBe(seL4_NoError);
        yield* compute(2 * TICKS_OF_A_PERIOD_IN_CYCLES);
      },
      {
        *late() {
          yield* seL4_Yield();
          seen.push("late");
          yield* seL4_Send(at.ep, EMPTY);
        },
      },
    );
    expect(seen).toEqual([]);
  });
});
