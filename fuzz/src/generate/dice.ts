/** Choices out of one seeded generator. */
import { Prng } from "@tessera/hal-sim";

export class Dice {
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  /** 0 .. bound - 1. */
  below(bound: number): number {
    return this.#prng.below(bound);
  }

  /** True once in `every` throws, on average. */
  oneIn(every: number): boolean {
    return this.#prng.below(every) === 0;
  }

  pick<const L extends readonly [unknown, ...unknown[]]>(list: L): L[number] {
    return list[this.#prng.below(list.length)];
  }

  /** Undefined when the list is empty. */
  any<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : list[this.#prng.below(list.length)];
  }
}

/** The seed of world `index` of the runs with `seed`: well spread, and below 2^53. */
export function worldSeed(seed: number, index: number): number {
  const prng = new Prng(seed);
  const high = prng.next();
  return new Prng(high * 2 ** 20 + index).next() * 2 ** 20 + (index % 2 ** 20);
}
