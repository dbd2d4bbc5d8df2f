/** `wc [-l|-w|-c] [FILE…]`: how many lines, words and bytes there are, or one of the three. */
import { READING, readEach } from "../reading.js";
import { tool } from "../tool.js";

/** Each has its place in the counts. */
const OPTIONS = ["-l", "-w", "-c"];

const NEWLINE = 0x0a;
const BLANKS = [0x20, 0x09, 0x0d, NEWLINE];

export const wc = tool(
  "wc",
  {
    takes: "[-l|-w|-c] [FILE...]",
    does: "how many lines, words and bytes there are, or one of the three",
    options: OPTIONS,
  },
  READING,
  function* (own, handles) {
    const option = OPTIONS.findIndex((each) => own.options.has(each));
    return yield* readEach(own, handles, own.words, function* (reader, name) {
      const counts = [0, 0, 0] as [lines: number, words: number, bytes: number];
      let isInWord = false;
      for (;;) {
        const next = yield* reader.bytes();
        if (next.error === "End") break;
        if (next.error !== null) return next.error;
        counts[2] += next.bytes.length;
        for (const byte of next.bytes) {
          if (byte === NEWLINE) counts[0] += 1;
          const isBlank = BLANKS.includes(byte);
          if (isInWord && isBlank) counts[1] += 1;
          isInWord = !isBlank;
        }
      }
      if (isInWord) counts[1] += 1;
      const shown = option < 0 ? counts.join(" ") : String(counts[option]);
      yield* own.print(name === null ? `${shown}\n` : `${shown} ${name}\n`);
      return null;
    });
  },
);
