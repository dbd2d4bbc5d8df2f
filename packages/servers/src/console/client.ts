/**
 * Writing texts of any length to a console. A text that is longer than a message goes out in pieces that end where a line
 * ends, so that what others write comes between lines; only a line that is longer than a message is cut.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Answer, must } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { type ConsoleOutput, WRITE_BYTES } from "./interface.js";

const NEWLINE = 0x0a;
/** The first two bits of a byte that continues a character. */
const CONTINUATION = { mask: 0xc0, bits: 0x80 };

/**
 * Write a text, in UTF-8. Can block: until there is room for it.
 * @returns the error of the first piece that was refused; those behind it are not written
 */
export function* print(console: Client<typeof ConsoleOutput>, text: string): Thread<Answer<object, never>> {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) {
    const length = pieceOf(rest);
    const answer = yield* console.write({ bytes: rest.subarray(0, length) });
    if (answer.error !== null) return answer;
    rest = rest.subarray(length);
  }
  return { error: null };
}

/** `print`, for who cannot go on without. @throws CallFailed */
export function* mustPrint(console: Client<typeof ConsoleOutput>, text: string): Thread<void> {
  must(yield* print(console, text), "print");
}

/** How many bytes of what is left go first. */
function pieceOf(rest: Uint8Array): number {
  if (rest.length <= WRITE_BYTES) return rest.length;
  const end = rest.subarray(0, WRITE_BYTES).lastIndexOf(NEWLINE) + 1;
  if (end > 0) return end;
  let length = WRITE_BYTES;
  while (((rest[length] as number) & CONTINUATION.mask) === CONTINUATION.bits) length -= 1;
  return length;
}
