/** Time that goes along with a call and comes back with the answer. */

import type { Thread } from "@tessera/hal-sim/isa";
import type { Kernel } from "@tessera/kernel";
import { ThreadState } from "@tessera/kernel";
import {
  seL4_Call,
  seL4_CNode_Delete,
  seL4_NBSendRecv,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SchedContext_Unbind,
  seL4_Send,
  seL4_Wait,
  seL4_WordBits,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { holderOf, stateOf } from "../support/kernel-view.js";
import type { Child, Kit } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { type Programs, watchedScene } from "../support/scene.js";

/** Capabilities of these scenes: an endpoint and a reply object for each of two servers, and who is ready. */
interface At {
  front: number;
  frontReply: number;
  back: number;
  backReply: number;
  ready: number;
  clientSc: number;
}

function* prepare(kit: Kit, at: At): Thread {
  at.front = yield* kit.endpoint();
  at.back = yield* kit.endpoint();
  at.frontReply = yield* kit.reply();
  at.backReply = yield* kit.reply();
  at.ready = yield* kit.notification();
}

const nowhere = (): At => ({ front: 0, frontReply: 0, back: 0, backReply: 0, ready: 0, clientSc: 0 });

/** Start a server and take its time away as soon as it waits. */
function* passive(kit: Kit, at: At, name: string, priority: number): Thread<Child> {
  const child = yield* kit.start(name, { priority });
  yield* seL4_Wait(at.ready);
  yield* seL4_SchedContext_Unbind(child.sc);
  return child;
}

function* client(kit: Kit, at: At, priority = 100): Thread {
  const { sc } = yield* kit.start("client", { priority });
  at.clientSc = sc;
}

describe("A passive server", () => {
  it("runs on its client's time while it serves, and gives it back with ReplyRecv", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    watchedScene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* passive(kit, at, "server", 150);
        yield* client(kit, at);
      },
      (kernel) => ({
        *server() {
          let { info } = yield* seL4_NBSendRecv(at.ready, EMPTY, at.front, at.frontReply);
          for (;;) {
            seen.push(["serving", ...words(info), holderOf(kernel(), at.clientSc)]);
            ({ info } = yield* seL4_ReplyRecv(at.front, message([1]), at.frontReply));
          }
        },
        *client() {
          for (const word of [10, 20]) {
            yield* seL4_Call(at.front, message([word]));
            seen.push(["answered", holderOf(kernel(), at.clientSc)]);
          }
        },
      }),
    );
    expect(seen).toEqual([
      ["serving", 10, "server"],
      ["answered", "client"],
      ["serving", 20, "server"],
      ["answered", "client"],
    ]);
  });

  it("stops where it is when it replies with Send: its time is gone", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    const { kernel } = watchedScene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* passive(kit, at, "server", 150);
        yield* client(kit, at);
      },
      () => ({
        *server() {
          yield* seL4_NBSendRecv(at.ready, EMPTY, at.front, at.frontReply);
          yield* seL4_Send(at.frontReply, EMPTY);
          seen.push("server goes on");
        },
        *client() {
          yield* seL4_Call(at.front, EMPTY);
          seen.push("answered");
        },
      }),
    );
    expect(seen).toEqual(["answered"]);
    expect(stateOf(kernel, "server")).toBe(ThreadState.Running);
  });

  it("gets a plain Send's message but no time to look at it", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    const { kernel } = watchedScene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* passive(kit, at, "server", 150);
        yield* client(kit, at);
      },
      () => ({
        *server() {
          yield* seL4_NBSendRecv(at.ready, EMPTY, at.front, at.frontReply);
          seen.push("server runs");
        },
        *client() {
          yield* seL4_Send(at.front, EMPTY);
          seen.push("sent");
        },
      }),
    );
    expect(seen).toEqual(["sent"]);
    expect(stateOf(kernel, "server")).toBe(ThreadState.Running);
  });
});

