/** A solution that ends the process that grades it. */
import { sosapi } from "@tessera/servers/sos";
import type { Solution } from "../../../src/solution.js";

export default {
  personality: () => process.exit(3),
  sosapi,
} satisfies Solution;
