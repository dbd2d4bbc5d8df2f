/**
 * Bitmaps of slots: one bit a slot, set = taken.
 *
 * The unit of length is C's, a word of 64 bits; in memory a word is two 32-bit halves, the low one first, so that
 * no bigint is made. `bf_first_free` finds the lowest clear bit, which is why a freed slot is the next one used.
 */

/** Bits of one word. */
export const BF_WORD_BITS = 64;

const HALF_BITS = 32;
const FULL = 0xffffffff;

/** Words that a bitmap of `bits` bits takes. */
export function bf_words(bits: number): number {
  return Math.ceil(bits / BF_WORD_BITS);
}

/** A bitmap of at least `bits` bits, all clear. */
export function bf_create(bits: number): Uint32Array {
  return new Uint32Array(bf_words(bits) * (BF_WORD_BITS / HALF_BITS));
}

/** Mark `bit` as taken. */
export function bf_set_bit(bits: Uint32Array, bit: number): void {
  const half = Math.floor(bit / HALF_BITS);
  bits[half] = bits[half]! | (1 << (bit % HALF_BITS));
}

/** Mark `bit` as free. */
export function bf_clr_bit(bits: Uint32Array, bit: number): void {
  const half = Math.floor(bit / HALF_BITS);
  bits[half] = bits[half]! & ~(1 << (bit % HALF_BITS));
}

/** Mark the bits from `start` up to, but not including, `end` as free. */
export function bf_clr_range(bits: Uint32Array, start: number, end: number): void {
  let bit = start;
  for (; bit < end && bit % HALF_BITS !== 0; bit++) bf_clr_bit(bits, bit);
  const halves = Math.floor((end - bit) / HALF_BITS);
  if (halves > 0) {
    const first = bit / HALF_BITS;
    bits.fill(0, first, first + halves);
    bit += halves * HALF_BITS;
  }
  for (; bit < end; bit++) bf_clr_bit(bits, bit);
}

/** Whether `bit` is taken. */
export function bf_get_bit(bits: Uint32Array, bit: number): boolean {
  return ((bits[Math.floor(bit / HALF_BITS)]! >>> (bit % HALF_BITS)) & 1) === 1;
}

/** The lowest clear bit in the first `words` words, or `words` * 64 when all are set. */
export function bf_first_free(words: number, bits: Uint32Array): number {
  const halves = words * (BF_WORD_BITS / HALF_BITS);
  for (let i = 0; i < halves; i++) {
    const half = bits[i]!;
    if (half !== FULL) return i * HALF_BITS + lowestClear(half);
  }
  return words * BF_WORD_BITS;
}

/** The lowest clear bit of a half that has one: x & -x keeps the lowest set bit of its complement. */
export function lowestClear(half: number): number {
  const clear = ~half;
  return 31 - Math.clz32(clear & -clear);
}
