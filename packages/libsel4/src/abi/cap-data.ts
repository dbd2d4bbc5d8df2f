/**
 * The guard word: what Mint, Mutate and the cspace_root_data of a TCB give a CNode capability
 * (seL4 manual, "Capability Address Lookup").
 *
 *     63                  6 5          0
 *     guard                 guardSize
 *
 * The guard is compared with as many address bits as guardSize says; guard bits above those are dropped.
 * A word for an endpoint or notification capability is a badge instead, all 64 bits of it.
 */
export const seL4_GuardSizeBits = 6;
export const seL4_GuardBits = 58;

const SIZE_MASK = 0x3f;

/** Low half of a guard word, from the guard's halves and its size in bits. */
export function guardWordLow(guardLo: number, guardSize: number): number {
  return (guardLo << seL4_GuardSizeBits) | (guardSize & SIZE_MASK);
}

/** High half of a guard word. */
export function guardWordHigh(guardLo: number, guardHi: number): number {
  return (guardHi << seL4_GuardSizeBits) | (guardLo >>> (32 - seL4_GuardSizeBits));
}

/** Size of the guard in bits, 0 to 63, from the word's low half. */
export function guardWordSize(lo: number): number {
  return lo & SIZE_MASK;
}

/** Low half of the guard: its low guardSize bits, as the kernel stores them. */
export function guardWordGuardLow(lo: number, hi: number): number {
  const size = lo & SIZE_MASK;
  const guard = (lo >>> seL4_GuardSizeBits) | (hi << (32 - seL4_GuardSizeBits));
  return size >= 32 ? guard : guard & (2 ** size - 1);
}

/** High half of the guard: its low guardSize bits, as the kernel stores them. */
export function guardWordGuardHigh(lo: number, hi: number): number {
  const size = lo & SIZE_MASK;
  const guard = hi >>> seL4_GuardSizeBits;
  return size <= 32 ? 0 : guard & (2 ** (size - 32) - 1);
}

/**
 * A guard word as a number.
 * @param guard the bits to compare, below 2^47
 * @param guardSize how many bits, 0 to 63
 * @throws RangeError when either does not fit
 */
export function seL4_CNode_CapData_new(guard: number, guardSize: number): number {
  if (!Number.isInteger(guardSize) || guardSize < 0 || guardSize > SIZE_MASK) {
    throw new RangeError(`guardSize must be an integer from 0 to ${SIZE_MASK}, not ${guardSize}`);
  }
  if (!Number.isInteger(guard) || guard < 0 || guard >= 2 ** (53 - seL4_GuardSizeBits)) {
    throw new RangeError(`guard must be an integer from 0 to 2^47 - 1, not ${guard}`);
  }
  return guard * 2 ** seL4_GuardSizeBits + guardSize;
}
