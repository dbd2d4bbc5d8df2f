/** The plan of a composition: what it gives, that it is the same however it was written down, and its golden text. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { calls, component, parsePlan, planProblems, printPlan } from "@tessera/servers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchPlan, Personality, planBytes } from "../src/index.js";
import { DESK, desk, Log, logger } from "./desk.js";
import { systems } from "./systems.js";

const golden = new URL("desk-authority.txt", import.meta.url);

describe("the plan of the desk", () => {
  test("is what was reviewed", () => {
    matchPlan(desk().plan(), {
      reviewed: existsSync(golden) ? readFileSync(golden, "utf8") : null,
      env: process.env,
      write: (text) => writeFileSync(golden, text),
    });
  });

  test("can be built, and is read back from its text", () => {
    const plan = desk().plan();
    expect(planProblems(plan)).toEqual([]);
    expect(parsePlan(printPlan(plan))).toEqual(plan);
  });

  test("is the same in whatever order its components are added", () => {
    const text = printPlan(desk().plan());
    const order = fc.shuffledSubarray([...DESK], { minLength: DESK.length, maxLength: DESK.length });
    fc.assert(
      fc.property(order, (adds) => {
        const personality = adds.reduce((made, add) => add(made), new Personality("desk"));
        expect(printPlan(personality.plan())).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  test("names all programs that it starts, once", () => {
    const programs = desk()
      .components()
      .map(({ name }) => name);
    expect(programs).toEqual(["browser", "editor", "logger", "network", "ramfs", "uart"]);
    expect(
      [
        ...new Set(
          desk()
            .plan()
            .components.map(({ program }) => program),
        ),
      ].sort(),
    ).toEqual(programs);
  });

  test("takes the memory of its objects", () => {
    // Of the logger alone: TCB 2048, CNode 512, scheduling context 128, endpoint 16, notification 64, 4 replies of 32,
    // 3 pages and 3 page tables.
    const alone = new Personality("alone").add(logger, { priority: 1, budget: "1ms/10ms" }).plan();
    expect(planBytes(alone)).toBe(2048 + 512 + 128 + 16 + 64 + 4 * 32 + 6 * 4096);
  });
});

describe("every plan", () => {
  test("can be built, is read back from its text, and has servers before their clients", () => {
    fc.assert(
      fc.property(systems, (system) => {
        const plan = system.plan();
        expect(planProblems(plan)).toEqual([]);
        expect(parsePlan(printPlan(plan))).toEqual(plan);
        const places = new Map(plan.components.map(({ name }, place) => [name, place]));
        for (const { name, slots } of plan.components) {
          for (const slot of slots) {
            if (slot.what === "calls") expect(places.get(slot.server)).toBeLessThan(places.get(name) ?? 0);
          }
        }
      }),
    );
  });

  test("has for each server as many badges as clients, from 1", () => {
    fc.assert(
      fc.property(systems, (system) => {
        const badges = new Map<string, number[]>();
        for (const { slots } of system.plan().components) {
          for (const slot of slots) {
            if (slot.what === "calls") badges.set(slot.server, [...(badges.get(slot.server) ?? []), slot.badge & 0xff]);
          }
        }
        for (const numbers of badges.values()) {
          expect([...numbers].sort((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
        }
      }),
    );
  });
});

test("who is watched, and how often, is decided where it is placed", () => {
  const restart = { first: "10ms", most: "1s", watch: "500ms" };
  const plan = new Personality("desk").add(logger, { priority: 150, budget: "1ms/10ms", restart }).plan();
  expect(printPlan(plan)).toContain("\n  restart (first: 10ms, most: 1s, watch: 500ms)\n");
});

describe("clients of one server", () => {
  const user = component("user", { needs: { log: calls(Log), audit: calls(Log, { window: 1 }) }, *main() {} });
  const plan = (...names: string[]) =>
    names
      .reduce(
        (made, name) => made.add(user, { name, priority: 10, budget: "1ms/100ms" }),
        new Personality("many").add(logger, { priority: 20, budget: "1ms/100ms" }),
      )
      .plan();
  const edges = (...names: string[]) =>
    plan(...names).components.flatMap(({ name, slots }) =>
      slots.flatMap((slot) => (slot.what === "calls" ? [`${name}.${slot.need} 0x${slot.badge.toString(16)}`] : [])),
    );

  test("are numbered by their names and needs, and each has its own badge", () => {
    expect(edges("zoe", "adam")).toEqual(["adam.log 0x102", "adam.audit 0x101", "zoe.log 0x104", "zoe.audit 0x103"]);
  });

  test("have their window at their number, where the server sees it", () => {
    const windows = plan("zoe", "adam").components.flatMap(({ memory }) => memory);
    expect(windows.map((pages) => (pages.what === "window" ? pages.serverAddress : 0))).toEqual([
      0x8020_0000, 0x8060_0000,
    ]);
  });

  test("stand behind it in the plan, by name", () => {
    expect(plan("zoe", "adam").components.map(({ name }) => name)).toEqual(["logger", "adam", "zoe"]);
  });
});

test("many layers of many needs are composed at once", () => {
  const personality = new Personality("tower").add(logger, { priority: 253, budget: "1ms/1s" });
  for (let i = 0; i < 100; i++) {
    const tall = component(`level${i}`, { needs: { a: calls(Log), b: calls(Log) }, offers: { log: Log }, *main() {} });
    const below = i === 0 ? "logger" : `level${i - 1}`;
    personality.add(tall, { priority: 252 - i, budget: "1ms/1s", choose: { a: below, b: below } });
  }
  expect(personality.plan().components).toHaveLength(101);
});
