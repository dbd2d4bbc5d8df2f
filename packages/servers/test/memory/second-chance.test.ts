/** Second chance against its other form: a queue whose first one goes to its end when it was used. */
import { Prng } from "@tessera/hal-sim";
import { expect, it } from "vitest";
import { SecondChance } from "../../src/memory/second-chance.js";

interface Thing {
  readonly name: number;
  used: boolean;
  fixed: boolean;
}

it.each([1, 2, 7, 40])(
  "of %i things the one goes that a queue would let go, and all that were used are spared once",
  (count) => {
    const prng = new Prng(count);
    const things = Array.from({ length: count }, (_, name): Thing => ({ name, used: false, fixed: false }));
    const hand = new SecondChance(things);
    const queue = [...things];
    const used = new Map(things.map(({ name }) => [name, false]));
    const model = (): number | null => {
      for (let seen = 0; seen < 2 * count; seen++) {
        const first = queue.shift() as Thing;
        queue.push(first);
        if (first.fixed) continue;
        if (used.get(first.name) !== true) return first.name;
        used.set(first.name, false);
      }
      return null;
    };
    for (let round = 0; round < 1000; round++) {
      for (const thing of things) {
        if (prng.below(3) === 0) {
          thing.used = true;
          used.set(thing.name, true);
        }
        thing.fixed = prng.below(4) === 0;
      }
      const gone = hand.next((thing) => {
        if (thing.fixed) return "stays";
        if (!thing.used) return "goes";
        thing.used = false;
        return "spared";
      });
      expect(gone?.name ?? null).toBe(model());
    }
  },
);
