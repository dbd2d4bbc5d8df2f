/** Notifications bound to threads: a signal reaches the thread wherever it receives, and may bring it its time. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Poll,
  seL4_Recv,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_BindNotification,
  seL4_TCB_UnbindNotification,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { behaviour, type Helper, type TestThread } from "./test-thread.js";

const TIMES = 10;

describe("A thread with a bound notification", () => {
  it("BIND0001: waits on an endpoint and gets every signal and every message", () => {
    const at = { signals: 0, messages: 0 };
    const { value } = behaviour(
      function* (t) {
        const [ntfn, ep] = [yield* t.kit.notification(), yield* t.kit.endpoint()];
        at.signals = yield* t.kit.mint(ntfn, 1);
        at.messages = yield* t.kit.mint(ep, 2);
        must(yield* seL4_TCB_BindNotification(t.tcb, ntfn));
        yield* t.start("signaller");
        yield* t.start("sender");
        const received: number[][] = [];
        for (let i = 0; i < 2 * TIMES; i++) {
          const { badge, info } = yield* seL4_Recv(ep, t.reply);
          received.push([badge, ...words(info)]);
        }
        must(yield* seL4_TCB_UnbindNotification(t.tcb), "UnbindNotification");
        return received;
      },
      {
        *signaller() {
          for (let i = 0; i < TIMES; i++) yield* seL4_Signal(at.signals);
        },
        *sender() {
          for (let i = 0; i < TIMES; i++) yield* seL4_Send(at.messages, message([i]));
        },
      },
    );
    expect(value.filter(([badge]) => badge === 1)).toEqual(Array.from({ length: TIMES }, () => [1]));
    expect(value.filter(([badge]) => badge !== 1)).toEqual(Array.from({ length: TIMES }, (_, i) => [2, i]));
  });

  it("BIND0002: waits on the notification itself and gets each signal by itself", () => {
    const at = { signals: 0 };
    const { value } = behaviour(
      function* (t) {
        const ntfn = yield* t.kit.notification();
        at.signals = yield* t.kit.mint(ntfn, 1);
        must(yield* seL4_TCB_BindNotification(t.tcb, ntfn));
        const signaller = yield* t.start("signaller");
        const badges: number[] = [];
        for (let i = 0; i < TIMES; i++) badges.push((yield* seL4_Wait(ntfn)).badge);
        yield* t.wait(signaller);
        badges.push((yield* seL4_Poll(ntfn)).badge);
        must(yield* seL4_TCB_UnbindNotification(t.tcb), "UnbindNotification");
        return badges;
      },
      {
        *signaller() {
          for (let i = 0; i < TIMES; i++) yield* seL4_Signal(at.signals);
        },
      },
    );
    expect(value).toEqual([...Array.from({ length: TIMES }, () => 1), 0]);
  });

  it.each([
    ["BIND0003: waits before the signal comes, and is woken by it", 10, 9, ["waits", "signals", "woken", "signalled"]],
    ["BIND0004: finds a signal that came before, without blocking", 9, 10, ["signals", "signalled", "waits", "woken"]],
  ])("%s", (_claim, waiterPriority, senderPriority, order) => {
    const seen: string[] = [];
    const at = { ntfn: 0 };
    behaviour(
      function* (t) {
        at.ntfn = yield* t.kit.notification();
        const waiter = yield* t.start("waiter", { priority: waiterPriority });
        must(yield* seL4_TCB_BindNotification(waiter.tcb, at.ntfn));
        const sender = yield* t.start("sender", { priority: senderPriority });
        yield* t.wait(waiter);
        yield* t.wait(sender);
      },
      {
        *waiter() {
          seen.push("waits");
          yield* seL4_Wait(at.ntfn);
          seen.push("woken");
        },
        *sender() {
          seen.push("signals");
          yield* seL4_Send(at.ntfn, EMPTY);
          seen.push("signalled");
        },
      },
    );
    expect(seen).toEqual(order);
  });
});

describe("A thread without a scheduling context, blocked on an endpoint with a bound notification", () => {
  /** T at 9; the helper at 10 blocks on an endpoint in state 1, and goes on to state 2. Its context is unbound. */
  function stopped(wake: (t: TestThread, helper: Helper, ntfn: number, note: () => void) => Thread): unknown {
    const at = { ep: 0, state: 0, badge: -1 };
    const states: number[] = [];
    const { value } = behaviour(
      function* (t) {
        const ntfn = yield* t.kit.notification();
        at.ep = yield* t.kit.endpoint();
        yield* t.setPriority(9);
        const helper = yield* t.make("helper", { priority: 10 });
        must(yield* seL4_TCB_BindNotification(helper.tcb, ntfn));
        yield* t.restart(helper);
        yield* t.unbind(helper.sc);
        yield* wake(t, helper, ntfn, () => states.push(at.state));
        return states;
      },
      {
        *helper() {
          at.state = 1;
          at.badge = (yield* seL4_Wait(at.ep)).badge;
          at.state = 2;
        },
      },
    );
    return [value, at.badge];
  }

  it("BIND005: keeps a signal until it has time again, and then runs at once", () => {
    const seen = stopped(function* (t, helper, ntfn, note) {
      note();
      yield* seL4_Signal(yield* t.kit.mint(ntfn, 7));
      note();
      yield* t.bind(helper.sc, helper.tcb);
      note();
    });
    expect(seen).toEqual([[1, 1, 2], 7]);
  });

  it("BIND006: is woken by a signal that brings the notification's context, and runs at once", () => {
    const seen = stopped(function* (t, helper, ntfn, note) {
      yield* t.bind(helper.sc, ntfn);
      note();
      yield* seL4_Signal(yield* t.kit.mint(ntfn, 7));
      note();
    });
    expect(seen).toEqual([[1, 2], 7]);
  });
});
