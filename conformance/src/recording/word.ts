/**
 * 64-bit words as recordings spell them and as registers hold them.
 *
 * In a recording a word is a JSON number below 2^53, or a string "0x..." that survives JSON.parse. A register
 * takes it as two int32 halves. BigInt is used on the host only, never by a program that the machine runs.
 */

/** A word as a register holds it: two int32 halves. */
export interface Word {
  readonly lo: number;
  readonly hi: number;
}

/** A word as a recording spells it. */
export type JsonWord = number | string;

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const LARGEST_LOW = 2n ** 31n - 1n;

const HEX = /^0x[0-9a-f]{1,16}$/i;

/** The value of a recorded word, or undefined when `json` is none. */
export function parseWord(json: unknown): bigint | undefined {
  if (typeof json === "number") return Number.isSafeInteger(json) && json >= 0 ? BigInt(json) : undefined;
  return typeof json === "string" && HEX.test(json) ? BigInt(json) : undefined;
}

/** As `parseWord`, for the numbers of system calls, which are also written as negative numbers. */
export function parseSignedWord(json: unknown): bigint | undefined {
  if (typeof json === "number" && Number.isSafeInteger(json)) return BigInt.asUintN(64, BigInt(json));
  return parseWord(json);
}

export function toWord(value: bigint): Word {
  // Most words are small; splitting a bigint makes four more of them.
  if (value >= 0n && value <= LARGEST_LOW) return { lo: Number(value), hi: 0 };
  return { lo: Number(BigInt.asIntN(32, value)), hi: Number(BigInt.asIntN(32, value >> 32n)) };
}

export function fromWord({ lo, hi }: Word): bigint {
  return hi === 0 ? BigInt(lo >>> 0) : (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** The one spelling of a word: a number below 2^53, else lower-case hexadecimal without leading zeros. */
export function spellWord(value: bigint): JsonWord {
  return value <= MAX_SAFE ? Number(value) : `0x${value.toString(16)}`;
}
