/** Bytes as text, four characters for three bytes (RFC 4648, 4): the language has no such thing on every host. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FORM = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Every pair of digits, by its 12 bits. */
const PAIRS = Array.from({ length: 4096 }, (_, bits) => `${DIGITS[bits >>> 6]}${DIGITS[bits & 63]}`);
/** The bits of a digit, by its character code. */
const BITS = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, DIGITS.indexOf(String.fromCharCode(code))));

export function toBase64(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 3);
  let text = "";
  for (let i = 0; i < whole; i += 3) {
    const bits = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    text += PAIRS[bits >>> 12]! + PAIRS[bits & 4095]!;
  }
  if (whole === bytes.length) return text;
  const last = (bytes[whole]! << 16) | ((bytes[whole + 1] ?? 0) << 8);
  return `${text}${PAIRS[last >>> 12]}${bytes.length - whole === 1 ? "=" : DIGITS[(last >>> 6) & 63]}=`;
}

/** The bytes; null: the text is none of bytes. */
export function fromBase64(text: string): Uint8Array | null {
  if (!FORM.test(text)) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const digit = (i: number): number => BITS[text.charCodeAt(i)]!;
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const bits = (digit(i) << 18) | (digit(i + 1) << 12) | (digit(i + 2) << 6) | digit(i + 3);
    bytes[at++] = bits >>> 16;
    if (at < bytes.length) bytes[at++] = bits >>> 8;
    if (at < bytes.length) bytes[at++] = bits;
  }
  return bytes;
}
