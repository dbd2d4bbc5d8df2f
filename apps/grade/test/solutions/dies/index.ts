/** A solution whose server dies at once of an answer that it thinks cannot come. */
import { Personality } from "@tessera/personality";
import { calls, component, Directory, must, timerServer } from "@tessera/servers";
import { sosapi } from "@tessera/servers/sos";
import type { Solution } from "../../../src/solution.js";

const mine = component("mine", {
  needs: { disk: calls(Directory) },
  *main({ disk }) {
    must(yield* disk.stat({ name: "nothing" }));
  },
});

export default {
  personality: ({ disk }) =>
    new Personality("dies")
      .add(timerServer, { priority: 200, budget: "500us/5ms" })
      .add(disk, { priority: 180, budget: "500us/5ms" })
      .add(mine, { priority: 150, budget: "1ms/5ms" }),
  sosapi,
} satisfies Solution;
