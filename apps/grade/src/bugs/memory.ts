/** Bugs of the timer, and of memory and its pager. */
import type { Bug } from "./bug.js";

const TIMER = "packages/servers/src/timer";
const MEMORY = "packages/servers/src/memory";

export const MEMORY_BUGS: readonly Bug[] = [
  {
    name: "timer-drifts",
    breaks: "Nanoseconds are made microseconds by a shift: a thousand of them are 1,024.",
    file: `${TIMER}/rtc.ts`,
    find: "HIGH_REST_NS + low) / 1000)",
    replace: "HIGH_REST_NS + low) / 1024)",
    found: ["M1/stamps", "M1/drift"],
  },
  {
    name: "timer-not-rearmed",
    breaks: "When the device's alarm has rung, it is not armed for who comes next.",
    file: `${TIMER}/server.ts`,
    find: "if (this.#queue.first !== undefined) yield* this.#rtc.arm(this.#queue.first.at);",
    replace: "",
    found: ["M1/sleepers", "M1/alarms", "M1/cancel"],
  },
  {
    name: "timer-not-acknowledged",
    breaks: "The device's interrupt is heard, and never acknowledged.",
    file: `${TIMER}/rtc.ts`,
    find: "yield* this.#device.acknowledge();",
    replace: "",
    found: ["M1/acknowledged"],
  },
  {
    name: "alarm-not-cancelled",
    breaks: "Who cancels an alarm is told that it is, and it rings.",
    file: `${TIMER}/server.ts`,
    find: "this.#queue.remove(entry);\n    pending.delete(id);",
    replace: "pending.delete(id);",
    found: ["M1/cancel"],
  },
  {
    name: "ticks-once",
    breaks: "A period rings once.",
    file: `${TIMER}/server.ts`,
    find: "yield* this.#scheduleTick(ticking, since + us * (Math.floor((now - since) / us) + 1));",
    replace: "",
    found: ["M1/ticks"],
  },
  {
    name: "pager-blocks-all",
    breaks: "Who reads a page from the disk waits for it, and with it all whose faults are not mended meanwhile.",
    file: `${MEMORY}/transfers.ts`,
    find: "this.#self.parking(file).readWindow(where)",
    replace: "file.readWindow(where)",
    found: ["M5/others-go-on"],
  },
  {
    name: "page-to-wrong-place",
    breaks: "A page is written to the place beside its own.",
    file: `${MEMORY}/pager.ts`,
    find: ".write(slot, (page.frame as Frame).address)",
    replace: ".write(slot ^ 1, (page.frame as Frame).address)",
    found: ["M5/contents"],
  },
  {
    name: "frames-not-cleared",
    breaks: "A frame that had another use before is mapped as it is.",
    file: `${MEMORY}/pager.ts`,
    find: "if (!frame.isZero) yield* copyOut(frame.address, ZEROES);",
    replace: "",
    found: ["M3/cleared"],
  },
  {
    name: "first-in-first-out",
    breaks: "The page that came first goes first, whether it is in use or not.",
    file: `${MEMORY}/pager.ts`,
    find: 'if (!page.used) return "goes";',
    replace: 'if (page.frame !== null) return "goes";',
    found: ["M5/second-chance"],
  },
  {
    name: "page-file-not-freed",
    breaks: "What a process that has ended had in the page file stays taken.",
    file: `${MEMORY}/pager.ts`,
    find: "page.frame = null;\n    this.#freeSlot(page);",
    replace: "page.frame = null;",
    found: ["M5/page-file"],
  },
];
