/** What is composed is what runs: plans booted by the root task, and the kernel asked who has what. */
import { calls, component, define, must, op, PAGE_BYTES, planImage, text, u32 } from "@tessera/servers";
import { bootWorld } from "@tessera/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Personality, planBytes } from "../src/index.js";
import { systems } from "./systems.js";

const Log = define("log", { write: op({ line: text(200) }, {}) });
const Pages = define("pages", { sum: op({ length: u32 }, { sum: u32 }) });

/** Boot what a personality composes, and run until everybody waits. */
function boot(personality: Personality) {
  const plan = personality.plan();
  const world = bootWorld({ ...planImage(plan, personality.components()), onReport: () => {} });
  expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
  return { ...world, plan };
}

/** The endpoints with a badge that each component has, as the kernel knows them. */
function edgesInKernel(kernel: ReturnType<typeof boot>["kernel"], names: readonly string[]): string[] {
  const { objects, capabilities } = kernel.snapshot();
  return names.flatMap((name) => {
    const home = objects.find((object) => object.kind === "cnode" && object.name === `${name}.cspace`)?.id;
    return capabilities
      .filter((capability) => capability.home === home && capability.kind === "endpoint" && capability.badge !== "0x0")
      .map(({ index, badge, rights }) => `${name} ${index} ${badge} ${rights}`);
  });
}

test("a composed system runs: everybody has reached whom he needs, by a badge of his own", () => {
  const seen: string[] = [];
  const logger = component("logger", {
    offers: { log: Log },
    *main({ log }) {
      const write = (badge: number, { line }: { readonly line: string }) =>
        void seen.push(`${badge.toString(16)}: ${line}`);
      yield* log.serve(({ badge }) => badge, { write });
    },
  });
  const adder = component("adder", {
    needs: { log: calls(Log) },
    offers: { pages: Pages },
    *main({ log, pages }) {
      yield* pages.serve(({ window }) => window, {
        *sum(window, { length }) {
          yield* log.write({ line: `adds ${length}` });
          const bytes = (yield* window?.read(0, length) ?? []) ?? new Uint8Array();
          return { sum: bytes.reduce((total, byte) => total + byte, 0) };
        },
      });
    },
  });
  const user = component("user", {
    needs: { pages: calls(Pages, { window: 1 }), log: calls(Log) },
    *main({ pages, log, self }) {
      yield* pages.window?.write(0, Uint8Array.of(1, 2, Number(self.args))) ?? [];
      const { sum } = must(yield* pages.sum({ length: 3 }));
      yield* log.write({ line: `sum ${sum}` });
    },
  });
  const personality = new Personality("sums")
    .add(user, { name: "zoe", priority: 50, budget: "1ms/10ms", args: "30" })
    .add(user, { name: "adam", priority: 60, budget: "1ms/10ms", args: "4" })
    .add(adder, { priority: 100, budget: "2ms/10ms" })
    .add(logger, { priority: 150, budget: "1ms/10ms" });
  boot(personality);
  expect(seen).toEqual(["102: adds 3", "101: sum 7", "102: adds 3", "103: sum 33"]);
});

test("whatever is composed, the kernel holds the badges and rights of the plan, and no others", () => {
  fc.assert(
    fc.property(systems, (system) => {
      const { kernel, plan } = boot(system);
      const planned = plan.components.flatMap(({ name, slots }) =>
        slots.flatMap((slot) => {
          if (slot.what !== "calls" && slot.what !== "parent") return [];
          return [`${name} ${slot.slot} 0x${slot.badge.toString(16)} ${slot.what === "calls" ? slot.rights : "WP"}`];
        }),
      );
      const names = plan.components.map(({ name }) => name);
      expect(edgesInKernel(kernel, names).sort()).toEqual(planned.sort());
    }),
    { numRuns: 5 },
  );
});

test("a system takes at least the memory that its plan is said to take, and little more", () => {
  /** Bytes of RAM that objects lie in, the root task's own among them. */
  const usedBytes = ({ kernel }: ReturnType<typeof boot>) =>
    kernel
      .snapshot()
      .objects.filter(({ kind, paddr }) => kind !== "untyped" && paddr >= 0x8000_0000)
      .reduce((sum, { bytes }) => sum + bytes, 0);
  const empty = usedBytes(boot(new Personality("empty")));
  fc.assert(
    fc.property(systems, (system) => {
      const booted = boot(system);
      const own = usedBytes(booted) - empty - planBytes(booted.plan);
      expect(own).toBeGreaterThanOrEqual(0);
      // Vaults, and what the root task notes of each component.
      expect(own).toBeLessThan(4 * PAGE_BYTES);
    }),
    { numRuns: 3 },
  );
});
