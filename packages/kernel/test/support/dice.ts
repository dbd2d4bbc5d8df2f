/** Random choices of a test: all of them from one seed. */
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

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** A word: mostly small or at a boundary, sometimes any. */
  word(): bigint {
    if (this.chance(40)) return BigInt(this.below(16));
    if (this.chance(80)) return this.pick(BOUNDARIES);
    return (BigInt(this.#prng.next()) << 32n) | BigInt(this.#prng.next());
  }
}

const BOUNDARIES: readonly bigint[] = [
  ...[16, 20, 31, 32, 38, 39, 56, 63, 64, 65, 100, 119, 120, 127, 128, 255, 256, 257, 1000, 1024, 4095, 4096],
  ...[0x10000, 0x11000, 0x100000, 0x200000, 0x3fffffffff, 0x3ffffff000, 0x3fffffe000, 0x7fffffff, 0x80000000],
  ...[2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 56 - 1, 2 ** 56],
]
  .map(BigInt)
  .concat([1n << 63n, (1n << 63n) - 1n, (1n << 64n) - 1n, (1n << 64n) - 4096n, 230584300921369395n]);
