/** Tests of the invariants: a bug is planted into a crowd, and the named check has to find it. */
import { describe, expect, it } from "vitest";
import { type Crowd, crowd } from "./crowd.js";

/** What is planted, what the checker says, and how it is planted. */
type PlantedBug = readonly [what: string, sentence: RegExp, plant: (crowd: Crowd) => void];

/** One test for each: the check `name` reports it, in these words. */
export function plantedBugs(name: string, bugs: readonly PlantedBug[]): void {
  describe(`The check of ${name} finds`, () => {
    it.each(bugs)("%s", (_, sentence, plant) => {
      const { world, state } = gathered(plant);
      const violations = world.kernel.checkInvariants();
      expect(violations.filter((line) => line.startsWith(`${name}: `)).join("\n")).toMatch(sentence);
      expect(state.threads.size).toBeGreaterThan(0);
    });
  });
}

function gathered(plant: (crowd: Crowd) => void): Crowd {
  const damaged = crowd();
  plant(damaged);
  return damaged;
}
