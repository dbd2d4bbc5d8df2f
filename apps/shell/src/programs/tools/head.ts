/** `head [-n LINES] [FILE…]`: the first lines, 10 unless another number is said. */
import { eachLine, READING, readEach } from "../reading.js";
import { tool } from "../tool.js";

const LINES = 10;

export const head = tool(
  "head",
  { takes: "[-n LINES] [FILE...]", does: "the first lines, 10 unless another number is said", options: ["-n"] },
  READING,
  function* (own, handles) {
    const [option, count, ...named] = own.words;
    const isTold = option === "-n";
    const lines = isTold ? Number(count) : LINES;
    if (!Number.isInteger(lines) || lines < 0) return yield* own.complain(`-n takes a number of lines, not ${count}`);
    return yield* readEach(own, handles, isTold ? named : own.words, function* (reader) {
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
