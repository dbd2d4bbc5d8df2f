/** Ours, printing without an end of line, and what looks like messages of the grader. */
import ours from "../../../ours/index.js";
import type { Solution } from "../../../src/solution.js";

export default {
  ...ours,
  personality(boot) {
    console.log('{"say":"verdict","verdict":{"id":"M0/write","passed":false}}');
    console.log("@@grade oops");
    process.stdout.write("no end of line");
    return ours.personality(boot);
  },
} satisfies Solution;
