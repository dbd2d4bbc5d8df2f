/**
 * 64-bit words as pairs of int32 halves (low, high). The kernel never uses bigint: guards, badges and message
 * words stay pairs; sizes, addresses inside the machine and ticks are doubles, exact up to 2^53.
 */

const TWO_32 = 4294967296;

/** The pair as a non-negative double; inexact from 2^53 on, but still ordered. */
export function wordOf(lo: number, hi: number): number {
  return (hi >>> 0) * TWO_32 + (lo >>> 0);
}

/** Low and high half of a non-negative number. */
export function lowOf(value: number): number {
  return value | 0;
}
export function highOf(value: number): number {
  return Math.floor(value / TWO_32) | 0;
}

/** Low half of (hi, lo) >>> shift, 0 <= shift <= 64. */
export function shiftedLow(lo: number, hi: number, shift: number): number {
  if (shift === 0) return lo;
  if (shift < 32) return (lo >>> shift) | (hi << (32 - shift));
  return shift < 64 ? hi >>> (shift - 32) : 0;
}

/** High half of (hi, lo) >>> shift. */
export function shiftedHigh(hi: number, shift: number): number {
  if (shift === 0) return hi;
  return shift < 32 ? hi >>> shift : 0;
}

/** Low and high half of a mask of `bits` ones, 0 <= bits <= 64. */
export function maskLow(bits: number): number {
  return bits >= 32 ? -1 : (1 << bits) - 1;
}
export function maskHigh(bits: number): number {
  if (bits <= 32) return 0;
  return bits >= 64 ? -1 : (1 << (bits - 32)) - 1;
}

/** Unsigned comparison: (hi, lo) > (limitHi, limitLo). */
export function above(lo: number, hi: number, limitLo: number, limitHi: number): boolean {
  if (hi !== limitHi) return hi >>> 0 > limitHi >>> 0;
  return lo >>> 0 > limitLo >>> 0;
}
