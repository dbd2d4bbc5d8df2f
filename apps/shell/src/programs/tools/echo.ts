/** `echo WORD…`: its words, in a line. */
import { tool } from "../tool.js";

export const echo = tool(
  "echo",
  { takes: "[WORD...]", does: "its words, in a line", options: "any" },
  {},
  function* ({ words, print }) {
    yield* print(`${words.join(" ")}\n`);
    return 0;
  },
);
