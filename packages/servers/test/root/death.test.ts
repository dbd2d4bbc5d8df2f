import { copyIn, copyOut } from "@tessera/hal-sim/isa";
import { seL4_Call, seL4_InvalidCapability, seL4_MessageInfo_new } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Component, calls, capability, component, define, device, must, op } from "../../src/index.js";
import { die, INTERRUPT_ENABLE, Keys, keys, Mortal, mortal, Scratch, Store, store, UART } from "./desk.js";
import { bootPlan, settle } from "./planned.js";

/** Of the timebase. */
const TICKS_PER_MS = 10_000;
const CAUSES = { throw: "it threw an error", fault: "VMFault at 0x0" };
const NEVER = { restart: null };

const Stuck = define("stuck", { ask: op({}, {}), get: op({}, {}) });
// While it asks for a key it serves nobody.
const stuck = component("stuck", {
  needs: { keys: calls(Keys) },
  offers: { stuck: Stuck },
  *main({ keys, stuck }) {
    yield* stuck.serve(() => null, {
      *ask() {
        must(yield* keys.key());
      },
      get() {},
    });
  },
});
const asker = component("asker", {
  needs: { stuck: calls(Stuck) },
  *main({ stuck }) {
    yield* stuck.ask();
  },
});

describe("A server that dies", () => {
  for (const way of ["throw", "fault"] as const) {
    it(`by a ${way} is started again, and those who wait for it are told`, () => {
      const seen: unknown[] = [];
      const waiting = component("waiting", {
        needs: { mortal: calls(Mortal) },
        *main({ mortal }) {
          seen.push(["waiting", (yield* mortal.wait()).error]);
          seen.push(["waiting", yield* mortal.incarnation()]);
        },
      });
      const killer = component("killer", {
        needs: { mortal: calls(Mortal) },
        *main({ mortal }) {
          seen.push(["killer", (yield* mortal.die({ way })).error]);
          seen.push(["killer", yield* mortal.incarnation()]);
        },
      });
      const world = bootPlan([
        { component: mortal, priority: 120 },
        { component: waiting, priority: 110, ...NEVER },
        { component: killer, priority: 100, ...NEVER },
      ]);
      settle(world);
      expect(seen).toEqual([
        ["waiting", "Gone"],
        ["killer", "Gone"],
        ["waiting", { error: null, incarnation: 1 }],
        ["killer", { error: null, incarnation: 1 }],
      ]);
      expect(world.output).toBe(
        `mortal died: ${CAUSES[way]}, restarting in 10 ms\nwaiting has ended\nkiller has ended\n`,
      );
    });
  }

  it("is started again after a delay that doubles up to the plan's limit", () => {
    const at: number[] = [];
    const killer = component("killer", {
      needs: { mortal: calls(Mortal) },
      *main({ mortal }) {
        for (let i = 0; i < 5; i++) {
          yield* mortal.die({ way: "throw" });
          must(yield* mortal.incarnation());
          at.push(world.kernel.snapshot().tick);
        }
      },
    });
    const world = bootPlan([
      { component: mortal, priority: 120 },
      { component: killer, priority: 100, ...NEVER },
    ]);
    settle(world);
    const ms = at.slice(1).map((tick, i) => (tick - (at[i] as number)) / TICKS_PER_MS);
    for (const [i, least] of [20, 40, 40, 40].entries()) {
      expect(ms[i]).toBeGreaterThanOrEqual(least);
      expect(ms[i]).toBeLessThan(least + 2);
    }
  });

  it("is started again after the first delay when it has run for long", () => {
    const killer = component("killer", {
      needs: { mortal: calls(Mortal) },
      *main({ mortal }) {
        for (let i = 0; i < 2; i++) yield* mortal.die({ way: "throw" });
      },
    });
    const late = component("late", {
      needs: { keys: calls(Keys), mortal: calls(Mortal) },
      *main({ keys, mortal }) {
        must(yield* keys.key());
        yield* mortal.die({ way: "throw" });
      },
    });
    const world = bootPlan([
      { component: keys, priority: 150 },
      { component: mortal, priority: 120 },
      { component: killer, priority: 100, ...NEVER },
      { component: late, priority: 90, ...NEVER },
    ]);
    settle(world);
    world.input("k");
    settle(world);
    const delays = [...world.output.matchAll(/restarting in (\d+) ms/g)].map(([, ms]) => Number(ms));
    expect(delays).toEqual([10, 20, 10]);
  });

  it("finds its memory zeroed", () => {
    const words: number[] = [];
    const client = component("client", {
      needs: { scratch: calls(Scratch), store: calls(Store) },
      *main({ scratch, store }) {
        words.push(must(yield* scratch.first()).word, must(yield* scratch.first()).word);
        yield* store.die({ way: "throw" });
        words.push(must(yield* scratch.first()).word);
      },
    });
    settle(
      bootPlan([
        { component: store, priority: 120 },
        { component: client, priority: 100, ...NEVER },
      ]),
    );
    expect(words).toEqual([0, 1, 0]);
  });

  it("knows no session of its former life", () => {
    const seen: unknown[] = [];
    const client = component("client", {
      needs: { store: calls(Store) },
      *main({ store }) {
        const { cell } = must(yield* store.open());
        yield* store.die({ way: "throw" });
        seen.push((yield* cell.get()).error);
        const { cell: other } = must(yield* store.open());
        seen.push((yield* cell.get()).error, (yield* other.get()).error);
        yield* cell.close();
      },
    });
    settle(
      bootPlan([
        { component: store, priority: 120 },
        { component: client, priority: 100, ...NEVER },
      ]),
    );
    expect(seen).toEqual(["Closed", "Closed", null]);
  });

  it("is served interrupts again when it is a driver, the one too that came while it was dead", () => {
    const seen: unknown[] = [];
    let isDeadly = true;
    const driver = component("driver", {
      needs: { uart: device(UART) },
      offers: { keys: Keys },
      *main({ uart, keys, self }) {
        uart.onInterrupt(function* () {
          const byte = new Uint8Array(1);
          yield* copyIn(uart.address, byte);
          seen.push([self.incarnation, String.fromCharCode(byte[0] as number)]);
          if (isDeadly) {
            isDeadly = false;
            throw new Error("as planned");
          }
          yield* uart.acknowledge();
        });
        yield* copyOut(uart.address + INTERRUPT_ENABLE, Uint8Array.of(1));
        yield* keys.serve(() => null, {
          key() {
            return { byte: 0 };
          },
          die() {},
        });
      },
    });
    const world = bootPlan([{ component: driver, priority: 120 }]);
    settle(world);
    world.input("a");
    world.runUntil(() => world.output.includes("driver died"));
    // It is dead when the second one comes.
    for (const key of ["b", "c"]) {
      world.input(key);
      settle(world);
    }
    expect(seen).toEqual([
      [0, "a"],
      [1, "b"],
      [1, "c"],
    ]);
  });
});

