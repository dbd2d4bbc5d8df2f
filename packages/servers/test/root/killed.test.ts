/**
 * Components killed at seeded moments, wherever they are then: in handlers, in calls, before they serve. The end is the
 * same as if nobody had been: every client has done its rounds, and the kernel holds the same objects and capabilities.
 */
import { Prng } from "@tessera/hal-sim";
import type { Program } from "@tessera/hal-sim/isa";
import { bootWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { type Component, calls, component, planImage } from "../../src/index.js";
import { Counter, counter, Store, store } from "./desk.js";
import { existing } from "./existing.js";
import { type Entry, planOf } from "./planned.js";

const ROUNDS = 12;
const SEEDS = 25;
/** A component dies about once in so many times that it goes on. */
const ONE_IN = 13;
const SOON = { firstUs: 1000, mostUs: 4000 };

/** `program`, which throws when it goes on after having been away, and `dies` says so. */
function mortal(program: Program, dies: () => boolean): Program {
  return function* (start) {
    const running = program(start);
    for (let step = running.next(); step.done !== true; step = running.next()) {
      yield;
      if (dies()) throw new Error("killed");
    }
  };
}

/** Does its rounds, and goes on with the next one in its next life. */
function clientOf(name: string, done: Map<string, number>): Component {
  return component(name, {
    needs: { store: calls(Store, { window: 1 }), counter: calls(Counter) },
    *main({ store, counter }) {
      while ((done.get(name) ?? 0) < ROUNDS) {
        const opened = yield* store.open();
        if (opened.error !== null) continue;
        const set = yield* opened.cell.set({ value: 7 });
        const got = yield* opened.cell.get();
        if (set.error === null && got.error === null) expect(got.value).toBe(7);
        yield* opened.cell.close();
        if ((yield* counter.next()).error !== null) continue;
        done.set(name, (done.get(name) ?? 0) + 1);
      }
    },
  });
}

/** Run to the end with deaths by `seed`; `oneIn` 0: none. */
function run(seed: number, oneIn: number): { deaths: number; end: unknown } {
  const done = new Map<string, number>();
  const entries: Entry[] = [
    { component: store, priority: 120, restart: SOON },
    { component: counter, priority: 110, restart: SOON },
    { component: clientOf("one", done), priority: 100, restart: SOON },
    { component: clientOf("two", done), priority: 90, restart: SOON },
  ];
  const components = entries.map((entry) => entry.component);
  const { programs, data } = planImage(planOf(entries), components);
  const prng = new Prng(seed);
  let deaths = 0;
  const dies = () => {
    if (oneIn === 0 || prng.below(oneIn) > 0) return false;
    deaths++;
    return true;
  };
  for (const { name } of components) programs[name] = mortal(programs[name] as Program, dies);
  const names = Object.keys(programs);
  // At every exit of the kernel they take ten times as long.
  const kernel = { checkInvariants: seed === 1 };
  const world = bootWorld({
    programs,
    data,
    kernel,
    mayThrow: names,
    onReport: () => {},
    machine: { callSites: false },
  });
  const stop = world.machine.run({ events: 300_000 });
  expect(stop.reason, `seed ${seed}`).toBe("idle");
  expect([...done.values()], `seed ${seed}`).toEqual([ROUNDS, ROUNDS]);
  expect(world.kernel.checkInvariants(), `seed ${seed}`).toEqual([]);
  return { deaths, end: existing(world.kernel.snapshot()) };
}

describe("Components that are killed at seeded moments", () => {
  it("leave the system as if they had not been", () => {
    const { end: undisturbed } = run(0, 0);
    let deaths = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { deaths: more, end } = run(seed, ONE_IN);
      deaths += more;
      expect(end, `seed ${seed}`).toEqual(undisturbed);
    }
    expect(deaths).toBeGreaterThan(300);
  });
});
