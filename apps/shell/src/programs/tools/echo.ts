/** `echo WORD…`: its words, in a line. */
import { tool } from "../tool.js";

export const echo = tool("echo", {}, function* ({ words, print }) {
  yield* print(`${words.join(" ")}\n`);
  return 0;
});
