/**
 * From arguments to int32 halves: every word that a stub writes comes through here and is checked first, so that a
 * NaN or a fraction is reported at the call that passed it and never reaches the kernel as some other number.
 */
import type { WordLike } from "./types.js";

const TWO_32 = 2 ** 32;
const TWO_64 = 2n ** 64n;

/**
 * Low half of a word. Checks it; call this before `wordHigh`.
 * @param name the parameter's name, for the message
 * @throws TypeError when it is no integer, RangeError when it is negative or too great
 */
export function wordLow(name: string, value: WordLike): number {
  if (typeof value === "number") {
    if (value >>> 0 !== value) checkNumber(name, value);
    return value | 0;
  }
  checkBigint(name, value);
  return Number(BigInt.asIntN(32, value));
}

/** High half of a word that `wordLow` has checked. */
export function wordHigh(value: WordLike): number {
  if (typeof value === "number") return value >>> 0 === value ? 0 : (value / TWO_32) | 0;
  return Number(BigInt.asIntN(32, value >> 32n));
}

/**
 * A parameter of type seL4_Uint8.
 * @throws TypeError when it is no integer, RangeError when it does not fit 8 bits
 */
export function uint8(name: string, value: number): number {
  if ((value & 0xff) === value) return value;
  checkNumber(name, value);
  throw new RangeError(`${name} must be from 0 to 255, not ${value}`);
}

/**
 * An index of a fixed table.
 * @param limit one behind the greatest index
 * @throws TypeError when it is no integer, RangeError when it is outside
 */
export function tableIndex(name: string, value: number, limit: number): number {
  if (value >>> 0 === value && value < limit) return value;
  checkNumber(name, value);
  throw new RangeError(`${name} must be from 0 to ${limit - 1}, not ${value}`);
}

/** The word (hi, lo) as a number; inexact beyond 2^53. */
export function wordOf(lo: number, hi: number): number {
  return (hi >>> 0) * TWO_32 + (lo >>> 0);
}

/** The word (hi, lo), exact. */
export function word64Of(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

function checkNumber(name: string, value: number): void {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new TypeError(`${name} must be a non-negative integer, not ${String(value)}`);
  }
  if (value < 0) throw new RangeError(`${name} must not be negative: ${value}`);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${name} is beyond 2^53 - 1: ${value}. Pass it as a bigint`);
}

function checkBigint(name: string, value: bigint): void {
  if (typeof value !== "bigint") {
    throw new TypeError(`${name} must be a non-negative integer or a bigint, not ${String(value)}`);
  }
  if (value < 0n || value >= TWO_64) throw new RangeError(`${name} must be from 0 to 2^64 - 1, not ${value}`);
}
