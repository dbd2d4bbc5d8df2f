/**
 * Message info and message words -> the fields of a recorded result. Fields that would be 0 or empty are left out;
 * of a long message only the first twelve words are shown.
 */
import type { ObservedResult } from "../recording/scenario.js";
import { spellWord, type Word } from "../recording/word.js";

const WORDS_SHOWN = 12;
const LAST_FAULT_LABEL = 6;

/** Bytes of caps_or_badges. */
export const CAPS_OR_BADGES_BYTES = 24;

/** A message info word, taken apart. `shown` is how many of its words a result contains. */
export interface MessageShape {
  readonly label: number;
  readonly capsUnwrapped: number;
  readonly extraCaps: number;
  readonly length: number;
  readonly shown: number;
}

/** Whether a1 still holds what the thread put there. */
export function unwritten(info: Word, sent: Word): boolean {
  return info.lo === sent.lo && info.hi === sent.hi;
}

export function messageShape({ lo, hi }: Word): MessageShape {
  const length = lo & 127;
  return {
    label: (hi >>> 0) * 2 ** 20 + (lo >>> 12),
    capsUnwrapped: (lo >>> 9) & 7,
    extraCaps: (lo >>> 7) & 3,
    length,
    shown: Math.min(length, WORDS_SHOWN),
  };
}

/** `words` are those from registers, `rest` the bytes of those behind them, `badges` the bytes of caps_or_badges. */
export function decodeMessage(
  badge: bigint,
  shape: MessageShape,
  words: readonly bigint[],
  rest: Uint8Array,
  badges: Uint8Array,
): ObservedResult {
  const result: ObservedResult = {};
  if (badge !== 0n) result.b = spellWord(badge);
  if (shape.label !== 0) result.lab = shape.label;
  if (shape.length !== 0) result.len = shape.length;
  if (shape.extraCaps !== 0) result.xc = shape.extraCaps;
  if (shape.capsUnwrapped !== 0) result.cu = shape.capsUnwrapped;
  if (shape.shown !== 0) result.m = [...words, ...bytesToWords(rest)].map(spellWord);
  if (shape.extraCaps !== 0) {
    const isUnwrapped = (cap: number) => (shape.capsUnwrapped & (1 << cap)) !== 0;
    result.cb = bytesToWords(badges)
      .slice(0, shape.extraCaps)
      .map((word, cap) => (isUnwrapped(cap) ? spellWord(word) : null));
  }
  return result;
}

/** Whether a received message tells of a fault; its MR0 is then the faulting instruction's address (not of Timeout). */
export function isFaultMessage(result: ObservedResult): boolean {
  return typeof result.lab === "number" && result.lab >= 1 && result.lab <= LAST_FAULT_LABEL;
}

function bytesToWords(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, n) => view.getBigUint64(n * 8, true));
}
