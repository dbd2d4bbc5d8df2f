import { ThreadState } from "@tessera/kernel";
import {
  seL4_NBRecv,
  seL4_NBWait,
  seL4_Poll,
  seL4_Recv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_UnbindObject,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_BindNotification,
  seL4_TCB_Resume,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { holderOf, stateOf } from "../support/kernel-view.js";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { scene, watchedScene } from "../support/scene.js";

describe("A notification", () => {
  it("collects the badges of signals until they are taken, and is empty then", () => {
    const seen: unknown[] = [];
    scene(function* (kit) {
      const ntfn = yield* kit.notification();
      for (const badge of [1, 4, 4]) yield* seL4_Signal(yield* kit.mint(ntfn, badge));
      seen.push((yield* seL4_Poll(ntfn)).badge, (yield* seL4_Poll(ntfn)).badge);
      yield* seL4_Signal(ntfn);
      seen.push((yield* seL4_NBWait(ntfn)).badge);
    });
    expect(seen).toEqual([5, 0, 0]);
  });

  it("wakes one waiter a signal, the most urgent first", () => {
    const seen: unknown[] = [];
    const at = { ntfn: 0 };
    scene(
      function* (kit) {
        at.ntfn = yield* kit.mint(yield* kit.notification(), 8);
        for (const priority of [90, 110, 100]) yield* kit.start("waiter", { priority, argument: priority });
        yield* kit.start("signaller", { priority: 50 });
      },
      {
        *waiter(priority) {
          seen.push([priority, (yield* seL4_Wait(at.ntfn)).badge]);
        },
        *signaller() {
          for (let i = 0; i < 3; i++) {
            yield* seL4_Signal(at.ntfn);
            seen.push("signalled");
          }
        },
      },
    );
    expect(seen).toEqual([[110, 8], "signalled", [100, 8], "signalled", [90, 8], "signalled"]);
  });

  it("bound to a thread wakes it out of a receive, and comes before a sender that waits", () => {
    const seen: unknown[] = [];
    const at = { ntfn: 0, ep: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ntfn = yield* kit.mint(yield* kit.notification(), 6);
        at.ep = yield* kit.mint(yield* kit.endpoint(), 9);
        at.reply = yield* kit.reply();
        const { tcb } = yield* kit.start("receiver", { priority: 110, stopped: true });
        must(yield* seL4_TCB_BindNotification(tcb, at.ntfn));
        yield* seL4_Signal(at.ntfn);
        yield* kit.start("sender", { priority: 120 });
        must(yield* seL4_TCB_Resume(tcb));
        yield* kit.start("signaller", { priority: 50 });
      },
      {
        *receiver() {
          for (let i = 0; i < 3; i++) seen.push((yield* seL4_Recv(at.ep, at.reply)).badge);
        },
        *sender() {
          yield* seL4_Send(at.ep, EMPTY);
        },
        *signaller() {
          yield* seL4_Signal(at.ntfn);
        },
      },
    );
    expect(seen).toEqual([6, 9, 6]);
  });

  it("bound to another thread cannot be waited for: a CapFault stops the waiter", () => {
    const at = { ntfn: 0 };
    const { kernel } = scene(
      function* (kit) {
        at.ntfn = yield* kit.notification();
        const { tcb } = yield* kit.start("owner", { stopped: true });
        must(yield* seL4_TCB_BindNotification(tcb, at.ntfn));
        yield* kit.start("waiter");
      },
      {
        *owner() {},
        *waiter() {
          yield* seL4_Wait(at.ntfn);
        },
      },
    );
    expect(stateOf(kernel, "waiter")).toBe(ThreadState.Inactive);
  });
});

describe("A poll", () => {
  it("of an endpoint with a sender takes its message, without one it brings badge 0", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.mint(yield* kit.endpoint(), 3);
        at.reply = yield* kit.reply();
        yield* kit.start("sender", { priority: 110 });
        yield* kit.start("receiver");
      },
      {
        *sender() {
          yield* seL4_Send(at.ep, message([12]));
        },
        *receiver() {
          const first = yield* seL4_NBRecv(at.ep, at.reply);
          seen.push([first.badge, ...words(first.info)]);
          seen.push([(yield* seL4_NBRecv(at.ep, at.reply)).badge]);
        },
      },
    );
    expect(seen).toEqual([[3, 12], [0]]);
  });
});

describe("A scheduling context bound to a notification", () => {
  it("is lent to the passive thread that a signal wakes, and goes back when that waits again", () => {
    const seen: unknown[] = [];
    const at = { ntfn: 0, lent: 0, ready: 0 };
    const { kernel } = watchedScene(
      function* (kit) {
        at.ntfn = yield* kit.notification();
        const { tcb, sc } = yield* kit.start("waiter", { priority: 150 });
        at.ready = yield* kit.notification();
        at.lent = yield* kit.schedContext();
        must(yield* seL4_SchedContext_Bind(at.lent, at.ntfn));
        yield* kit.start("starter", { priority: 140, argument: 1 });
        yield* seL4_Wait(at.ready);
        must(yield* seL4_SchedContext_UnbindObject(sc, tcb));
        yield* kit.start("signaller", { priority: 100 });
      },
      (own) => ({
        *waiter() {
          for (;;) {
            yield* seL4_Wait(at.ntfn);
            seen.push(["woken", holderOf(own(), at.lent)]);
          }
        },
        *starter() {
          yield* seL4_Signal(at.ready);
        },
        *signaller() {
          for (let i = 0; i < 2; i++) {
            yield* seL4_Signal(at.ntfn);
            seen.push(["signalled", holderOf(own(), at.lent)]);
          }
        },
      }),
    );
    expect(seen).toEqual([
      ["woken", "waiter"],
      ["signalled", ""],
      ["woken", "waiter"],
      ["signalled", ""],
    ]);
    expect(stateOf(kernel, "waiter")).toBe(ThreadState.BlockedOnNotification);
  });
});
