/** Ours, by a file whose counter at the top is assigned again. */
import ours from "../../../ours/index.js";
import type { Solution } from "../../../src/solution.js";

let boots = 0;

export default {
  ...ours,
  personality(boot) {
    boots += 1;
    console.log(`boot ${boots}`);
    return ours.personality(boot);
  },
} satisfies Solution;
