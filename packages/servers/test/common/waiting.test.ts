/** Handlers that wait: the server goes on, answers come when they come, and a full queue refuses. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_MessageInfo_new, seL4_Send, seL4_TCB_Suspend } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { type Client, calls, component, define, must, op, sessionOf, u32 } from "../../src/index.js";
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

it("a wake that went to a dead client's handler goes to the next one who waits", () => {
  const Lock = define("lock", {
    /** Never answers; lets one of those who wait go on when its client is dead. */
    hold: op({}, {}, [], { waits: true }),
    take: op({}, {}, [], { waits: true }),
  });
  const [HOLD, TAKE] = [1, 2];
  const lock = component("lock", {
    offers: { lock: Lock },
    waiting: 8,
    *main({ lock, self }) {
      const [never, released] = [self.condition(), self.condition()];
      yield* lock.serve(() => null, {
        *hold() {
          try {
            yield* never.wait();
          } finally {
            released.wakeOne();
          }
        },
        *take() {
          yield* released.wait();
        },
      });
    },
  });
  const holds = component("holds", {
    needs: { lock: calls(Lock) },
    *main({ lock }) {
      for (const operation of [HOLD, TAKE]) yield* seL4_Send(lock.cptr, seL4_MessageInfo_new(operation, 0, 0, 0));
    },
  });
  const seen: unknown[] = [];
  const takes = component("takes", {
    needs: { lock: calls(Lock) },
    *main({ lock }) {
      seen.push(yield* lock.take());
    },
  });
  rigged({ lock, holds, takes }, function* (rig, start) {
    const { ep } = yield* start("lock", { priority: 254, clients: CLIENTS });
    yield* start("holds", { priority: 253, needs: { lock: { ep, badge: 0x101 } } });
    yield* letRun();
    yield* start("takes", { priority: 253, needs: { lock: { ep, badge: 0x102 } } });
    yield* letRun();
    yield* tellDeath(rig, ep, 0x101);
    yield* letRun();
  });
  expect(seen).toEqual([{ error: null }]);
});

it("a session that is closed frees the place of a caller who waits by it and is dead", () => {
  const Hall = define("hall", { door: op({}, { door: sessionOf(Gate) }) });
  const PASS = 1;
  const hall = component("hall", {
    offers: { hall: Hall },
    waiting: 1,
    *main({ hall, self }) {
      const opened = self.condition<number>();
      yield* hall.serve(() => null, {
        door: () => ({
          door: hall.session(Gate, null, {
            pass: function* () {
              return { word: yield* opened.wait() };
            },
            open: (_, { word }) => ({ passed: opened.wakeOne(word) ? 1 : 0 }),
            openForOne: () => ({ passed: 0 }),
          }),
        }),
      });
    },
  });
  const seen: unknown[] = [];
  const opener = component("opener", {
    needs: { hall: calls(Hall) },
    *main({ hall }) {
      const [{ door: lost }, { door }] = [must(yield* hall.door()), must(yield* hall.door())];
      // As whoever is dead before he is answered.
      yield* seL4_Send(lost.cptr, seL4_MessageInfo_new(PASS, 0, 0, 0));
      seen.push((yield* door.pass()).error);
      yield* lost.close();
      seen.push(must(yield* door.open({ word: 1 })).passed);
      yield* seL4_Send(door.cptr, seL4_MessageInfo_new(PASS, 0, 0, 0));
      seen.push(must(yield* door.open({ word: 1 })).passed);
    },
  });
  rigged({ hall, opener }, function* (_, start) {
    const { ep } = yield* start("hall", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("opener", { priority: 100, needs: { hall: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual(["Busy", 0, 1]);
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

it("a handler whose client is dead goes on to its finally blocks and no further, though one of them makes a call", () => {
  const Other = define("other", { tell: op({}, {}) });
  const log: string[] = [];
  const other = component("other", {
    offers: { other: Other },
    *main({ other }) {
      yield* other.serve(() => null, {
        tell() {
          log.push("told");
        },
      });
    },
  });
  const Stuck = define("stuck", { wait: op({}, {}, [], { waits: true }) });
  const stuck = component("stuck", {
    offers: { stuck: Stuck },
    needs: { other: calls(Other) },
    *main({ stuck, other, self }) {
      const never = self.condition();
      const within = function* () {
        try {
          yield* never.wait();
        } finally {
          yield* other.tell();
        }
      };
      yield* stuck.serve(() => null, {
        *wait() {
          try {
            yield* within();
            log.push("goes on");
          } finally {
            log.push("is left");
          }
        },
      });
    },
  });
  const waits = component("waits", {
    needs: { stuck: calls(Stuck) },
    *main({ stuck }) {
      yield* stuck.wait();
    },
  });
  rigged({ other, stuck, waits }, function* (rig, start) {
    const { ep: asked } = yield* start("other", { priority: 100, clients: CLIENTS });
    const { ep } = yield* start("stuck", {
      priority: 254,
      clients: CLIENTS,
      needs: { other: { ep: asked, badge: 0x101 } },
    });
    yield* start("waits", { priority: 253, needs: { stuck: { ep, badge: 0x101 } } });
    yield* letRun();
    // The one that is asked runs when this server waits for it.
    yield* tellDeath(rig, ep, 0x101);
    yield* letRun();
    log.push("supervisor goes on");
  });
  expect(log).toEqual(["told", "is left", "supervisor goes on"]);
});
