/**
 * 64-bit registers as numbers: pairs of int32 words, low word first (isa/registers.ts).
 */
import type { Words } from "../memory/words.js";

const HIGH = 2 ** 32;

/** The register at word index `at`, as a non-negative number; inexact beyond 2^53. */
export function readWord(words: Words, at: number): number {
  const lo = words[at]!;
  const hi = words[at + 1]!;
  return hi === 0 && lo >= 0 ? lo : (hi >>> 0) * HIGH + (lo >>> 0);
}

/** The register at word index `at` := a number. Negative ones become two's complement; fractions are cut. */
export function writeWord(words: Words, at: number, value: number): void {
  const whole = Math.trunc(value);
  words[at] = whole | 0;
  words[at + 1] = Math.floor(whole / HIGH) | 0;
}
