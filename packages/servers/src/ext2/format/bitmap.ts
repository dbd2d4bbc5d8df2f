/**
 * Bitmaps of what is taken: bit n of the bitmap of a group is block or inode n of it, the lowest bit of a byte first.
 * Bits behind the last are ones, so that nobody finds them free.
 */

/** Whether bit `index` is set. */
export function isSet(bits: Uint8Array, index: number): boolean {
  return (bits[index >>> 3]! & (1 << (index & 7))) !== 0;
}

/** Set a bit. */
export function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3]! |= 1 << (index & 7);
}

/** Clear a bit. */
export function clearBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3]! &= ~(1 << (index & 7));
}

/** Set all bits from `from` up to before `end`. */
export function setBits(bits: Uint8Array, from: number, end: number): void {
  let index = from;
  for (; index < end && (index & 7) !== 0; index++) setBit(bits, index);
  const whole = end - (end & 7);
  if (whole > index) bits.fill(0xff, index >>> 3, whole >>> 3);
  for (index = Math.max(index, whole); index < end; index++) setBit(bits, index);
}

/** The first clear bit from `from` up to before `end`, or -1. */
export function findClear(bits: Uint8Array, from: number, end: number): number {
  for (let index = from; index < end; ) {
    if ((index & 7) === 0 && bits[index >>> 3] === 0xff) index += 8;
    else if (isSet(bits, index)) index++;
    else return index;
  }
  return -1;
}

/** How many of the first `count` bits are clear. */
export function countClear(bits: Uint8Array, count: number): number {
  let clear = 0;
  for (let index = 0; index < count; index++) {
    if ((index & 7) === 0 && bits[index >>> 3] === 0xff) index += 7;
    else if (!isSet(bits, index)) clear++;
  }
  return clear;
}
