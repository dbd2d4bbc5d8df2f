/** Every sequence of refills of a small ring, against a plain list, and the law that no period sees more than the budget. */
import { describe, expect, it } from "vitest";
import { Refills } from "../../src/time/refill.js";
import { RefillModel } from "../support/refill-model.js";
import { REFILL_FIGURES } from "./figures.js";
import { exploreRefills, type Ring, UNIT } from "./refill-worlds.js";

const DEPTH = 12;
const ends = { depth: Number.POSITIVE_INFINITY };
const SMALL: Ring = { max: 2, budget: 3, period: 5, isSporadic: false, isPreempted: true, ...ends };

/** All rings of 2 to 4 refills, budgets of 2 to 5 units and periods of up to 8. */
function rings(): Omit<Ring, "isSporadic" | "isPreempted" | "depth">[] {
  const all = [];
  for (let max = 2; max <= 4; max++) {
    for (let budget = 2; budget <= 5; budget++) {
      for (let period = budget; period <= 8; period++) all.push({ max, budget, period });
    }
  }
  return all;
}

/** Explore them all; the numbers of worlds and of steps. */
function exploreAll(kind: Pick<Ring, "isSporadic" | "isPreempted" | "depth">, law: (ring: Ring, most: number) => void) {
  const sum = { worlds: 0, steps: 0 };
  for (const shape of rings()) {
    const ring = { ...shape, ...kind };
    const { worlds, steps, most, isComplete } = exploreRefills(ring);
    if (ring.depth === Number.POSITIVE_INFINITY) expect(isComplete).toBe(true);
    law(ring, most);
    sum.worlds += worlds;
    sum.steps += steps;
  }
  return sum;
}

/** It runs for its budget in some period, and in none for more. */
function keepsToBudget(ring: Ring, most: number): void {
  expect([ring, most]).toEqual([ring, ring.budget]);
}

describe("Every sequence of any length of the refills of 66 small rings", () => {
  it("is the model's, and gives the budget in any period: constant bandwidth", () => {
    const sum = exploreAll({ isSporadic: false, isPreempted: true, ...ends }, keepsToBudget);
    expect(sum).toEqual(REFILL_FIGURES.constantBandwidth);
  });

  it("is the model's, and gives the budget in any period: sporadic, never preempted", () => {
    const sum = exploreAll({ isSporadic: true, isPreempted: false, ...ends }, keepsToBudget);
    expect(sum).toEqual(REFILL_FIGURES.sporadicNeverPreempted);
  });
});

describe(`Every sequence of up to ${DEPTH} steps of the refills of 66 small rings`, () => {
  it("is the model's: sporadic and preempted, which can get more than its budget in a period", () => {
    let isExceeded = false;
    const sum = exploreAll({ isSporadic: true, isPreempted: true, depth: DEPTH }, ({ budget }, most) => {
      isExceeded ||= most > budget;
    });
    expect(isExceeded).toBe(true);
    expect(sum).toEqual(REFILL_FIGURES.sporadicPreempted);
  });
});

describe("The exploration of refills finds", () => {
  class Stuck extends Refills {
    override unblock(): boolean {
      return false;
    }
  }
  class Leaky extends Refills {
    override charge(used: number): void {
      super.charge(Math.max(0, used - 1));
    }
  }
  /** What was used comes back one unit of time early. */
  class Early extends Refills {
    override get period(): number {
      return super.period - UNIT;
    }
  }
  it.each([
    ["an unblock check that does nothing", Stuck],
    ["a tick that is lost in charging", Leaky],
    ["time that comes back too early", Early],
  ])("%s", (_, Broken) => {
    expect(() => exploreRefills(SMALL, () => new Broken())).toThrow(/the model has .* after \["wake","switch in"/);
  });

  it("more than the budget in a period, when model and kernel agree on it", () => {
    class Generous extends RefillModel {
      override charge(used: number): void {
        const { period } = this;
        this.period = period - UNIT;
        super.charge(used);
        this.period = period;
      }
    }
    const { most } = exploreRefills(
      SMALL,
      () => new Early(),
      () => new Generous(),
    );
    expect(most).toBeGreaterThan(SMALL.budget);
  });
});
