/** A solution that prints for ever. */
import { sosapi } from "@tessera/servers/sos";
import type { Solution } from "../../../src/solution.js";

export default {
  personality() {
    for (;;) console.log("here I am, ".repeat(100));
  },
  sosapi,
} satisfies Solution;
