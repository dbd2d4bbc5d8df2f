/** Handlers that wait: the server goes on, answers come when they come, and a full queue refuses. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_MessageInfo_new, seL4_Send, seL4_TCB_Suspend } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { type Client, calls, component, define, op, u32 } from "../../src/index.js";
import { awaitEnd, letRun, rigged, tellDeath } from "./rig.js";

const Gate = define("gate", {
  /** Wait until the gate is opened; the answer is what it was opened with. */
  pass: op({}, { word: u32 }, [], { waits: true }),
  open: op({ word: u32 }, { passed: u32 }),
  openForOne: op({ word: u32 }, { passed: u32 }),
});

function gate(waiting: number, log: string[] = []) {
  return component("gate", {
    offers: { gate: Gate },
    waiting,
    *main({ gate, self }) {
      const opened = self.condition<number>();
      yield* gate.serve(({ badge }) => badge, {
        *pass(badge) {
          try {
            return { word: yield* opened.wait() };
          } finally {
            log.push(`${badge.toString(16)} no longer waits`);
          }
        },
        open(_, { word }) {
          const passed = opened.waiters;
          opened.wake(word);
          return { passed };
        },
        openForOne(_, { word }) {
          return { passed: opened.wakeOne(word) ? 1 : 0 };
        },
      });
    },
  });
}

const visitor = (main: (gate: Client<typeof Gate>) => Thread) =>
  component("visitor", {
    needs: { gate: calls(Gate) },
    *main({ gate }) {
      yield* main(gate);
    },
  });

const CLIENTS = [1, 2, 3, 4].map((n) => ({ badge: 0x100 + n, offer: 1 }));

it("answers those who wait in the order in which they came, and serves others meanwhile", () => {
  const seen: string[] = [];
  const passing = (name: string) =>
    visitor(function* (gate) {
      const answer = yield* gate.pass();
      seen.push(`${name} ${answer.error ?? answer.word}`);
    });
  const opener = visitor(function* (gate) {
    seen.push(`one: ${JSON.stringify(yield* gate.openForOne({ word: 7 }))}`);
    seen.push(`all: ${JSON.stringify(yield* gate.open({ word: 8 }))}`);
    seen.push(`all: ${JSON.stringify(yield* gate.open({ word: 9 }))}`);
  });
  rigged({ gate: gate(8), a: passing("a"), b: passing("b"), c: passing("c"), opener }, function* (_, start) {
    const { ep } = yield* start("gate", { priority: 120, clients: CLIENTS });
    for (const [i, name] of ["a", "b", "c"].entries()) {
      yield* start(name, { priority: 110 - i, needs: { gate: { ep, badge: 0x101 + i } } });
    }
    yield* start("opener", { priority: 90, needs: { gate: { ep, badge: 0x104 } } });
  });
  expect(seen).toEqual([
    "a 7",
    'one: {"error":null,"passed":1}',
    "b 8",
    "c 8",
    'all: {"error":null,"passed":2}',
    'all: {"error":null,"passed":0}',
  ]);
});

it("refuses (Busy) who would have to wait when the queue is full, and goes on serving what need not wait", () => {
  const seen: string[] = [];
  const passing = (name: string) =>
    visitor(function* (gate) {
      const answer = yield* gate.pass();
      seen.push(`${name} ${answer.error ?? answer.word}`);
    });
  const opener = visitor(function* (gate) {
    yield* gate.open({ word: 1 });
    const answer = yield* gate.pass(); // there is room again; nobody opens for it
    seen.push(`never ${answer.error}`);
  });
  rigged({ gate: gate(2), a: passing("a"), b: passing("b"), c: passing("c"), opener }, function* (_, start) {
    const { ep } = yield* start("gate", { priority: 120, clients: CLIENTS });
    for (const [i, name] of ["a", "b", "c"].entries()) {
      yield* start(name, { priority: 110 - i, needs: { gate: { ep, badge: 0x101 + i } } });
    }
    yield* start("opener", { priority: 90, needs: { gate: { ep, badge: 0x104 } } });
  });
  expect(seen).toEqual(["c Busy", "a 1", "b 1"]);
});

it("a client that sends and does not wait takes no more than its share of the places, and others wait on", () => {
  const seen: unknown[] = [];
  const PASS = 1;
  const flood = visitor(function* (gate) {
    for (let i = 0; i < 100; i++) yield* seL4_Send(gate.cptr, seL4_MessageInfo_new(PASS, 0, 0, 0));
  });
  const passing = visitor(function* (gate) {
    seen.push((yield* gate.pass()).error);
  });
  const opener = visitor(function* (gate) {
    seen.push(yield* gate.open({ word: 1 }), yield* gate.open({ word: 1 }));
  });
  rigged({ gate: gate(8), flood, passing, opener }, function* (_, start) {
    const { ep } = yield* start("gate", { priority: 120, clients: CLIENTS });
    yield* start("flood", { priority: 110, needs: { gate: { ep, badge: 0x101 } } });
    yield* start("passing", { priority: 100, needs: { gate: { ep, badge: 0x102 } } });
    yield* start("opener", { priority: 90, needs: { gate: { ep, badge: 0x103 } } });
  });
  expect(seen).toEqual([null, { error: null, passed: 3 }, { error: null, passed: 0 }]);
});

it("forgets who waits when its client is dead: its place is free, and waking finds nobody", () => {
  const log: string[] = [];
  const seen: unknown[] = [];
  const dies = visitor(function* (gate) {
    yield* gate.pass();
    seen.push("a dead client was answered");
  });
  const opener = visitor(function* (gate) {
    seen.push(yield* gate.open({ word: 1 }));
  });
  rigged({ gate: gate(1, log), dies, opener }, function* (rig, start) {
    const { ep } = yield* start("gate", { priority: 254, clients: CLIENTS });
    const { process } = yield* start("dies", { priority: 253, needs: { gate: { ep, badge: 0x101 } } });
    yield* letRun();
    yield* seL4_TCB_Suspend(process.thread.tcb);
    yield* tellDeath(rig, ep, 0x101);
    yield* start("opener", { priority: 100, needs: { gate: { ep, badge: 0x102 } } });
    yield* awaitEnd(rig);
  });
  expect(log).toEqual(["101 no longer waits"]);
  expect(seen).toEqual([{ error: null, passed: 0 }]);
});

it("says which operation has to declare that it waits", () => {
  const Silent = define("silent", { pass: op({}, {}) });
  const wrong = component("wrong", {
    offers: { silent: Silent },
    *main({ silent, self }) {
      const never = self.condition();
      yield* silent.serve(() => null, {
        *pass() {
          yield* never.wait();
        },
      });
    },
  });
  const asks = component("asks", {
    needs: { silent: calls(Silent) },
    *main({ silent }) {
      yield* silent.pass();
    },
  });
  const run = rigged(
    { wrong, asks },
    function* (_, start) {
      const { ep } = yield* start("wrong", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
      yield* start("asks", { priority: 100, needs: { silent: { ep, badge: 0x101 } } });
    },
    { mayThrow: ["wrong"] },
  );
  expect(String(run.thrown[0]?.error)).toContain("silent.pass waits for a condition: declare it with { waits: true }");
});
