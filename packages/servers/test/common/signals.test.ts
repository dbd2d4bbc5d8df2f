/** Signals to components: to those that offer nothing, and wait for nothing else, and to servers, beside their calls. */
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_Signal } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { type Client, calls, capability, component, define, must, op, type Self, u32 } from "../../src/index.js";
import { rigged } from "./rig.js";

const Bells = define("bells", {
  /** Whoever has the capability can ring. */
  subscribe: op({ ring: capability("Notification") }, {}),
  /** Ring the bell number `which` so many times. */
  ring: op({ which: u32, times: u32 }, {}),
});

const Asked = define("asked", { ask: op({}, {}) });

const tower = component("tower", {
  offers: { bells: Bells },
  *main({ bells }) {
    const known: seL4_CPtr<"Notification">[] = [];
    yield* bells.serve(() => null, {
      subscribe: (_, { ring }) => void known.push(ring),
      *ring(_, { which, times }) {
        for (let i = 0; i < times; i++) yield* seL4_Signal(known[which] ?? 0);
      },
    });
  },
});

const listener = (main: (bells: Client<typeof Bells>, self: Self) => Thread) =>
  component("listener", {
    needs: { bells: calls(Bells) },
    signals: true,
    *main({ bells, self }) {
      yield* main(bells, self);
    },
  });

/** The tower and a listener of it. */
function listening(main: (bells: Client<typeof Bells>, self: Self) => Thread) {
  return rigged({ tower, listener: listener(main) }, function* (_, start) {
    const { ep } = yield* start("tower", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("listener", { priority: 100, needs: { bells: { ep, badge: 0x101 } } });
  });
}

/** What a component's `main` throws, whose name is "wrong". */
function thrownBy(wrong: ReturnType<typeof component>): string {
  const run = rigged({ wrong }, (_, start) => start("wrong", { priority: 100 }) as unknown as Thread, {
    mayThrow: ["wrong"],
  });
  return String(run.thrown[0]?.error);
}

it("a component without offers hears what it was told while it did something else, once, when it waits", () => {
  const seen: string[] = [];
  const run = listening(function* (bells, self) {
    const hears = (name: string) => self.signal(() => void seen.push(name));
    for (const name of ["a", "b", "c"]) must(yield* bells.subscribe({ ring: yield* hears(name) }));
    for (const which of [2, 0]) must(yield* bells.ring({ which, times: 3 }));
    seen.push("nothing yet");
    yield* self.signalled();
    seen.push("went on");
    must(yield* bells.ring({ which: 1, times: 1 }));
    yield* self.signalled();
    seen.push("went on");
    yield* self.signalled();
    seen.push("never");
  });
  expect(seen).toEqual(["nothing yet", "a", "c", "went on", "b", "went on"]);
  expect(run.machine.run({ events: 1 }).reason).toBe("idle");
});

it("a handler of a signal can make calls, and the wait is over only when it is done", () => {
  const seen: string[] = [];
  listening(function* (bells, self) {
    const ring = yield* self.signal(function* () {
      seen.push("begins");
      must(yield* bells.ring({ which: 7, times: 0 }));
      seen.push("ends");
    });
    yield* seL4_Signal(ring);
    yield* self.signalled();
    seen.push("went on");
  });
  expect(seen).toEqual(["begins", "ends", "went on"]);
});

it("a server hears signals and calls in one loop, and gives away no more than the right to signal", () => {
  const seen: string[] = [];
  const server = component("server", {
    needs: { bells: calls(Bells) },
    offers: { asked: Asked },
    *main({ bells, asked, self }) {
      const ring = yield* self.signal(() => void seen.push("rung"));
      must(yield* bells.subscribe({ ring }));
      yield* asked.serve(() => null, {
        *ask() {
          seen.push("asked");
          must(yield* bells.ring({ which: 0, times: 1 }));
        },
      });
    },
  });
  const asks = component("asks", {
    needs: { asked: calls(Asked) },
    *main({ asked }) {
      for (let i = 0; i < 2; i++) must(yield* asked.ask());
    },
  });
  rigged({ tower, server, asks }, function* (_, start) {
    const { ep: bells } = yield* start("tower", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    const needs = { bells: { ep: bells, badge: 0x101 } };
    const { ep } = yield* start("server", { priority: 110, needs, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("asks", { priority: 100, needs: { asked: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual(["asked", "rung", "asked", "rung"]);
});

it("who hears no signals is told how to, by each way of asking for them", () => {
  const sentence = "hears no signals: components with offers or devices do, and component(name, { signals: true, … })";
  const deaf = (main: (self: Self) => Thread) =>
    component("deaf", {
      slots: 4,
      *main({ self }) {
        yield* main(self);
      },
    });
  const ways: readonly ((self: Self) => Thread<unknown>)[] = [
    (self) => self.signal(() => {}),
    (self) => self.signalled(),
    (self) => self.serve(),
  ];
  for (const way of ways) expect(thrownBy(deaf(way as (self: Self) => Thread))).toContain(sentence);
});

it("a server that waits for signals alone is told that it hears them while it serves", () => {
  const server = component("server", {
    offers: { asked: Asked },
    *main({ asked, self }) {
      asked.on(() => null, { ask() {} });
      yield* self.signalled();
    },
  });
  expect(thrownBy(server)).toContain("server offers something, so it hears signals while it serves: self.serve()");
});
