/** The servers on a plan, built and supervised by the real root task: together, and killed at any time. */
import type { Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import {
  type Component,
  ConsoleInput,
  ConsoleOutput,
  calls,
  component,
  consoleLogServer,
  consoleServer,
  Deadlines,
  define,
  Entropy,
  entropyServer,
  Log,
  Lookup,
  logTo,
  must,
  mustPrint,
  NameDirectory,
  nameServer,
  op,
  TIMED_OUT,
  Timer,
  timerServer,
} from "../../src/index.js";
import { bootPlan, type Entry } from "./planned.js";

const SERVERS: readonly Entry[] = [
  { component: timerServer, priority: 200 },
  { component: consoleServer, priority: 190 },
  { component: entropyServer, priority: 180 },
  { component: nameServer, priority: 170 },
  { component: consoleLogServer, priority: 160, args: "106=shell" },
];

it("all of them run together, and a program uses them all", () => {
  const shell = component("shell", {
    needs: {
      timer: calls(Timer),
      output: calls(ConsoleOutput),
      input: calls(ConsoleInput),
      entropy: calls(Entropy),
      directory: calls(NameDirectory),
      lookup: calls(Lookup),
      log: calls(Log),
    },
    *main({ timer, output, input, entropy, directory, lookup, log }) {
      yield* mustPrint(output, "? ");
      const { line } = must(yield* input.readLine());
      must(yield* timer.sleep({ us: 5000 }));
      const { bytes } = must(yield* entropy.bytes({ length: 4 }));
      must(yield* directory.register({ name: line, capability: output.cptr }));
      const found = must(yield* lookup.lookUp({ name: line }));
      yield* logTo(log).info("registered", {
        name: line,
        bytes: bytes.length,
        found: found.capability !== output.cptr,
      });
    },
  });
  const world = bootPlan([...SERVERS, { component: shell, priority: 100, restart: null }], { mayThrow: [] });
  world.runUntil(() => world.output.endsWith("? "));
  world.input("screen\n");
  expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
  expect(world.output).toMatch(/^\? screen\n +0\.\d{6} shell: info: registered name=screen bytes=4 found=true\n/);
});

/** `of`, whose first incarnation dies when it has been suspended `times` times. */
function dying(of: Component, times: number): Component {
  return {
    ...of,
    *main(handles: never) {
      const { self } = handles as { self: { incarnation: number } };
      const inner = of.main(handles);
      let left = self.incarnation === 0 ? times : Infinity;
      for (let step = inner.next(); step.done !== true; step = inner.next()) {
        yield;
        left -= 1;
        if (left === 0) throw new Error("as planned");
      }
    },
  };
}

/** What a client does until it is not refused because of a death. */
function* insist<A extends { readonly error: string | null }>(call: () => Thread<A>): Thread<A> {
  for (;;) {
    const answer = yield* call();
    if (answer.error !== "Gone" && answer.error !== "Closed") return answer;
  }
}

const TIMES = [1, 2, 3, 5, 8, 13, 21, 34];

describe.each(TIMES)("killed when it has been suspended %i times,", (times) => {
  it("the timer comes back, and who slept is told and sleeps again", () => {
    let slept = 0;
    const sleeper = component("sleeper", {
      needs: { timer: calls(Timer) },
      *main({ timer }) {
        for (; slept < 20; slept++) must(yield* insist(() => timer.sleep({ us: 1000 })));
      },
    });
    const world = bootPlan([
      { component: dying(timerServer, times), priority: 200 },
      { component: sleeper, priority: 100, restart: null },
    ]);
    expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
    expect(slept).toBe(20);
    expect(world.thrown.map(({ program }) => program)).toEqual(["timer"]);
  });

  it("the console comes back: what it has acknowledged and not sent is lost with it, and nothing after that", () => {
    const read: string[] = [];
    const speaker = component("speaker", {
      needs: { output: calls(ConsoleOutput), input: calls(ConsoleInput) },
      *main({ output, input }) {
        for (let i = 0; i < 20; i++) {
          must(yield* insist(() => output.write({ bytes: new TextEncoder().encode(`line ${i}\n`) })));
          must(yield* insist(() => output.flush()));
        }
        read.push(must(yield* insist(() => input.readLine())).line);
      },
    });
    const world = bootPlan([
      { component: dying(consoleServer, times), priority: 200 },
      { component: speaker, priority: 100, restart: null },
    ]);
    world.runUntil(() => world.output.includes("line 19\n") && world.thrown.length === 1);
    world.machine.run({ events: 200_000 });
    world.input("still there\n");
    expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
    expect(read).toEqual(["still there"]);
  });

  it("entropy comes back, its device is reset, and callers get their bytes", () => {
    const got: number[] = [];
    // Two, so that it also dies of a call while a request to the device is under way, which then interrupts its successor.
    const drawers = ["one", "two"].map((name) =>
      component(name, {
        needs: { entropy: calls(Entropy) },
        *main({ entropy }) {
          for (let i = 0; i < 10; i++) got.push(...must(yield* insist(() => entropy.bytes({ length: 200 }))).bytes);
        },
      }),
    );
    const world = bootPlan([
      { component: dying(entropyServer, times), priority: 200 },
      ...drawers.map((drawer) => ({ component: drawer, priority: 100, restart: null })),
    ]);
    expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
    expect(got).toHaveLength(4000);
    expect(world.thrown.map(({ program }) => program)).toEqual(["entropy"]);
  });
});

const Gate = define("gate", { pass: op({}, {}, [], { waits: true }) });

describe.each(TIMES.map((times) => times + 10))(
  "deadlines, with a timer killed when it has been suspended %i times,",
  (times) => {
    it("are kept again as soon as another handler waits", () => {
      const gate = component("gate", {
        needs: { timer: calls(Timer) },
        offers: { gate: Gate },
        *main({ timer, gate, self }) {
          const deadlines = yield* Deadlines.by(timer, self);
          const never = self.condition();
          yield* gate.serve(() => null, {
            *pass() {
              expect(yield* deadlines.wait(never, 1000)).toBe(TIMED_OUT);
            },
          });
        },
      });
      const passed = [0, 0];
      const visitor = (n: number, us: number) =>
        component(`visitor${n}`, {
          needs: { gate: calls(Gate), timer: calls(Timer) },
          *main({ gate, timer }) {
            while ((passed[n] as number) < 20) {
              must(yield* gate.pass());
              passed[n] = (passed[n] as number) + 1;
              must(yield* insist(() => timer.sleep({ us })));
            }
          },
        });
      const world = bootPlan([
        { component: dying(timerServer, times), priority: 200 },
        { component: gate, priority: 150 },
        { component: visitor(0, 0), priority: 100, restart: null },
        { component: visitor(1, 5000), priority: 100, restart: null },
      ]);
      world.machine.run({ events: 200_000 });
      expect(world.thrown.map(({ program }) => program)).toEqual(["timer"]);
      expect(passed).toEqual([20, 20]);
    });
  },
);
