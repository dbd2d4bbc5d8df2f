/** `head [-n LINES] [FILE…]`: the first lines, 10 unless another number is said. */
import { eachLine, READING, readEach } from "../reading.js";
import { tool } from "../tool.js";

const LINES = 10;

export const head = tool(
  "head",
  { takes: "[-n LINES] [FILE...]", does: "the first lines, 10 unless another number is said", options: ["-n LINES"] },
  READING,
  function* (own, handles) {
    const count = own.options.get("-n");
    const lines = count === undefined ? LINES : /^\d+$/.test(count) ? Number(count) : Number.NaN;
    if (Number.isNaN(lines)) return yield* own.complain(`-n takes a number of lines, not ${JSON.stringify(count)}`);
    return yield* readEach(own, handles, own.words, function* (reader) {
      let left = lines;
      if (left === 0) return null;
      return yield* eachLine(reader, function* (line) {
        yield* own.print(`${line}\n`);
        left -= 1;
        return left > 0;
      });
    });
  },
);
