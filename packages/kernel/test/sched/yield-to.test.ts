import { compute, Register } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadCNode,
  seL4_CNode_Delete,
  seL4_GetMR,
  seL4_IllegalOperation,
  seL4_MessageInfo_new,
  seL4_NoError,
  seL4_SchedContext_YieldTo,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_TCB_Suspend,
  seL4_Wait,
  seL4_WordBits,
} from "@tessera/libsel4";
import { SchedContextYieldTo } from "@tessera/libsel4/abi";
import { describe, expect, it } from "vitest";
import { threadOf } from "../support/kernel-view.js";
import { must } from "../support/kit.js";
import { scene, watchedScene } from "../support/scene.js";

const slots = () => ({ tcb: 0, sc: 0, ntfn: 0, yielder: 0 });
/** 100 microseconds. */
const WORK = 100_000;

describe("YieldTo", () => {
  it("lets an equal run first and tells what it consumed", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.sc = (yield* kit.start("other", { budget: 5000 })).sc;
        yield* kit.start("yielder", { mcp: 200, budget: 5000 });
      },
      {
        *yielder() {
          seen.push("yields");
          seen.push(yield* seL4_SchedContext_YieldTo(at.sc));
        },
        *other() {
          seen.push("other");
          yield* compute(WORK);
        },
      },
    );
    expect(seen).toEqual(["yields", "other", { error: seL4_NoError, consumed: 100 }]);
  });

  it("to a less urgent thread returns at once", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.sc = (yield* kit.start("other", { priority: 90 })).sc;
        yield* kit.start("yielder", { mcp: 200 });
      },
      {
        *yielder() {
          seen.push(yield* seL4_SchedContext_YieldTo(at.sc));
        },
        *other() {
          seen.push("other");
          yield* compute(WORK);
        },
      },
    );
    expect(seen).toEqual([{ error: seL4_NoError, consumed: 0 }, "other"]);
  });

  it("by Send tells nothing when it returns at once; told later, it is told all the same", () => {
    const at = slots();
    /** What the caller's info register holds behind its Send, when the other one has `priority`. */
    const infoBehind = (priority: number) => {
      let info = 0;
      watchedScene(
        function* (kit) {
          at.sc = (yield* kit.start("other", { priority })).sc;
          yield* kit.start("yielder", { mcp: 200 });
        },
        (kernel) => ({
          *yielder() {
            yield* seL4_Send(at.sc, seL4_MessageInfo_new(SchedContextYieldTo, 0, 0, 0));
            info = kernel().state.words[threadOf(kernel(), "yielder").regs + 2 * Register.a1] ?? 0;
          },
          *other() {
            yield* compute(WORK);
          },
        }),
      );
      return info;
    };
    expect(infoBehind(90)).toBe(SchedContextYieldTo << 12);
    // No label, one word.
    expect(infoBehind(100)).toBe(1);
  });

  it("is refused to oneself, to nobody, and above one's MCP (IllegalOperation)", () => {
    const seen: unknown[] = [];
    const at = { ...slots(), unbound: 0 };
    scene(
      function* (kit) {
        at.unbound = yield* kit.schedContext();
        at.sc = (yield* kit.start("other", { priority: 101, stopped: true })).sc;
        at.yielder = (yield* kit.start("yielder", { mcp: 100 })).sc;
      },
      {
        *yielder() {
          for (const sc of [at.yielder, at.unbound, at.sc]) seen.push((yield* seL4_SchedContext_YieldTo(sc)).error);
        },
        *other() {},
      },
    );
    expect(seen).toEqual([seL4_IllegalOperation, seL4_IllegalOperation, seL4_IllegalOperation]);
  });
});

describe("A pending YieldTo", () => {
  it("is an empty success when the caller is suspended and resumed meanwhile", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.sc = (yield* kit.start("other", { budget: 5000 })).sc;
        at.yielder = (yield* kit.start("yielder", { mcp: 200, budget: 5000 })).tcb;
      },
      {
        *yielder() {
          const { error } = yield* seL4_SchedContext_YieldTo(at.sc);
          seen.push(["yielded", error]);
        },
        *other() {
          must(yield* seL4_TCB_Suspend(at.yielder));
          must(yield* seL4_TCB_Resume(at.yielder));
          seen.push("other");
        },
      },
    );
    expect(seen).toEqual(["other", ["yielded", seL4_NoError]]);
  });

  it("is completed when the last capability to the scheduling context is deleted", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.sc = (yield* kit.start("other", { budget: 5000 })).sc;
        yield* kit.start("yielder", { mcp: 200, budget: 5000 });
      },
      {
        *yielder() {
          const { error } = yield* seL4_SchedContext_YieldTo(at.sc);
          seen.push(["yielded", error, seL4_GetMR(0)]);
        },
        *other() {
          seen.push("other");
          yield* seL4_CNode_Delete(seL4_CapInitThreadCNode, at.sc, seL4_WordBits);
          seen.push("goes on without time?");
        },
      },
    );
    expect(seen).toEqual(["other", ["yielded", seL4_NoError, 0]]);
  });

  it("ends when the other one waits", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.ntfn = yield* kit.notification();
        at.sc = (yield* kit.start("other", { budget: 5000 })).sc;
        yield* kit.start("yielder", { mcp: 200, budget: 5000 });
      },
      {
        *yielder() {
          const { error, consumed } = yield* seL4_SchedContext_YieldTo(at.sc);
          seen.push(["yielded", error, consumed]);
          yield* seL4_Signal(at.ntfn);
        },
        *other() {
          yield* compute(2 * WORK);
          yield* seL4_Wait(at.ntfn);
          seen.push("other goes on");
        },
      },
    );
    expect(seen).toEqual([["yielded", seL4_NoError, 200], "other goes on"]);
  });
});
