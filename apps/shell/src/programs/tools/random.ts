/** `random [BYTES]`: random bytes in hexadecimal, 16 unless another number is said. */
import { calls, ENTROPY_BYTES, Entropy } from "@tessera/servers";
import { inWords } from "../paths.js";
import { tool } from "../tool.js";

const BYTES = 16;

export const random = tool(
  "random",
  { takes: "[BYTES]", does: "random bytes in hexadecimal, 16 unless another number is said" },
  { entropy: calls(Entropy) },
  function* (own, { entropy }) {
    const length = Number(own.words[0] ?? BYTES);
    if (!Number.isInteger(length) || length < 1 || length > ENTROPY_BYTES) {
      return yield* own.complain(`takes a number of bytes from 1 to ${ENTROPY_BYTES}`);
    }
    const drawn = yield* entropy.bytes({ length });
    if (drawn.error !== null) return yield* own.complain(inWords(drawn.error));
    const digits = Array.from(drawn.bytes, (byte) => byte.toString(16).padStart(2, "0"));
    yield* own.print(`${digits.join("")}\n`);
    return 0;
  },
);
