/**
 * What the short way of Call and ReplyRecv must leave to the general one, or do beside the message: cases that random
 * crowds seldom come to. Each is told twice, and the trace with the short way is that without it.
 */
import { compute, load, store, type Thread } from "@tessera/hal-sim/isa";
import { type Kernel, ThreadState } from "@tessera/kernel";
import {
  CapTag,
  seL4_Call,
  seL4_CapInitThreadCNode,
  seL4_CapRights_new,
  seL4_DebugCapIdentify,
  seL4_NBSendRecv,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Unbind,
  seL4_SetCap,
  seL4_SetCapReceivePath,
  seL4_Signal,
  seL4_Wait,
  seL4_WordBits,
  seL4_Yield,
} from "@tessera/libsel4";
import { expect, it } from "vitest";
import { holderOf, stateOf } from "../support/kernel-view.js";
import { type Kit, must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { DATA, mapCopy, startProcess } from "../support/process.js";
import { type Programs, type SceneOptions, scene } from "../support/scene.js";

interface Told {
  readonly kernel: Kernel;
  readonly seen: readonly unknown[];
}

/** Run what `cast` makes with and without the short way; what the run with it left. */
function bothWays(
  cast: (seen: unknown[]) => readonly [main: (kit: Kit) => Thread, programs: Programs],
  machine: NonNullable<SceneOptions["machine"]> = {},
): Told {
  const run = (fastPath: boolean) => {
    const seen: unknown[] = [];
    const { kernel } = scene(...cast(seen), { machine, kernel: { fastPath } });
    return { kernel, seen };
  };
  const general = run(false);
  const short = run(true);
  expect(short.seen).toEqual(general.seen);
  const { trace, clock } = short.kernel.machine;
  expect([trace.hash, clock.cycles]).toEqual([general.kernel.machine.trace.hash, general.kernel.machine.clock.cycles]);
  return short;
}

it("ReplyRecv through a capability without Read answers the caller, and faults its server", () => {
  const { kernel, seen } = bothWays((seen) => {
    const at = { ep: 0, blind: 0, reply: 0 };
    return [
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.blind = yield* kit.copy(at.ep, seL4_CapRights_new(true, true, false, true));
        at.reply = yield* kit.reply();
        yield* kit.start("server", { priority: 110 });
        yield* kit.start("client", { priority: 110 });
      },
      {
        *server() {
          yield* seL4_Recv(at.ep, at.reply);
          yield* seL4_ReplyRecv(at.blind, message([7]), at.reply);
        },
        *client() {
          seen.push(words(yield* seL4_Call(at.ep, EMPTY)));
        },
      },
    ];
  });
  expect(seen).toEqual([[7]]);
  expect(stateOf(kernel, "server")).toBe(ThreadState.Inactive);
});

/** A passive server, and a client of the same priority that calls it. The root task is called when the call is served. */
function* prepare(kit: Kit, at: Lent): Thread {
  at.ep = yield* kit.endpoint();
  at.reply = yield* kit.reply();
  at.ready = yield* kit.notification();
  const server = yield* kit.start("server", { priority: 110 });
  yield* seL4_Wait(at.ready);
  must(yield* seL4_SchedContext_Unbind(server.sc));
  const client = yield* kit.start("client", { priority: 110 });
  at.client = client.tcb;
  at.sc = client.sc;
  yield* seL4_Wait(at.ready);
}

interface Lent {
  ep: number;
  reply: number;
  ready: number;
  client: number;
  sc: number;
}
const nothingLent = (): Lent => ({ ep: 0, reply: 0, ready: 0, client: 0, sc: 0 });

