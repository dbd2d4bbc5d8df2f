/** `sort [-n] [-r] [FILE…]`: lines in the order of their characters; -n: of the numbers they begin with; -r: backwards. */
import { eachLine, READING, readEach } from "../reading.js";
import { tool } from "../tool.js";

export const sort = tool(
  "sort",
  {
    takes: "[-n] [-r] [FILE...]",
    does: "lines in the order of their characters; -n: of the numbers they begin with; -r: backwards",
    options: ["-n", "-r"],
  },
  READING,
  function* (own, handles) {
    const lines: string[] = [];
    // biome-ignore lint/correctness/useYield: keeping a line makes no call
    const keep = function* (line: string) {
      lines.push(line);
      return true;
    };
    const status = yield* readEach(own, handles, own.words, (reader) => eachLine(reader, keep));
    const byText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
    const byNumber = (one: string, other: string) => numberOf(one) - numberOf(other) || byText(one, other);
    lines.sort(own.options.has("-n") ? byNumber : byText);
    if (own.options.has("-r")) lines.reverse();
    yield* own.print(lines.map((line) => `${line}\n`).join(""));
    return status;
  },
);

function numberOf(line: string): number {
  const number = Number.parseFloat(line);
  return Number.isNaN(number) ? 0 : number;
}