/** A client calls a front server, which calls a back server; both are passive. */
function chain(
  seen: unknown[],
  at: At,
  inTheBack: (kernel: Kernel, kit: Kit) => Thread<unknown>,
): { readonly kernel: Kernel } {
  let kit: Kit | null = null;
  const programs = (kernel: () => Kernel): Programs => ({
    *front() {
      yield* seL4_NBSendRecv(at.ready, EMPTY, at.front, at.frontReply);
      seen.push(["front", holderOf(kernel(), at.clientSc)]);
      const [word = 0] = words(yield* seL4_Call(at.back, EMPTY));
      seen.push(["front again", holderOf(kernel(), at.clientSc)]);
      yield* seL4_ReplyRecv(at.front, message([word + 1]), at.frontReply);
    },
    *back() {
      yield* seL4_NBSendRecv(at.ready, EMPTY, at.back, at.backReply);
      seen.push(["back", holderOf(kernel(), at.clientSc)]);
      if (kit !== null) yield* inTheBack(kernel(), kit);
    },
    *client() {
      const answer = words(yield* seL4_Call(at.front, EMPTY));
      seen.push(["client", ...answer, holderOf(kernel(), at.clientSc)]);
    },
  });
  return watchedScene(function* (own) {
    kit = own;
    yield* prepare(own, at);
    yield* passive(own, at, "front", 150);
    yield* passive(own, at, "back", 160);
    yield* client(own, at);
  }, programs);
}

describe("A stack of replies over three threads", () => {
  it("carries the client's time up and back down", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    chain(seen, at, function* () {
      yield* seL4_ReplyRecv(at.back, message([40]), at.backReply);
    });
    expect(seen).toEqual([
      ["front", "front"],
      ["back", "back"],
      ["front again", "front"],
      ["client", 41, "client"],
    ]);
  });

  it("loses its lower part with the reply object there: the answer on top still brings the time one step back", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    const { kernel } = chain(seen, at, function* (own, kit) {
      yield* seL4_CNode_Delete(kit.cnode, at.frontReply, kit.depth);
      seen.push(["deleted", stateOf(own, "client")]);
      yield* seL4_ReplyRecv(at.back, message([40]), at.backReply);
    });
    expect(seen).toEqual([
      ["front", "front"],
      ["back", "back"],
      ["deleted", ThreadState.Inactive],
      ["front again", "front"],
    ]);
    expect(holderOf(kernel, at.clientSc)).toBe("front");
  });

  it("gives the time back to the caller of the reply object on top when that is deleted; the caller stays Inactive", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    const { kernel } = chain(seen, at, function* (_, kit) {
      yield* seL4_CNode_Delete(kit.cnode, at.backReply, kit.depth);
      seen.push("back goes on");
    });
    expect(seen).toEqual([
      ["front", "front"],
      ["back", "back"],
    ]);
    expect(holderOf(kernel, at.clientSc)).toBe("front");
    expect([stateOf(kernel, "front"), stateOf(kernel, "client")]).toEqual([
      ThreadState.Inactive,
      ThreadState.BlockedOnReply,
    ]);
  });

  it("does not return the time to a caller that was deleted meanwhile", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    let clientTcb = 0;
    const { kernel } = watchedScene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* passive(kit, at, "server", 150);
        const started = yield* kit.start("client");
        at.clientSc = started.sc;
        clientTcb = started.tcb;
      },
      (own) => ({
        *server() {
          yield* seL4_NBSendRecv(at.ready, EMPTY, at.front, at.frontReply);
          yield* seL4_CNode_Delete(2, clientTcb, seL4_WordBits);
          seen.push(holderOf(own(), at.clientSc));
          yield* seL4_ReplyRecv(at.front, EMPTY, at.frontReply);
        },
        *client() {
          yield* seL4_Call(at.front, EMPTY);
          seen.push("answered");
        },
      }),
    );
    expect(seen).toEqual(["server"]);
    expect(holderOf(kernel, at.clientSc)).toBe("server");
    expect(kernel.checkInvariants()).toEqual([]);
  });
});

describe("NBSendRecv to a passive receiver", () => {
  it("gives it the sender's time for good", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    const { kernel } = watchedScene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* passive(kit, at, "server", 150);
        yield* client(kit, at);
      },
      (own) => ({
        *server() {
          yield* seL4_NBSendRecv(at.ready, EMPTY, at.front, at.frontReply);
          seen.push(["server", holderOf(own(), at.clientSc)]);
          yield* seL4_Recv(at.front, at.frontReply);
        },
        *client() {
          yield* seL4_NBSendRecv(at.front, EMPTY, at.back, at.backReply);
          seen.push("client goes on");
        },
      }),
    );
    expect(seen).toEqual([["server", "server"]]);
    expect(holderOf(kernel, at.clientSc)).toBe("server");
  });
});
