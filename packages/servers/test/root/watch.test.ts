/** Servers that hang: the root task asks those that the plan has watched, and starts those anew that do not answer. */
import { seL4_Yield } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { type Component, calls, component, define, op, parsePlan, printPlan, u32 } from "../../src/index.js";
import { bootPlan, planOf } from "./planned.js";

const Work = define("work", {
  /** Goes on for ever. */
  hang: op({}, {}),
  /** Which of the servers answers. */
  life: op({}, { life: u32 }),
});

const worker = component("worker", {
  offers: { work: Work },
  *main({ work, self }) {
    yield* work.serve(() => null, {
      *hang() {
        for (;;) yield* seL4_Yield();
      },
      life: () => ({ life: self.incarnation }),
    });
  },
});

/** Of the timebase. */
const TICKS_PER_MS = 10_000;

const restart = (watchUs?: number) => ({
  firstUs: 1000,
  mostUs: 2000,
  ...(watchUs === undefined ? {} : { watchUs }),
});

/** What a client gets who has the worker hang, and then asks again, and what is said. Runs for `ms` of simulated time. */
function run(watchUs: number | undefined, ms: number, client: Component) {
  const world = bootPlan([
    { component: worker, priority: 120, restart: restart(watchUs) },
    { component: client, priority: 100, restart: null },
  ]);
  world.machine.run({ ticks: ms * TICKS_PER_MS });
  return world;
}

/** A client that does these, one after the other. */
function asks(seen: unknown[], ...operations: readonly ("hang" | "life")[]): Component {
  return component("client", {
    needs: { work: calls(Work) },
    *main({ work }) {
      for (const operation of operations) {
        const answer = yield* work[operation]();
        seen.push("life" in answer ? answer.life : answer.error);
      }
    },
  });
}

it("a server that does not answer for a turn counts as dead: its callers are told, and the next one serves", () => {
  const seen: unknown[] = [];
  const world = run(20_000, 200, asks(seen, "life", "hang", "life"));
  expect(seen).toEqual([0, "Gone", 1]);
  expect(world.output).toBe("worker died: it has not answered for 20ms, restarting in 1 ms\nclient has ended\n");
});

it("who hangs without being watched hangs for ever", () => {
  const seen: unknown[] = [];
  const world = run(undefined, 200, asks(seen, "life", "hang", "life"));
  expect(seen).toEqual([0]);
  expect(world.output).toBe("");
});

it("who answers is asked again and again, and left alone", () => {
  const seen: unknown[] = [];
  const world = run(5000, 500, asks(seen, "life"));
  expect(seen).toEqual([0]);
  expect(world.output).toBe("client has ended\n");
});

it("each has its own turn, as long as the plan says, whatever that of others", () => {
  const seen: unknown[] = [];
  const lazy = component("lazy", {
    offers: { more: define("more", { ask: op({}, {}) }) },
    *main() {
      for (;;) yield* seL4_Yield();
    },
  });
  const world = bootPlan([
    { component: worker, priority: 120, restart: restart(10_000) },
    { component: lazy, priority: 50, budgetUs: 1000, restart: { firstUs: 10_000, mostUs: 10_000, watchUs: 100_000 } },
    { component: asks(seen, "hang", "life"), priority: 100, restart: null },
  ]);
  world.machine.run({ ticks: 250 * TICKS_PER_MS });
  expect(seen).toEqual(["Gone", 1]);
  expect(world.output.split("\n").filter((line) => line.startsWith("lazy"))).toEqual([
    "lazy died: it has not answered for 100ms, restarting in 10 ms",
  ]);
});

it("the plan's text has the turn, and is read back", () => {
  const plan = planOf([{ component: worker, priority: 120, restart: restart(1_000_000) }]);
  const text = printPlan(plan);
  expect(text).toContain("\n  restart (first: 1ms, most: 2ms, watch: 1s)\n");
  expect(parsePlan(text)).toEqual(plan);
  expect(() => parsePlan(text.replace("watch: 1s", "watch: 10us"))).toThrow(
    "is asked whether it answers every ms at most",
  );
});

it("who offers nothing cannot be asked", () => {
  const mute = component("mute", { *main() {} });
  const text = printPlan(planOf([{ component: mute, priority: 100, restart: restart(1_000_000) }]));
  expect(() => parsePlan(text)).toThrow(
    'mute: offers nothing, so nobody can ask whether it answers: leave out "watch"',
  );
});
