/** Ours, printing a line that is very long. */
import ours from "../../../ours/index.js";
import type { Solution } from "../../../src/solution.js";

export default {
  ...ours,
  personality(boot) {
    console.log("x".repeat(600_000));
    return ours.personality(boot);
  },
} satisfies Solution;
