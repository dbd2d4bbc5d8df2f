/** The same again and again: whatever was left behind by one restart is there a hundred times. */
import { expect, it } from "vitest";
import { type Component, calls, component, must } from "../../src/index.js";
import { Counter, counter, Store, store } from "./desk.js";
import { existing, type Snapshot } from "./existing.js";
import { bootPlan, type Entry } from "./planned.js";

const SOON = { firstUs: 1000, mostUs: 1000 };

it("a hundred restarts of a server, a passive server and a client leave nothing behind", () => {
  const settled: Snapshot[] = [];
  const gone = { store: 0, counter: 0 };
  const note = (incarnation: number) => {
    if (incarnation === 1 || incarnation === 101) settled.push(world.kernel.snapshot());
  };
  // Has a session and a capability of its own when it dies, by throwing, with its own calls answered by Gone.
  const client: Component = component("client", {
    needs: { store: calls(Store, { window: 1 }), counter: calls(Counter) },
    *main({ store, counter, self }) {
      note(self.incarnation);
      if (self.incarnation === 101) return;
      must(yield* store.open());
      if ((yield* store.die({ way: "throw" })).error === "Gone") gone.store++;
      if ((yield* counter.die({ way: "fault" })).error === "Gone") gone.counter++;
      must(yield* store.open());
      throw new Error("as planned");
    },
  });
  const entries: Entry[] = [
    { component: store, priority: 120, restart: SOON },
    { component: counter, priority: 110, restart: SOON },
    { component: client, priority: 100, restart: SOON },
  ];
  const world = bootPlan(entries, { kernel: { checkInvariants: false } });
  expect(world.machine.run({ events: 2_000_000 }).reason).toBe("idle");
  expect(gone).toEqual({ store: 101, counter: 101 });
  expect(existing(settled[1] as Snapshot)).toEqual(existing(settled[0] as Snapshot));
  expect(world.kernel.checkInvariants()).toEqual([]);
});
