/** Memory that outlives its component. */
import { load, store } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { calls, component, define, memory, must, op, u32, u53 } from "../../src/index.js";
import { die, Way } from "./desk.js";
import { bootPlan } from "./planned.js";

const Tally = define("tally", {
  /** Counts in memory that is kept, and in memory that is not. */
  count: op({}, { kept: u53, other: u53, incarnation: u32 }),
  die: op({ way: Way }, {}),
});

const tally = component("tally", {
  needs: { kept: memory(2, { kept: true }), other: memory(1) },
  offers: { tally: Tally },
  *main({ kept, other, tally, self }) {
    yield* tally.serve(() => null, {
      *count() {
        const counts: number[] = [];
        for (const address of [kept.address + kept.bytes - 8, other.address]) {
          counts.push((yield* load(address)) + 1);
          yield* store(address, counts.at(-1) as number);
        }
        return { kept: counts[0] as number, other: counts[1] as number, incarnation: self.incarnation };
      },
      *die(_, { way }) {
        yield* die(way);
      },
    });
  },
});

describe("Memory that is kept", () => {
  it("is zero at first, and after any death as the component has left it", () => {
    const seen: unknown[] = [];
    const client = component("client", {
      needs: { tally: calls(Tally) },
      *main({ tally }) {
        for (const way of ["throw", "fault", "throw"] as const) {
          const { kept, other, incarnation } = must(yield* tally.count());
          seen.push([kept, other, incarnation]);
          yield* tally.die({ way });
        }
      },
    });
    const world = bootPlan([
      { component: tally, priority: 120 },
      { component: client, priority: 100, restart: null },
    ]);
    expect(world.machine.run({ events: 100_000 }).reason).toBe("idle");
    expect(seen).toEqual([
      [1, 1, 0],
      [2, 1, 1],
      [3, 1, 2],
    ]);
  });

  it("is seen by its component alone: the root task does not zero it, so it has no view of it", () => {
    const world = bootPlan([{ component: tally, priority: 120 }]);
    world.machine.run({ events: 50_000 });
    const { objects } = world.kernel.snapshot();
    const viewers = (name: string) =>
      objects.flatMap((object) => (object.kind === "frame" && object.name === name ? [object.mappings.length] : []));
    expect([...viewers("tally.kept[0]"), ...viewers("tally.kept[1]")]).toEqual([1, 1]);
    expect(viewers("tally.other")).toEqual([2]);
  });
});
