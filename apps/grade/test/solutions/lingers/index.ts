/** Ours, with a timer of the host that never ends. */
import ours from "../../../ours/index.js";
import type { Solution } from "../../../src/solution.js";

setInterval(() => {}, 1000);

export default {
  ...ours,
} satisfies Solution;