it("a server keeps lent time when its client was given other time meanwhile", () => {
  const at = nothingLent();
  const { kernel, seen } = bothWays((seen) => [
    function* (kit) {
      yield* prepare(kit, at);
      must(yield* seL4_SchedContext_Bind(yield* kit.schedContext(), at.client));
    },
    {
      *server() {
        yield* seL4_NBSendRecv(at.ready, EMPTY, at.ep, at.reply);
        yield* seL4_Signal(at.ready);
        yield* seL4_ReplyRecv(at.ep, EMPTY, at.reply);
        seen.push("called again");
        yield* seL4_ReplyRecv(at.ep, EMPTY, at.reply);
      },
      *client() {
        yield* seL4_Call(at.ep, EMPTY);
        seen.push("answered");
        yield* seL4_Call(at.ep, EMPTY);
        seen.push("answered");
      },
    },
  ]);
  expect(seen).toEqual(["answered", "called again", "answered"]);
  expect(holderOf(kernel, at.sc)).toBe("server");
});

it("time that a server was lent comes back though another thread answers in its place", () => {
  const at = { ...nothingLent(), quiet: 0, other: 0 };
  const { kernel, seen } = bothWays((seen) => [
    function* (kit) {
      at.quiet = yield* kit.notification();
      at.other = yield* kit.endpoint();
      yield* prepare(kit, at);
      yield* kit.start("deputy", { priority: 110 });
    },
    {
      *server() {
        yield* seL4_NBSendRecv(at.ready, EMPTY, at.ep, at.reply);
        yield* seL4_Signal(at.ready);
        yield* seL4_Wait(at.quiet);
        seen.push("the server runs on");
      },
      *deputy() {
        seen.push("the deputy answers");
        yield* seL4_ReplyRecv(at.other, message([9]), at.reply);
      },
      *client() {
        seen.push(words(yield* seL4_Call(at.ep, EMPTY)));
        yield* seL4_Signal(at.quiet);
      },
    },
  ]);
  expect(seen).toEqual(["the deputy answers", [9]]);
  expect(holderOf(kernel, at.sc)).toBe("client");
});

it("a call from one VSpace to another goes on with the pages of the one that runs", () => {
  const { kernel, seen } = bothWays((seen) => {
    const at = { ep: 0, reply: 0 };
    return [
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        for (const [name, value] of [
          ["server", 11],
          ["client", 22],
        ] as const) {
          const { frame, address } = yield* kit.mappedFrame();
          yield* store(address, value);
          const { vspace } = yield* startProcess(kit, name);
          yield* mapCopy(kit, vspace, frame, DATA);
        }
      },
      {
        *server() {
          yield* seL4_Recv(at.ep, at.reply);
          for (;;) yield* seL4_ReplyRecv(at.ep, message([yield* load(DATA)]), at.reply);
        },
        *client() {
          for (let i = 0; i < 2; i++) {
            const info = yield* seL4_Call(at.ep, EMPTY);
            seen.push(...words(info), yield* load(DATA));
          }
        },
      },
    ];
  });
  expect(seen).toEqual([11, 22, 11, 22]);
  expect(kernel.state.shortcuts).toBeGreaterThan(2);
});

it("a thread whose time comes while a call enters the kernel runs before the one that is called", () => {
  const TICK = 100;
  const PERIOD = 1000;
  const STEP = 25;
  /** An entry is longer than the timer is set before a deadline: a call of the last moment finds the deadline over. */
  const cost = { kernelEntry: 10_000 };
  const { kernel } = bothWays(
    (seen) => {
      const at = { ep: 0, reply: 0 };
      let isOver = false;
      return [
        function* (kit) {
          at.ep = yield* kit.endpoint();
          at.reply = yield* kit.reply();
          yield* kit.start("server", { priority: 110 });
          yield* kit.start("periodic", { priority: 120, budget: 50, period: PERIOD });
          yield* kit.start("client", { priority: 100 });
        },
        {
          *server() {
            yield* seL4_Recv(at.ep, at.reply);
            for (;;) {
              seen.push("server");
              yield* seL4_ReplyRecv(at.ep, EMPTY, at.reply);
            }
          },
          *periodic() {
            while (!isOver) {
              yield* seL4_Yield();
              seen.push("periodic");
            }
          },
          *client() {
            // Calls at one moment of the period after the other.
            for (let i = 0; i < (PERIOD * 10) / STEP; i++) {
              yield* compute((PERIOD * 10 + STEP) * TICK);
              yield* seL4_Call(at.ep, EMPTY);
            }
            isOver = true;
          },
        },
      ];
    },
    { cost },
  );
  expect(kernel.state.shortcuts).toBeGreaterThan(300);
});

