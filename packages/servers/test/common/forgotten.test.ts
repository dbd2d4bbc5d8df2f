/** What components forget: `yield*` in front of a call, handlers of an offer. They are told, by the name of it. */

import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_Signal } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { type Client, calls, component, define, must, op, type Self, u32 } from "../../src/index.js";
import { rigged } from "./rig.js";

const Log = define("log", { write: op({ n: u32 }, {}), last: op({}, { n: u32 }) });

/** A log, and somebody who writes to it and forgets something: what he throws, and what was written. */
function forgetting(main: (log: Client<typeof Log>, self: Self) => Thread) {
  const written: number[] = [];
  const logger = component("logger", {
    offers: { log: Log },
    *main({ log }) {
      yield* log.serve(() => null, {
        write: (_, { n }) => void written.push(n),
        last: () => ({ n: written.at(-1) ?? 0 }),
      });
    },
  });
  const writer = component("writer", {
    needs: { log: calls(Log) },
    signals: true,
    *main({ log, self }) {
      yield* main(log, self);
    },
  });
  const run = rigged(
    { logger, writer },
    function* (_, start) {
      const { ep } = yield* start("logger", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
      yield* start("writer", { priority: 100, needs: { log: { ep, badge: 0x101 } } });
    },
    { mayThrow: ["writer"] },
  );
  return { thrown: run.thrown.map(({ error }) => String(error)), written };
}

const SENTENCE = "forgot yield*: log.write(…) was made and has asked nobody; write `yield* log.write(…)`";

it("a call without yield* is told when the next one begins", () => {
  const { thrown, written } = forgetting(function* (log) {
    yield* log.write({ n: 1 });
    for (let n = 2; n < 5; n++) {
      const forgotten = log.write({ n });
      expect(forgotten).toBeDefined();
      must(yield* log.last());
    }
  });
  expect(thrown).toEqual([expect.stringContaining(SENTENCE)]);
  expect(written).toEqual([1]);
});

it("and when the program ends, or waits for a signal, where there is no next one", () => {
  const ends = forgetting(function* (log) {
    yield* log.last();
    expect(log.write({ n: 1 })).toBeDefined();
  });
  expect(ends).toEqual({ thrown: [expect.stringContaining(SENTENCE)], written: [] });
  const waits = forgetting(function* (log, self) {
    yield* seL4_Signal(yield* self.signal(() => void log.write({ n: 1 }).constructor));
    yield* self.signalled();
    yield* self.signalled();
  });
  expect(waits).toEqual({ thrown: [expect.stringContaining(SENTENCE)], written: [] });
});

it("and when a handler has returned, before its server receives again", () => {
  const relay = component("relay", {
    needs: { log: calls(Log) },
    offers: { mine: Log },
    *main({ log, mine }) {
      yield* mine.serve(() => null, {
        write: (_, { n }) => void log.write({ n }).constructor,
        last: () => ({ n: 0 }),
      });
    },
  });
  const logger = component("logger", {
    offers: { log: Log },
    *main({ log }) {
      yield* log.serve(() => null, { write() {}, last: () => ({ n: 0 }) });
    },
  });
  const user = component("user", {
    needs: { log: calls(Log) },
    *main({ log }) {
      yield* log.write({ n: 1 });
    },
  });
  const run = rigged(
    { logger, relay, user },
    function* (_, start) {
      const { ep: log } = yield* start("logger", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
      const needs = { log: { ep: log, badge: 0x101 } };
      const { ep } = yield* start("relay", { priority: 110, needs, clients: [{ badge: 0x101, offer: 1 }] });
      yield* start("user", { priority: 100, needs: { log: { ep, badge: 0x101 } } });
    },
    { mayThrow: ["relay"] },
  );
  expect(run.thrown.map(({ error }) => String(error))).toEqual([expect.stringContaining(SENTENCE)]);
});

it("calls that are made together begin together, in their order", () => {
  const { thrown, written } = forgetting(function* (log) {
    for (const call of [log.write({ n: 1 }), log.write({ n: 2 }), log.write({ n: 3 })]) yield* call;
  });
  expect({ thrown, written }).toEqual({ thrown: [], written: [1, 2, 3] });
});

it("a server that has handlers for one of its two offers says which one has none", () => {
  const server = component("server", {
    offers: { one: Log, two: define("other", { ask: op({}, {}) }) },
    *main({ one }) {
      yield* one.serve(() => null, { write() {}, last: () => ({ n: 0 }) });
    },
  });
  const run = rigged({ server }, (_, start) => start("server", { priority: 100 }) as unknown as Thread, {
    mayThrow: ["server"],
  });
  expect(String(run.thrown[0]?.error)).toContain('its offer "two" has no handlers: two.on(…) before it serves');
});
