/** A solution whose composition does not come to its end. */
import { sosapi } from "@tessera/servers/sos";
import type { Solution } from "../../../src/solution.js";

export default {
  personality() {
    console.log("here I spin");
    for (;;);
  },
  sosapi,
} satisfies Solution;
