/** Scheduling contexts: what may be configured, what they may be bound to, and where they go when their holder goes. */
import { compute } from "@tessera/hal-sim/isa";
import {
  seL4_CNode_Delete,
  seL4_IllegalOperation,
  seL4_InvalidCapability,
  seL4_MinSchedContextBits,
  seL4_NBSendRecv,
  seL4_NBSendWait,
  seL4_NoError,
  seL4_RangeError,
  seL4_SchedContext_Bind,
  seL4_SchedContext_UnbindObject,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_TCB_Suspend,
  seL4_TCBObject,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY } from "../support/message.js";
import { behaviour } from "./test-thread.js";

const CYCLES_PER_MS = 1_000_000;

describe("A scheduling context", () => {
  it("SCHED_CONTEXT_0001: takes a budget from 20 us up to its period, and nothing else takes one", () => {
    const { value } = behaviour(function* ({ kit, tcb }) {
      const control = kit.bootinfo.schedcontrol.start;
      const sc = yield* kit.make(seL4_SchedContextObject, seL4_MinSchedContextBits);
      const configure = (object: number, budget: number, period: number) =>
        seL4_SchedControl_Configure(control, object, budget, period, 0, 0);
      return [
        yield* configure(sc, 5000, 5000),
        yield* configure(tcb, 5000, 5000),
        yield* configure(sc, 0, 5000),
        yield* configure(sc, 0, 0),
        yield* configure(sc, 5000, 1000),
        yield* configure(sc, 1, 5000),
        yield* configure(sc, 19, 5000),
        yield* configure(sc, 20, 5000),
      ];
    });
    const outOfRange = Array.from({ length: 5 }, () => seL4_RangeError);
    expect(value).toEqual([seL4_NoError, seL4_InvalidCapability, ...outOfRange, seL4_NoError]);
  });

  it("SCHED_CONTEXT_0003: is bound to one thread and one notification at most", () => {
    const { value } = behaviour(function* ({ kit }) {
      const sc = yield* kit.make(seL4_SchedContextObject, seL4_MinSchedContextBits);
      const [tcb, ntfn, ep] = [yield* kit.make(seL4_TCBObject), yield* kit.notification(), yield* kit.endpoint()];
      const [otherTcb, otherNtfn] = [yield* kit.make(seL4_TCBObject), yield* kit.notification()];
      const errors: number[] = [];
      const bound = [ep, tcb, tcb, otherTcb, ntfn, ntfn, otherNtfn];
      for (const object of bound) errors.push(yield* seL4_SchedContext_Bind(sc, object));
      for (const object of [ntfn, tcb, ep, ntfn, tcb]) errors.push(yield* seL4_SchedContext_UnbindObject(sc, object));
      return errors;
    });
    expect(value).toEqual([
      ...[seL4_InvalidCapability, seL4_NoError, seL4_IllegalOperation, seL4_IllegalOperation],
      ...[seL4_NoError, seL4_IllegalOperation, seL4_IllegalOperation],
      ...[seL4_NoError, seL4_NoError, seL4_InvalidCapability, seL4_IllegalOperation, seL4_IllegalOperation],
    ]);
  });

  it("SCHED_CONTEXT_0006: goes back to its notification when the thread that runs on it is deleted", () => {
    const at = { ntfn: 0, states: [0, 0] };
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        at.ntfn = yield* kit.notification();
        const seen: number[][] = [];
        const note = () => seen.push([...at.states]);
        const one = yield* t.start("spinner", { priority: 254, argument: 0 });
        yield* seL4_Yield();
        note();
        yield* t.unbind(one.sc);
        yield* t.bind(one.sc, at.ntfn);
        yield* seL4_Signal(at.ntfn);
        yield* seL4_Yield();
        note();
        must(yield* seL4_CNode_Delete(kit.cnode, one.tcb, kit.depth));
        const two = yield* t.start("spinner", { priority: 254, argument: 1 });
        yield* seL4_Yield();
        note();
        must(yield* seL4_CNode_Delete(kit.cnode, two.sc, kit.depth));
        yield* seL4_Yield();
        note();
        yield* seL4_Signal(at.ntfn);
        yield* seL4_Signal(at.ntfn);
        yield* seL4_Yield();
        note();
        must(yield* seL4_TCB_Suspend(two.tcb));
        return seen;
      },
      {
        *spinner(i) {
          at.states[i] = 1;
          yield* seL4_Wait(at.ntfn);
          at.states[i] = 2;
          for (;;) yield* compute(CYCLES_PER_MS);
        },
      },
    );
    expect(value).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
      [2, 1],
      [2, 2],
    ]);
  });

  it("SCHED_CONTEXT_0007: makes a thread run that was started without one, whichever came first", () => {
    const { value } = behaviour(
      function* (t) {
        const [startedFirst, boundFirst] = [yield* t.make("helper"), yield* t.make("helper")];
        yield* t.unbind(startedFirst.sc);
        must(yield* seL4_TCB_Resume(startedFirst.tcb));
        const early = yield* t.hasEnded(startedFirst);
        yield* t.bind(startedFirst.sc, startedFirst.tcb);
        const results = [yield* t.wait(startedFirst)];
        yield* t.unbind(boundFirst.sc);
        yield* t.bind(boundFirst.sc, boundFirst.tcb);
        must(yield* seL4_TCB_Resume(boundFirst.tcb));
        must(yield* seL4_TCB_Resume(boundFirst.tcb));
        results.push(yield* t.wait(boundFirst));
        return [early, ...results];
      },
      {
        // biome-ignore lint/correctness/useYield: it has nothing to wait for
        *helper() {
          return 1;
        },
      },
    );
    expect(value).toEqual([false, 1, 1]);
  });

  it("SCHED_CONTEXT_0007: is taken off the thread that waits on the notification it is bound to", () => {
    const at = { ntfn: 0, states: [] as string[] };
    const { value } = behaviour(
      function* (t) {
        at.ntfn = yield* t.kit.notification();
        const helper = yield* t.make("helper", { priority: 255 });
        const errors = [yield* seL4_SchedContext_Bind(helper.sc, at.ntfn)];
        errors.push(yield* seL4_SchedContext_Bind(helper.sc, helper.tcb));
        must(yield* seL4_TCB_Resume(helper.tcb));
        at.states.push("T");
        errors.push(yield* seL4_SchedContext_Bind(helper.sc, helper.tcb));
        return errors;
      },
      {
        *helper() {
          at.states.push("waits");
          yield* seL4_Wait(at.ntfn);
          at.states.push("woken");
        },
      },
    );
    expect(value).toEqual([seL4_NoError, seL4_IllegalOperation, seL4_NoError]);
    expect(at.states).toEqual(["waits", "T"]);
  });

  it("SCHED_CONTEXT_0008: travels by sends alone, and is free when the thread that has it is deleted", () => {
    const at = { front: 0, back: 0, home: 0 };
    const seen: string[] = [];
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        [at.front, at.back, at.home] = [yield* kit.endpoint(), yield* kit.endpoint(), yield* kit.endpoint()];
        const server = yield* t.passive("server");
        const proxy = yield* t.start("proxy");
        // Of the two that wait for it T is the more urgent.
        yield* seL4_Wait(at.back);
        yield* t.unbind(proxy.sc);
        const client = yield* t.start("client");
        yield* t.wait(server);
        const errors = [yield* seL4_SchedContext_Bind(client.sc, client.tcb)];
        must(yield* seL4_CNode_Delete(kit.cnode, server.tcb, kit.depth));
        errors.push(yield* seL4_SchedContext_Bind(client.sc, client.tcb));
        yield* seL4_Send(at.home, EMPTY);
        yield* t.wait(client);
        return errors;
      },
      {
        *server(_, { ready, reply }) {
          yield* seL4_NBSendRecv(ready, EMPTY, at.back, reply);
          seen.push("server");
        },
        *proxy() {
          yield* seL4_NBSendWait(at.back, EMPTY, at.front);
          seen.push("proxy");
          yield* seL4_NBSendWait(at.back, EMPTY, at.front);
        },
        *client() {
          yield* seL4_NBSendWait(at.front, EMPTY, at.home);
          seen.push("client");
        },
      },
    );
    expect(seen).toEqual(["proxy", "server", "client"]);
    // The server still had it when the first was tried.
    expect(value).toEqual([seL4_IllegalOperation, seL4_NoError]);
  });
});
