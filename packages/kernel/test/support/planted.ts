/** Tests of the invariants: a bug is planted into a crowd, and the named check has to find it. */
import { describe, expect, it } from "vitest";
import { Invariants } from "../../src/debug/invariants.js";
import { type Crowd, crowd } from "./crowd.js";

/** What is planted, what the checker says, and how it is planted. */
type PlantedBug = readonly [what: string, sentence: RegExp, plant: (crowd: Crowd) => void];

/**
 * One test for each: the check `name` reports it, in these words. It does so when it has looked before and all was well,
 * again when asked again, and just as well when it has never looked.
 */
export function plantedBugs(name: string, bugs: readonly PlantedBug[]): void {
  describe(`The check of ${name} finds`, () => {
    it.each(bugs)("%s", (_, sentence, plant) => {
      const damaged = crowd();
      const { world, state } = damaged;
      const invariants = new Invariants(state);
      expect(invariants.find()).toEqual([]);
      plant(damaged);
      const violations = invariants.find();
      expect(violations.filter((line) => line.startsWith(`${name}: `)).join("\n")).toMatch(sentence);
      expect(invariants.find()).toEqual(violations);
      expect(world.kernel.checkInvariants()).toEqual(violations);
    });
  });
}
