/**
 * The message info word: what a message is about and how much of it there is (seL4 manual, "Message info").
 *
 *     63                        12 11        9 8       7 6      0
 *     label                        capsUnwrapped  extraCaps  length
 *
 * Kept as two int32 halves. The label has 52 bits and so fits a JavaScript number exactly.
 */

/** Labels are below this. */
export const MESSAGE_LABEL_LIMIT = 2 ** 52;

const LENGTH_MASK = 0x7f;
const EXTRA_CAPS_SHIFT = 7;
const EXTRA_CAPS_MASK = 0x3;
const CAPS_UNWRAPPED_SHIFT = 9;
const CAPS_UNWRAPPED_MASK = 0x7;
const LABEL_SHIFT = 12;
const LABEL_BITS_IN_LOW = 32 - LABEL_SHIFT;
const MAX_LENGTH = 120;

/** Low half of a message info; fields that are too wide are cut, as the hardware would. */
export function messageInfoLow(label: number, capsUnwrapped: number, extraCaps: number, length: number): number {
  return (
    (label << LABEL_SHIFT) |
    ((capsUnwrapped & CAPS_UNWRAPPED_MASK) << CAPS_UNWRAPPED_SHIFT) |
    ((extraCaps & EXTRA_CAPS_MASK) << EXTRA_CAPS_SHIFT) |
    (length & LENGTH_MASK)
  );
}

/** High half of a message info with this label. */
export function messageInfoHigh(label: number): number {
  return (label / 2 ** LABEL_BITS_IN_LOW) | 0;
}

/** The label, 0 to 2^52 - 1, exact. */
export function messageInfoLabel(lo: number, hi: number): number {
  return (hi >>> 0) * 2 ** LABEL_BITS_IN_LOW + (lo >>> LABEL_SHIFT);
}

/** The length field as it stands in the word, 0 to 127. */
export function messageInfoLength(lo: number): number {
  return lo & LENGTH_MASK;
}

/** The length that the kernel acts on: no message has more than 120 words. */
export function clampedMessageLength(lo: number): number {
  return Math.min(lo & LENGTH_MASK, MAX_LENGTH);
}

/** How many capabilities come with the message, 0 to 3. */
export function messageInfoExtraCaps(lo: number): number {
  return (lo >>> EXTRA_CAPS_SHIFT) & EXTRA_CAPS_MASK;
}

/** One bit for each capability that arrived as its badge alone. */
export function messageInfoCapsUnwrapped(lo: number): number {
  return (lo >>> CAPS_UNWRAPPED_SHIFT) & CAPS_UNWRAPPED_MASK;
}
