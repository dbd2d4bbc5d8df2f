/** `cat [FILE…]`: what is in files, or what is typed, one behind the other. */
import { READING, readEach } from "../reading.js";
import { tool } from "../tool.js";

export const cat = tool(
  "cat",
  { takes: "[FILE...]", does: "what is in files, or what is typed, one behind the other" },
  READING,
  function* (own, handles) {
    return yield* readEach(own, handles, own.words, function* (reader) {
      for (;;) {
        const next = yield* reader.bytes();
        if (next.error !== null) return next.error === "End" ? null : next.error;
        yield* own.write(next.bytes);
      }
    });
  },
);
