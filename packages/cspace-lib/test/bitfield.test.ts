import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bf_clr_bit, bf_clr_range, bf_create, bf_first_free, bf_get_bit, bf_set_bit, bf_words } from "../src/index.js";

describe("bitfields", () => {
  it("start all clear, in words of 64 bits", () => {
    expect([0, 1, 64, 65, 128].map(bf_words)).toEqual([0, 1, 1, 2, 2]);
    const bits = bf_create(128);
    expect(bf_first_free(2, bits)).toBe(0);
    expect(bf_get_bit(bits, 127)).toBe(false);
  });

  it("bf_first_free finds the lowest clear bit, also behind full words and in the top bit of a half", () => {
    const bits = bf_create(128);
    for (let bit = 0; bit < 128; bit++) {
      expect(bf_first_free(2, bits)).toBe(bit);
      bf_set_bit(bits, bit);
    }
    for (const bit of [127, 64, 63, 32, 31, 0]) {
      bf_clr_bit(bits, bit);
      expect(bf_first_free(2, bits)).toBe(bit);
    }
  });

  it("bf_first_free of a full bitmap is one behind the last bit of the words asked for", () => {
    const bits = bf_create(128).fill(0xffffffff);
    expect(bf_first_free(2, bits)).toBe(128);
    expect(bf_first_free(1, bits)).toBe(64);
    expect(bf_first_free(0, bits)).toBe(0);
  });

  it("bf_clr_range clears what clearing one bit after the other would", () => {
    const SIZE = 192;
    fc.assert(
      fc.property(fc.nat(SIZE), fc.nat(SIZE), (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const bits = bf_create(SIZE).fill(0xffffffff);
        const singly = bits.slice();
        bf_clr_range(bits, start, end);
        for (let bit = start; bit < end; bit++) bf_clr_bit(singly, bit);
        expect(bits).toEqual(singly);
      }),
    );
  });

  it("agree with a set of numbers under any sequence of set and clear", () => {
    const SIZE = 192;
    const step = fc.tuple(fc.boolean(), fc.nat(SIZE - 1));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const bits = bf_create(SIZE);
        const model = new Set<number>();
        for (const [set, bit] of steps) {
          if (set) {
            bf_set_bit(bits, bit);
            model.add(bit);
          } else {
            bf_clr_bit(bits, bit);
            model.delete(bit);
          }
        }
        const all = Array.from({ length: SIZE }, (_, bit) => bit);
        expect(all.filter((bit) => bf_get_bit(bits, bit))).toEqual(all.filter((bit) => model.has(bit)));
        expect(bf_first_free(bf_words(SIZE), bits)).toBe(all.find((bit) => !model.has(bit)) ?? SIZE);
      }),
    );
  });
});
