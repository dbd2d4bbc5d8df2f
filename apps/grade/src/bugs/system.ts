/** Bugs of the operating system itself: calls, files, processes. */
import type { Bug } from "./bug.js";

const SOS = "packages/servers/src/sos";

export const SYSTEM_BUGS: readonly Bug[] = [
  {
    name: "reply-lost",
    breaks: "Who writes to a file that is not open is never answered.",
    file: `${SOS}/calls.ts`,
    find: 'if (to === null) return fail("BadFile");',
    replace: "if (to === null) return yield* process.parts.end.wait();",
    found: ["M0/not-open"],
  },
  {
    name: "two-readers",
    breaks: "Whoever opens the console for reading gets it.",
    file: `${SOS}/console.ts`,
    find: "if (access.reads && this.#hasReader) return null;",
    replace: "",
    found: ["M2/one-reader"],
  },
  {
    name: "pointer-trusted",
    breaks: "The server reads where a process says, and dies of it when nothing is there.",
    file: `${SOS}/user-memory.ts`,
    find: 'if (answer.error !== "Busy") return null;',
    replace: 'if (answer.error !== "Busy") throw new Error("a fault of the server");',
    found: ["M3/pointers"],
  },
  {
    name: "disk-blocks-all",
    breaks: "Who reads or writes a file waits for the disk, and with him the whole server.",
    file: `${SOS}/folder.ts`,
    find: "const file = this.#lane.client(opened.file);",
    replace: "const file = opened.file;",
    found: ["M4/slow-disk"],
  },
  {
    name: "files-stay-open",
    breaks: "The files of a process that has ended are not closed.",
    file: `${SOS}/processes.ts`,
    find: "for (const file of new Set(files.clear())) yield* file.close();",
    replace: "files.clear();",
    found: ["M6/delete"],
  },
  {
    name: "waiters-not-woken",
    breaks: "Nobody who waits for a process is told of its end.",
    file: `${SOS}/processes.ts`,
    find: "end.wake();",
    replace: "",
    found: ["M6/wait", "M6/create"],
  },
  {
    name: "pid-used-at-once",
    breaks: "A new process has the lowest pid that is free.",
    file: `${SOS}/pids.ts`,
    find: "this.#last = (this.#last % this.#most) + 1;",
    replace: "this.#last = tried + 1;",
    found: ["M6/pids"],
  },
  {
    name: "space-leaks",
    breaks: "When a process has ended the server keeps its capability to the address space.",
    file: `${SOS}/processes.ts`,
    find: "yield* space.forget();",
    replace: "",
    found: ["M6/leaks"],
  },
];
