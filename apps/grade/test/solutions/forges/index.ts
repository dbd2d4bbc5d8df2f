/** A solution that writes nonsense to the channel of the grader, and dies. */
import { writeSync } from "node:fs";
import { sosapi } from "@tessera/servers/sos";
import type { Solution } from "../../../src/solution.js";

export default {
  personality() {
    writeSync(3, 'oops\n{"say":"verdict","verdict":{"id":"M6/leaks","passed":true}}\n');
    console.error("my last words");
    return process.exit(3);
  },
  sosapi,
} satisfies Solution;
