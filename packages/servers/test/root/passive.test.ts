/** Passive components that die, or whose caller's time is over: time that was lent goes back to whoever lent it. */
import { describe, expect, it } from "vitest";
import { calls, component, define, must, op, text, u32 } from "../../src/index.js";
import { Counter, counter, Way } from "./desk.js";
import { bootPlan, settle } from "./planned.js";

/** Of the timebase. */
const TICKS_PER_MS = 10_000;
const NEVER = { restart: null };

describe("A passive server", () => {
  it("that dies gives the time back that it was lent", () => {
    const seen: unknown[] = [];
    const client = component("client", {
      needs: { counter: calls(Counter) },
      *main({ counter }) {
        for (const way of ["throw", "fault"] as const) {
          seen.push(must(yield* counter.next()).value);
          seen.push((yield* counter.die({ way })).error);
        }
        seen.push(must(yield* counter.next()).value);
      },
    });
    const world = bootPlan([
      { component: counter, priority: 120 },
      { component: client, priority: 100, ...NEVER },
    ]);
    settle(world);
    expect(seen).toEqual([1, "Gone", 1, "Gone", 1]);
    const { objects } = world.kernel.snapshot();
    const thread = objects.find(({ kind, name }) => kind === "thread" && name === "counter");
    expect(thread).toMatchObject({ state: "BlockedOnReceive", schedContext: 0 });
  });

  it("does not die of a caller whose time is over: it goes on when that has some again", () => {
    const seen: unknown[] = [];
    const poor = component("poor", {
      needs: { counter: calls(Counter) },
      *main({ counter }) {
        seen.push((yield* counter.work({ cycles: 5_000_000 })).error, world.kernel.snapshot().tick / TICKS_PER_MS);
      },
    });
    const world = bootPlan([
      { component: counter, priority: 120 },
      { component: poor, priority: 100, budgetUs: 2000, periodUs: 10_000, ...NEVER },
    ]);
    settle(world);
    // 5 ms, of which there are 2 in each 10.
    expect(seen[0]).toBe(null);
    expect(seen[1]).toBeGreaterThan(20);
    expect(seen[1]).toBeLessThan(40);
    expect(world.output).toBe("poor has ended\n");
  });

  it("gives the time back to all who have lent it on, when it is the last of a chain", () => {
    const seen: unknown[] = [];
    const Middle = define("middle", { pass: op({ way: Way }, { said: text(20) }), next: op({}, { value: u32 }) });
    const middle = component("middle", {
      passive: true,
      needs: { counter: calls(Counter) },
      offers: { middle: Middle },
      *main({ counter, middle }) {
        yield* middle.serve(() => null, {
          *pass(_, { way }) {
            return { said: (yield* counter.die({ way })).error ?? "nothing" };
          },
          *next() {
            return { value: must(yield* counter.next()).value };
          },
        });
      },
    });
    const client = component("client", {
      needs: { middle: calls(Middle) },
      *main({ middle }) {
        seen.push(must(yield* middle.pass({ way: "fault" })).said, must(yield* middle.next()).value);
      },
    });
    settle(
      bootPlan([
        { component: counter, priority: 130 },
        { component: middle, priority: 120 },
        { component: client, priority: 100, ...NEVER },
      ]),
    );
    expect(seen).toEqual(["Gone", 1]);
  });
});