describe("A component that is not started again", () => {
  for (const [name, restart, way] of [
    ["dies", null, "throw"],
    ["has ended", { firstUs: 1000, mostUs: 1000 }, "return"],
  ] as const) {
    it(`because it ${name} leaves its clients with Gone, also those in its queue`, () => {
      const seen: unknown[] = [];
      const once = component("once", {
        offers: { mortal: Mortal },
        *main({ mortal }) {
          mortal.on(() => null, {
            *die(_, { way }) {
              yield* die(way);
            },
            wait() {},
            incarnation() {
              return { incarnation: 0 };
            },
          });
          if (way === "throw") throw new Error("at once");
        },
      });
      const client = component("client", {
        needs: { mortal: calls(Mortal) },
        *main({ mortal }) {
          for (let i = 0; i < 2; i++) seen.push((yield* mortal.incarnation()).error);
        },
      });
      // The client calls before the server has begun.
      const world = bootPlan([
        { component: once, priority: 90, restart },
        { component: client, priority: 100, ...NEVER },
      ]);
      settle(world);
      expect(seen).toEqual(["Gone", "Gone"]);
      const { objects } = world.kernel.snapshot();
      expect(objects.some(({ name }) => name === "once.endpoint")).toBe(false);
    });
  }
});

describe("A client that dies", () => {
  /** Opens a session at each start, and dies the first time. */
  function openerOf(seen: unknown[], deaths: number): Component {
    return component("opener", {
      needs: { store: calls(Store) },
      *main({ store, self }) {
        must(yield* store.open());
        seen.push([self.incarnation, must(yield* store.sessions()).open]);
        if (self.incarnation < deaths) throw new Error("as planned");
      },
    });
  }

  it("has its sessions closed before it is started again", () => {
    const seen: unknown[] = [];
    settle(
      bootPlan([
        { component: store, priority: 120 },
        { component: openerOf(seen, 3), priority: 100 },
      ]),
    );
    expect(seen).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it("loses what it has handed on", () => {
    const Given = define("given", { take: op({ store: capability("Endpoint") }, {}) });
    const seen: unknown[] = [];
    const taker = component("taker", {
      offers: { given: Given },
      slots: 16,
      *main({ given }) {
        yield* given.serve(() => null, {
          take(_, { store }) {
            seen.push(store);
          },
        });
      },
    });
    const giver = component("giver", {
      needs: { store: calls(Store), given: calls(Given) },
      *main({ store, given, self }) {
        if (self.incarnation > 0) return;
        must(yield* given.take({ store: store.cptr }));
        throw new Error("as planned");
      },
    });
    const world = bootPlan([
      { component: store, priority: 120 },
      { component: taker, priority: 110 },
      { component: giver, priority: 100 },
    ]);
    settle(world);
    const [slot] = seen as [number];
    const { objects, capabilities } = world.kernel.snapshot();
    const home = objects.find(({ name }) => name === "taker.cspace")?.id;
    expect(slot).toBeGreaterThan(0);
    expect(capabilities.some((one) => one.home === home && one.index === slot)).toBe(false);
  });

  it("has the sends cancelled that somebody else has pending by its badge", () => {
    const Given = define("given", { take: op({ stuck: capability("Endpoint") }, {}), use: op({}, {}) });
    const seen: unknown[] = [];
    const taker = component("taker", {
      offers: { given: Given },
      slots: 16,
      *main({ given }) {
        let taken = 0;
        yield* given.serve(() => null, {
          take(_, { stuck }) {
            taken = stuck;
          },
          *use() {
            seen.push("calls");
            seen.push((yield* seL4_Call(taken, seL4_MessageInfo_new(2, 0, 0, 0))).label);
          },
        });
      },
    });
    const giver = component("giver", {
      needs: { keys: calls(Keys), stuck: calls(Stuck), given: calls(Given) },
      *main({ keys, stuck, given, self }) {
        if (self.incarnation > 0) return;
        must(yield* given.take({ stuck: stuck.cptr }));
        must(yield* keys.key());
        throw new Error("as planned");
      },
    });
    const user = component("user", {
      needs: { given: calls(Given) },
      *main({ given }) {
        must(yield* given.use());
      },
    });
    const world = bootPlan([
      { component: keys, priority: 200 },
      { component: stuck, priority: 170 },
      { component: taker, priority: 130 },
      { component: giver, priority: 120 },
      { component: asker, priority: 110, ...NEVER },
      { component: user, priority: 100, ...NEVER },
    ]);
    settle(world);
    expect(seen).toEqual(["calls"]);
    // For the giver, which has waited for it longest. The server is as stuck as before.
    world.input("k");
    settle(world);
    expect(seen).toEqual(["calls", seL4_InvalidCapability]);
  });

  it("of a server that is stuck waits for it, while others are looked after", () => {
    const seen: unknown[] = [];
    const dying = component("dying", {
      needs: { keys: calls(Keys), stuck: calls(Stuck), store: calls(Store) },
      *main({ store, self }) {
        must(yield* store.open());
        seen.push(`dying ${self.incarnation}`);
        if (self.incarnation === 0) throw new Error("as planned");
      },
    });
    const other = component("other", {
      needs: { mortal: calls(Mortal) },
      *main({ mortal }) {
        yield* mortal.die({ way: "throw" });
        seen.push(`mortal ${must(yield* mortal.incarnation()).incarnation}`);
      },
    });
    const watching = component("watching", {
      needs: { keys: calls(Keys), store: calls(Store) },
      *main({ keys, store }) {
        must(yield* keys.key());
        seen.push(`open ${must(yield* store.sessions()).open}`);
      },
    });
    const world = bootPlan([
      { component: keys, priority: 200 },
      { component: store, priority: 190 },
      { component: mortal, priority: 180 },
      { component: stuck, priority: 170 },
      { component: watching, priority: 130, ...NEVER },
      { component: asker, priority: 120, ...NEVER },
      { component: dying, priority: 110 },
      { component: other, priority: 100, ...NEVER },
    ]);
    settle(world);
    expect(seen).toEqual(["dying 0", "mortal 1"]);
    // The first key is for the one that waits longest: it sees that the sessions were closed long ago.
    world.input("k");
    settle(world);
    expect(seen).toEqual(["dying 0", "mortal 1", "open 0"]);
    world.input("k");
    settle(world);
    expect(seen).toEqual(["dying 0", "mortal 1", "open 0", "dying 1"]);
  });
});
