/**
 * The memory server and the server of its swap file, killed in turn at moments that a seed draws. Tenants have spaces and
 * dataspaces and remember what they wrote: what is there is right as long as it is there, and in the end the kernel holds
 * the same objects, mappings and capabilities as without a death.
 *
 * `MEMORY_KILLS=300 npx vitest run packages/servers/test/memory/killed.test.ts` kills so many times.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type Client,
  type Component,
  calls,
  component,
  memoryServer,
  ramfs,
  type Space,
  Spaces,
  Timer,
  timerServer,
} from "../../src/index.js";
import { SwapMap } from "../../src/memory/swap-map.js";
import { isDeath, type Outcome, pause, runKilled, Stage, witnessed } from "../root/kills/stage.js";
import { HEAP, PAGE } from "./loader.js";

const KILLS = Number(process.env["MEMORY_KILLS"] ?? 60);
/** In one run. */
const KILLS_A_RUN = 30;
const SOON = { firstUs: 1000, mostUs: 4000 };
const VICTIMS = ["memory", "ramfs"];
const TENANTS = ["here", "there"];
/** Of each tenant. */
const PAGES = 9;
const STEPS = 24;

/** Rents a space again and again, and has more in it than may be in memory. */
function tenant(name: string, stage: Stage): Component {
  return component(name, {
    needs: { spaces: calls(Spaces), timer: calls(Timer) },
    *main({ spaces, timer }) {
      for (let isLast = false; !isLast; ) {
        isLast = stage.isOver;
        const deaths = () => VICTIMS.reduce((sum, victim) => sum + stage.deaths(victim), 0);
        const before = deaths();
        const rented = yield* spaces.space({ frames: 4, pages: PAGES + 1 });
        stage.heard(name, rented);
        if (rented.error === null) {
          const trouble = yield* live(name, stage, rented.space, timer);
          if (trouble !== null && deaths() === before) stage.problem(name, trouble);
          if (trouble !== null && !/Gone|Closed|IO/.test(trouble)) stage.problem(name, trouble);
          yield* rented.space.close();
        } else if (!isDeath(rented)) stage.problem(name, `refused: ${rented.error}`);
      }
      stage.finished.add(name);
    },
  });
}

/** Read and write at random. @returns what went wrong, if anything has */
function* live(
  name: string,
  stage: Stage,
  space: Client<typeof Space>,
  timer: Client<typeof Timer>,
): Thread<string | null> {
  const placed = yield* space.anonymous({ address: HEAP, bytes: PAGES * PAGE, access: "rw" });
  stage.heard(name, placed);
  if (placed.error !== null) return `anonymous: ${placed.error}`;
  const model = new Map<number, number>();
  // First each page is written, so that some go to swap.
  for (let step = 0; step < STEPS; step++) {
    const page = step < PAGES ? step : stage.prng.below(PAGES);
    const address = HEAP + page * PAGE;
    if (step < PAGES || stage.prng.below(3) === 0) {
      const value = stage.prng.below(256);
      const written = yield* space.write({ address, data: Uint8Array.of(value) });
      stage.heard(name, written);
      if (written.error !== null) return `write: ${written.error}`;
      model.set(page, value);
    } else {
      const read = yield* space.read({ address, length: 1 });
      stage.heard(name, read);
      if (read.error !== null) return `read: ${read.error}`;
      if (read.data[0] !== model.get(page)) return `page ${page} is ${read.data[0]} and not ${model.get(page)}`;
    }
    if (step % 4 === 0) yield* pause(stage, timer, 500);
  }
  return null;
}

function run(seed: number, kills: number): Outcome {
  const stage = new Stage(seed);
  return runKilled(
    stage,
    [
      { component: timerServer, priority: 200, restart: SOON },
      { component: ramfs, priority: 190, restart: SOON },
      { component: memoryServer({ frames: 16, spaces: 2, swap: 32 }), priority: 180, restart: SOON },
      ...TENANTS.map((name, i) => witnessed(tenant(name, stage), 100 - i)),
    ],
    { victims: VICTIMS, kills, early: seed % 3 === 0 },
  );
}

/**
 * What exists in the end, but for which session that of the swap file is, since each life has another one, and for the
 * notifications by which its callers signal a server: it learns them when they are used for the first time.
 */
function lasting({ end }: Outcome): unknown {
  const { objects, capabilities } = end as { objects: unknown; capabilities: { kind: string; badge: string }[] };
  return {
    objects,
    capabilities: capabilities
      .filter(({ kind }) => kind !== "notification")
      .map((one) => ({ ...one, badge: one.badge.replace(/^0x8[0-9a-f]{12}$/, "opened") })),
  };
}

describe("A memory server and the server of its swap file that are killed at any moment", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const undisturbed = run(0, 0);
  let heardOfDeaths = 0;
  const seeds = Array.from({ length: Math.ceil(KILLS / KILLS_A_RUN) }, (_, i) => i + 1);

  it.each(seeds)("lose what they had, and nothing else (seed %i)", (seed) => {
    expect(undisturbed.problems).toEqual([]);
    const outcome = run(seed, KILLS_A_RUN);
    expect(outcome.problems).toEqual([]);
    expect(outcome.world.thrown.length).toBe(KILLS_A_RUN);
    for (const name of TENANTS) {
      expect(outcome.stage.timesHeard(name, null), name).toBeGreaterThan(STEPS);
      heardOfDeaths += outcome.stage.timesHeard(name, "Gone") + outcome.stage.timesHeard(name, "Closed");
    }
    expect(lasting(outcome)).toEqual(lasting(undisturbed));
  });

  it("die with calls of their tenants", () => {
    expect(heardOfDeaths).toBeGreaterThan(KILLS / 10);
  });

  it("are watched by tenants who find a slot of swap that two pages have", () => {
    vi.spyOn(SwapMap.prototype, "take").mockReturnValue(3);
    vi.spyOn(SwapMap.prototype, "release").mockReturnValue(undefined);
    expect(run(1, 0).problems.join()).toMatch(/page \d is \d+ and not \d+/);
  });
});
