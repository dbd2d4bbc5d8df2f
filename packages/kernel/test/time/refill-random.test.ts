import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Refills } from "../../src/time/refill.js";
import { RefillModel } from "../support/refill-model.js";
import { list } from "../support/refills.js";

/** What happens to a context: time passes, then one of these. */
type Step =
  | { readonly kind: "run"; readonly share: number }
  | { readonly kind: "exhaust" | "yield" | "unblock" }
  | { readonly kind: "reconfigure"; readonly max: number; readonly budget: number; readonly extra: number };

const budgets = fc.integer({ min: 200, max: 5000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("run" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 4, arbitrary: fc.constant<Step>({ kind: "unblock" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "exhaust" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: "yield" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("reconfigure" as const),
      max: fc.integer({ min: 2, max: 6 }),
      budget: budgets,
      extra: fc.integer({ min: 1, max: 20_000 }),
    }),
  },
);
const runs = fc.record({
  max: fc.integer({ min: 2, max: 8 }),
  budget: budgets,
  extra: fc.integer({ min: 1, max: 20_000 }),
  steps: fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), step), { minLength: 1, maxLength: 80 }),
});

interface Run {
  readonly max: number;
  readonly budget: number;
  readonly extra: number;
  readonly steps: readonly (readonly [pause: number, what: Step])[];
}

function apply(target: Refills | RefillModel, what: Step, now: number, used: number): void {
  switch (what.kind) {
    case "unblock":
      target.unblock(now);
      break;
    case "reconfigure":
      if (target instanceof Refills) target.reconfigure(what.max, what.budget, what.budget + what.extra, now);
      else target.update(what.max, what.budget, what.budget + what.extra, now);
      break;
    default:
      target.charge(used);
  }
}

/** A run of the kernel's refills beside the model's; throws when they differ or a rule is broken. */
function compare(refills: Refills, { max, budget, extra, steps }: Run): void {
  const model = new RefillModel();
  for (const r of [refills, model]) r.configure(max, budget, budget + extra, 0);
  let whole = budget;
  let now = 0;
  for (const [pause, what] of steps) {
    now += pause;
    // Only a ready head is used, and no longer than it lasts.
    if (what.kind !== "unblock" && what.kind !== "reconfigure") now = Math.max(now, refills.headTime);
    const head = refills.headAmount;
    const used = what.kind === "run" ? Math.floor(what.share * head) : what.kind === "exhaust" ? head - 1 : head;
    apply(refills, what, now, used);
    apply(model, what, now, used);
    if (what.kind === "reconfigure") whole = what.budget;
    const all = list(refills);
    expect(all).toEqual(model.list());
    expect(all.reduce((sum, [, amount]) => sum + amount, 0)).toBe(whole);
    for (let i = 1; i < all.length; i++) {
      expect(all[i - 1]![0] + all[i - 1]![1]).toBeLessThanOrEqual(all[i]![0]);
    }
    expect(refills.headAmount).toBeGreaterThanOrEqual(200);
    expect(all.length).toBeLessThanOrEqual(refills.max);
  }
}

describe("Refills of a sporadic context in random runs", () => {
  it("are those of the naive model, add up to the budget, are in order and do not overlap", () => {
    fc.assert(
      fc.property(runs, (run) => compare(new Refills(), run)),
      { seed: 20, numRuns: 1000 },
    );
  });

  it("are found out when an unblocked head is not moved, or a tick is lost in charging", () => {
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
    for (const Broken of [Stuck, Leaky]) {
      const { failed } = fc.check(
        fc.property(runs, (run) => compare(new Broken(), run)),
        { seed: 20, numRuns: 100 },
      );
      expect(failed).toBe(true);
    }
  });
});

describe("Refills of a round-robin context in random runs", () => {
  it("are always two and add up to the budget", () => {
    fc.assert(
      fc.property(
        budgets,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }),
        (budget, shares) => {
          const refills = new Refills();
          refills.configure(2, budget, 0, 0);
          for (const share of shares) {
            const used = Math.floor(share * refills.headAmount);
            if (refills.isSufficient(used)) refills.commit(used);
            else refills.restoreRoundRobin();
            const [head, second] = list(refills);
            expect(refills.length).toBe(2);
            expect(head![1] + second![1]).toBe(budget);
          }
        },
      ),
      { seed: 21, numRuns: 500 },
    );
  });
});
