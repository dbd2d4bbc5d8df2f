/**
 * `grep [-v] [-i] TEXT [FILE…]`: the lines that have the text; -v: those that have not; -i: in capitals or not. A text that
 * begins with "-" stands behind `--`.
 */
import { eachLine, READING, readEach } from "../reading.js";
import { tool } from "../tool.js";

/** Status: 0 some line was shown, 1 none, 2 something went wrong. */
const WRONG = 2;

export const grep = tool(
  "grep",
  {
    takes: "[-v] [-i] TEXT [FILE...]",
    does: "the lines that have the text; -v: those that have not; -i: in capitals or not",
    options: ["-v", "-i"],
  },
  READING,
  function* (own, handles) {
    const [text, ...names] = own.words;
    if (text === undefined) {
      yield* own.complain("the text to be looked for is missing");
      return WRONG;
    }
    const folded = (line: string) => (own.options.has("-i") ? line.toLowerCase() : line);
    const wanted = !own.options.has("-v");
    let isFound = false;
    const status = yield* readEach(own, handles, names, function* (reader, name) {
      return yield* eachLine(reader, function* (line) {
        if (folded(line).includes(folded(text)) !== wanted) return true;
        isFound = true;
        yield* own.print(names.length > 1 ? `${name}: ${line}\n` : `${line}\n`);
        return true;
      });
    });
    return status !== 0 ? WRONG : isFound ? 0 : 1;
  },
);
