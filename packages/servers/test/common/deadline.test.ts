/** Handlers that wait no longer than some time, by the timer. */
import type { Thread } from "@tessera/hal-sim/isa";
import { expectNoLeaks, type WorldHost } from "@tessera/testing";
import { expect, it } from "vitest";
import {
  type Client,
  calls,
  component,
  Deadlines,
  define,
  fail,
  must,
  op,
  TIMED_OUT,
  Timer,
  timerServer,
  u32,
  u53,
} from "../../src/index.js";
import { bury, letRun, rigged } from "./rig.js";

const Gate = define("gate", {
  /** Wait until the gate is opened, for `us` microseconds at most. */
  pass: op({ us: u53 }, { word: u32 }, ["TimedOut"], { waits: true }),
  open: op({ word: u32 }, { passed: u32 }),
});

const gate = component("gate", {
  needs: { timer: calls(Timer) },
  offers: { gate: Gate },
  waiting: 16,
  *main({ timer, gate, self }) {
    const deadlines = yield* Deadlines.by(timer, self);
    const opened = self.condition<number>();
    yield* gate.serve(() => null, {
      *pass(_, { us }) {
        const word = yield* deadlines.wait(opened, us);
        return word === TIMED_OUT ? fail("TimedOut") : { word };
      },
      open(_, { word }) {
        const passed = opened.waiters;
        opened.wake(word);
        return { passed };
      },
    });
  },
});

const visitor = (main: (gate: Client<typeof Gate>, timer: Client<typeof Timer>) => Thread) =>
  component("visitor", {
    needs: { gate: calls(Gate), timer: calls(Timer) },
    *main({ gate, timer }) {
      yield* main(gate, timer);
    },
  });

/** Timer, gate and visitors; the gate is the timer's first client. */
function gated(visitors: readonly ReturnType<typeof visitor>[], seeHost: (host: WorldHost) => void = () => {}) {
  const badges = [0, ...visitors.keys()].map((_, n) => 0x101 + n);
  return rigged(
    { timer: timerServer, gate, ...Object.fromEntries(visitors.map((it, n) => [`visitor${n}`, it])) },
    function* (rig, start) {
      seeHost(rig.host);
      const clients = badges.map((badge) => ({ badge, offer: 1 }));
      const { ep: timer } = yield* start("timer", { priority: 200, clients });
      const { ep } = yield* start("gate", { priority: 150, clients, needs: { timer: { ep: timer, badge: 0x101 } } });
      for (const n of visitors.keys()) {
        const needs = { gate: { ep, badge: 0x102 + n }, timer: { ep: timer, badge: 0x102 + n } };
        yield* start(`visitor${n}`, { priority: 100, needs });
      }
    },
  );
}

it("ends a wait at its deadline and not before, each at its own, whatever their order", () => {
  const seen: string[] = [];
  const waits = (ms: number) =>
    visitor(function* (gate, timer) {
      const begin = must(yield* timer.time()).us;
      const answer = yield* gate.pass({ us: ms * 1000 });
      const took = must(yield* timer.time()).us - begin;
      seen.push(`${answer.error} after ${Math.floor(took / 1000)} ms`);
    });
  gated([waits(30), waits(10), waits(40), waits(20)]);
  expect(seen).toEqual([10, 20, 30, 40].map((ms) => `TimedOut after ${ms} ms`));
});

it("a condition that is woken in time is no different from one without deadline, and its deadline is forgotten", () => {
  const seen: string[] = [];
  const waits = (name: string, us: number) =>
    visitor(function* (gate) {
      const answer = yield* gate.pass({ us });
      seen.push(`${name} ${answer.error ?? answer.word}`);
    });
  const opens = visitor(function* (gate, timer) {
    must(yield* timer.sleep({ us: 15_000 }));
    seen.push(`opens for ${must(yield* gate.open({ word: 7 })).passed}`);
    must(yield* timer.sleep({ us: 50_000 }));
    seen.push(`opens for ${must(yield* gate.open({ word: 8 })).passed}`);
  });
  gated([waits("a", 10_000), waits("b", 20_000), waits("c", Number.MAX_SAFE_INTEGER), opens]);
  expect(seen[0]).toBe("a TimedOut");
  expect(seen.slice(1, 4).sort()).toEqual(["b 7", "c 7", "opens for 2"]);
  expect(seen[4]).toBe("opens for 0");
});

it("two hundred waits that end either way leave nothing at the timer", () => {
  let host: WorldHost | null = null;
  const turns = visitor(function* (gate) {
    must(yield* gate.open({ word: 0 }));
    yield* gate.pass({ us: 100 });
    const before = host?.kernel.snapshot();
    for (let i = 0; i < 200; i++) expect((yield* gate.pass({ us: 100 + (i % 7) * 100 })).error).toBe("TimedOut");
    if (host !== null && before !== undefined) expectNoLeaks(host.kernel, before);
  });
  gated([turns], (it) => {
    host = it;
  });
});

it("who dies while waiting leaves no deadline behind: its place is free and nobody is answered", () => {
  const seen: string[] = [];
  const dies = visitor(function* (gate) {
    yield* gate.pass({ us: 1_000_000 });
    seen.push("a dead client was answered");
  });
  const run = rigged({ timer: timerServer, gate, dies }, function* (rig, start) {
    const clients = [0x101, 0x102].map((badge) => ({ badge, offer: 1 }));
    const { ep: timer } = yield* start("timer", { priority: 254, clients });
    const { ep } = yield* start("gate", { priority: 253, clients, needs: { timer: { ep: timer, badge: 0x101 } } });
    let before = rig.host.kernel.snapshot();
    for (let i = 0; i < 30; i++) {
      if (i === 1) before = rig.host.kernel.snapshot();
      const needs = { gate: { ep, badge: 0x101 }, timer: { ep: timer, badge: 0x102 } };
      const dead = yield* start("dies", { priority: 252, needs });
      yield* letRun();
      const badges = [
        { ep, badge: 0x101 },
        { ep: timer, badge: 0x102 },
      ];
      yield* bury(rig, dead, badges);
    }
    expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
  });
  expect(seen).toEqual([]);
  expect(run.machine.clock.cycles).toBeGreaterThan(1e9);
});