const LONG = Array.from({ length: 64 }, (_, i) => i * i);

it("64 words go there and back by the short way", () => {
  const { kernel, seen } = bothWays((seen) => {
    const at = { ep: 0, reply: 0 };
    return [
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* kit.start("server", { priority: 110 });
        yield* kit.start("client", { priority: 100 });
      },
      {
        *server() {
          let info = yield* received(seL4_Recv(at.ep, at.reply));
          for (;;) info = yield* received(seL4_ReplyRecv(at.ep, message(words(info).reverse()), at.reply));
        },
        *client() {
          for (let i = 0; i < 3; i++) seen.push(words(yield* seL4_Call(at.ep, message(LONG))));
        },
      },
    ];
  });
  const back = [...LONG].reverse();
  expect(seen).toEqual([back, back, back]);
  expect(kernel.state.shortcuts).toBe(6);
});

function* received(call: ReturnType<typeof seL4_Recv>) {
  return (yield* call).info;
}

/**
 * A client calls with a capability and two words, and is answered with another one. `stray`: who sends an address where
 * no slot is. What is seen: the tag of what the server got, the words of the answer, the tag of what the client got.
 */
function exchange(
  stray: "nobody" | "client" | "server",
  rights = seL4_CapRights_new(true, true, true, true),
  replyRights = rights,
): Told {
  const NOWHERE = 2 ** 40;
  return bothWays((seen) => {
    const at = { ep: 0, send: 0, reply: 0, answer: 0, notification: 0, forServer: 0, forClient: 0 };
    return [
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.send = yield* kit.copy(at.ep, rights);
        at.reply = yield* kit.reply();
        at.answer = yield* kit.copy(at.reply, replyRights);
        at.notification = yield* kit.notification();
        at.forServer = kit.slots();
        at.forClient = kit.slots();
        yield* kit.start("server", { priority: 110 });
        yield* kit.start("client", { priority: 100 });
      },
      {
        *server() {
          seL4_SetCapReceivePath(seL4_CapInitThreadCNode, at.forServer, seL4_WordBits);
          yield* seL4_Recv(at.ep, at.reply);
          seen.push(yield* seL4_DebugCapIdentify(at.forServer));
          seL4_SetCap(0, stray === "server" ? NOWHERE : at.reply);
          yield* seL4_ReplyRecv(at.ep, message([7], 0, 1), at.answer);
        },
        *client() {
          seL4_SetCapReceivePath(seL4_CapInitThreadCNode, at.forClient, seL4_WordBits);
          seL4_SetCap(0, stray === "client" ? NOWHERE : at.notification);
          seen.push(words(yield* seL4_Call(at.send, message([1, 2], 0, 1))));
          seen.push(yield* seL4_DebugCapIdentify(at.forClient));
        },
      },
    ];
  });
}

it("capabilities go along by the short way", () => {
  const { kernel, seen } = exchange("nobody");
  expect(seen).toEqual([CapTag.notification, [7], CapTag.reply]);
  expect(kernel.state.shortcuts).toBe(2);
});

it("capabilities go along with Grant alone, there and back", () => {
  const { seen } = exchange("nobody", seL4_CapRights_new(true, false, false, true));
  expect(seen).toEqual([CapTag.null, [7], CapTag.null]);
  const { seen: onlyThere } = exchange("nobody", undefined, seL4_CapRights_new(true, false, true, true));
  expect(onlyThere).toEqual([CapTag.notification, [7], CapTag.null]);
});

it("a call with a capability that does not resolve faults its caller, and reaches nobody", () => {
  const { kernel, seen } = exchange("client");
  expect(seen).toEqual([]);
  expect(stateOf(kernel, "client")).toBe(ThreadState.Inactive);
});

it("an answer with a capability that does not resolve reaches nobody", () => {
  const { kernel, seen } = exchange("server");
  expect(seen).toEqual([CapTag.notification]);
  expect(stateOf(kernel, "client")).toBe(ThreadState.Inactive);
});
