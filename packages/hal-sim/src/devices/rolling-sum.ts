/** A rolling sum of bytes: what the trace holds of bytes that entered, or that a device wrote into RAM. */
export function rollingSum(sum: number, bytes: Uint8Array): number {
  let rolled = sum;
  for (const byte of bytes) rolled = (Math.imul(rolled, 31) + byte) | 0;
  return rolled;
}
