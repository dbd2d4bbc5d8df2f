/** 64-bit words as people read them, exact whatever their size. */
import { wordOf } from "./word.js";

/** In hexadecimal: addresses, badges, guards. */
export function hexPair(lo: number, hi: number): string {
  const low = (lo >>> 0).toString(16);
  return hi === 0 ? `0x${low}` : `0x${(hi >>> 0).toString(16)}${low.padStart(8, "0")}`;
}

/** A quantity: decimal, and in hexadecimal from 2^53 on, where a double would round it. */
export function quantity(lo: number, hi: number): string {
  return hi >>> 21 === 0 ? `${wordOf(lo, hi)}` : hexPair(lo, hi);
}

/** An address below 2^53. */
export function hexAddress(address: number): string {
  return `0x${address.toString(16)}`;
}
