/**
 * Our own operating system, as it is graded: the SOS server on the servers of this repository. To build one of your own,
 * copy this folder, and exchange what you have built.
 */
import { Personality } from "@tessera/personality";
import { consoleServer, memoryServer, processServer, timerServer } from "@tessera/servers";
import { sosapi, sosServer } from "@tessera/servers/sos";
import type { Solution } from "../src/solution.js";

/** Processes at a time. */
const MOST = 16;
/** They run when no server wants to. */
const PROCESS_PRIORITY = 50;

export default {
  personality({ first, frames, swapPages, processPages, disk }) {
    return new Personality("ours")
      .add(timerServer, { priority: 200, budget: "500us/5ms" })
      .add(consoleServer, { priority: 190, budget: "500us/5ms" })
      .add(disk, { priority: 180, budget: "500us/5ms" })
      .add(memoryServer({ frames, swap: swapPages, spaces: MOST }), {
        priority: 170,
        budget: "1ms/5ms",
        choose: { swap: "disk" },
      })
      .add(processServer([], { priority: PROCESS_PRIORITY, most: MOST, spaces: true }), {
        priority: 160,
        budget: "500us/5ms",
      })
      .add(sosServer({ first, most: MOST, frames, pages: processPages }), {
        priority: 150,
        budget: "1900us/5ms",
        choose: { root: "disk", console: "console.file" },
      });
  },
  sosapi,
} satisfies Solution;
