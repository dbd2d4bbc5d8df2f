/**
 * How much of a text goes into one message: as many whole lines as fit, so that what others write comes between lines. Only
 * a line that is longer than a message is cut, and then between characters.
 */

const NEWLINE = 0x0a;
/** The first two bits of a byte that continues a character. */
const CONTINUATION = { mask: 0xc0, bits: 0x80 };

/** How many bytes of a text in UTF-8 go first, of which `most` fit into a message. */
export function pieceOf(text: Uint8Array, most: number): number {
  if (text.length <= most) return text.length;
  const end = text.subarray(0, most).lastIndexOf(NEWLINE) + 1;
  return end > 0 ? end : wholeCharacters(text, most);
}

/** How many of the first `most` bytes are whole characters; all of them where there are none. */
export function wholeCharacters(text: Uint8Array, most: number): number {
  let length = most;
  while (length > 0 && ((text[length] as number) & CONTINUATION.mask) === CONTINUATION.bits) length -= 1;
  return length === 0 ? most : length;
}
