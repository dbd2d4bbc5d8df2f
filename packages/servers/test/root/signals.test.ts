/** Components that hear signals, and are started again. */
import { seL4_Signal } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { component } from "../../src/index.js";
import { bootPlan } from "./planned.js";

it("a signal to whoever ran in a component's place before does not end the wait of the next one", () => {
  const seen: string[] = [];
  const heir = component("heir", {
    signals: true,
    *main({ self }) {
      const first = yield* self.signal(() => void seen.push(`first of life ${self.incarnation}`));
      if (self.incarnation === 0) {
        yield* seL4_Signal(yield* self.signal(() => void seen.push("second")));
        throw new Error("it dies before it hears it");
      }
      yield* self.signalled();
      seen.push("woken by nobody");
      yield* seL4_Signal(first);
    },
  });
  const world = bootPlan([{ component: heir, priority: 100 }]);
  expect(world.machine.run({ events: 100_000 }).reason).toBe("idle");
  expect(world.output).toBe("heir died: it threw an error, restarting in 10 ms\n");
  expect(seen).toEqual([]);
});
