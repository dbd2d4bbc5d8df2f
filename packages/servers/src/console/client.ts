/**
 * Writing texts of any length to a console. A text that is longer than a message goes out in pieces that end where a line
 * ends, so that what others write comes between lines; only a line that is longer than a message is cut.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Answer, must } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { pieceOf } from "../common/pieces.js";
import { type ConsoleOutput, WRITE_BYTES } from "./interface.js";

/**
 * Write a text, in UTF-8. Can block: until there is room for it.
 * @returns the error of the first piece that was refused; those behind it are not written
 */
export function* print(console: Client<typeof ConsoleOutput>, text: string): Thread<Answer<object, never>> {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) {
    const length = pieceOf(rest, WRITE_BYTES);
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
