/** Slots of the swap file against a set of numbers. */
import { Prng } from "@tessera/hal-sim";
import { expect, it } from "vitest";
import { SwapMap } from "../../src/memory/swap-map.js";

it.each([1, 31, 32, 33, 100])("of %i slots the lowest free one is taken, each once, until none is left", (slots) => {
  const prng = new Prng(slots);
  const map = new SwapMap(slots);
  const used = new Set<number>();
  for (let round = 0; round < 2000; round++) {
    if (prng.below(5) < 3) {
      const lowest = Array.from({ length: slots }, (_, i) => i).find((slot) => !used.has(slot)) ?? null;
      expect(map.take()).toBe(lowest);
      if (lowest !== null) used.add(lowest);
    } else {
      const slot = prng.below(slots + 2);
      if (used.delete(slot)) map.release(slot);
      else expect(() => map.release(slot)).toThrow(`slot ${slot} is not in use`);
    }
    expect(map.free).toBe(slots - used.size);
  }
});
