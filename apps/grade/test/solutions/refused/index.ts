/** A solution that composes what cannot be composed: nobody offers what the disk needs. */
import { Personality } from "@tessera/personality";
import { sosapi } from "@tessera/servers/sos";
import type { Solution } from "../../../src/solution.js";

export default {
  personality: ({ disk }) => new Personality("refused").add(disk, { priority: 100, budget: "1ms/10ms" }),
  sosapi,
} satisfies Solution;
