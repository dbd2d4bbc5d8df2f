/**
 * Processes of the process server in spaces of the memory server: one that touches twice as many pages as may be in memory,
 * in turn, so that each touch is a fault and a page has to go for it; and programs that are spawned.
 */
import { compute, load, store, type Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_Yield } from "@tessera/libsel4";
import {
  type Client,
  type Component,
  calls,
  component,
  Directory,
  type Executable,
  type File,
  installer,
  loadImage,
  must,
  PAGE_BYTES,
  Processes,
  programs,
  type RawProgram,
  rawProgram,
  Spaces,
} from "@tessera/servers";
import { PF_R, PF_W, PROCESS_IPC_BUFFER } from "@tessera/ut-alloc";
import { fold, REQUESTS, type Tally } from "../measure/work.js";

/** Pages that may be in memory, and that are touched. */
export const RESIDENT = 16;
export const TOUCHED = 2 * RESIDENT;

const TEXT = 0x1_0000;
const HEAP = 0x1000_0000;
const STACK_TOP = 0x3800_0000;

/** What a process does with its pages. */
export type Touching = (tally: Tally) => RawProgram;

/** Reads pages that nobody has written: what goes for them costs no copy, and they come as zeroes. */
export const reads: Touching = (tally) =>
  rawProgram("reads", function* () {
    for (let i = 0; ; i = (i + 1) % TOUCHED) count(tally, 1 + (yield* load(HEAP + i * PAGE_BYTES)));
  });

/**
 * Writes pages: what goes for them goes to swap, and they come from there. What lies in each beside is written once and is
 * there each time, which is what is counted.
 */
export const writes: Touching = (tally) =>
  rawProgram("writes", function* () {
    for (let i = 0; i < TOUCHED; i++) yield* store(HEAP + i * PAGE_BYTES, i + 1);
    for (let i = 0, times = 0; ; i = (i + 1) % TOUCHED, times = (times + 1) % REQUESTS) {
      yield* store(HEAP + i * PAGE_BYTES + 8, times);
      count(tally, yield* load(HEAP + i * PAGE_BYTES));
    }
  });

/** What is counted in time number `k` of `writes`. */
export function writesDigest(k: number): number {
  return (k % TOUCHED) + 1;
}

/** Loads one process, lets it run, and waits for its end. */
export function loader(program: RawProgram): Component {
  return component("loader", {
    needs: { processes: calls(Processes), pages: programs([program]) },
    slots: 64,
    *main({ processes, pages }) {
      const { process } = must(yield* processes.load({ name: program.name, frames: RESIDENT, pages: TOUCHED + 8 }));
      const { space } = must(yield* process.space());
      const [text] = pages;
      must(yield* space.page({ address: TEXT, access: "rx", page: text?.page as seL4_CPtr<"Page"> }));
      must(yield* space.anonymous({ address: HEAP, bytes: TOUCHED * PAGE_BYTES, access: "rw" }));
      yield* space.forget();
      must(yield* process.run({ entry: TEXT, sp: STACK_TOP, a0: STACK_TOP, a1: PROCESS_IPC_BUFFER, a2: 0, a3: 0 }));
      const { cause } = must(yield* process.wait());
      throw new Error(`the process has ended: ${cause}`);
    },
  });
}

/** What `answers` returns. */
const STATUS = 7;

/** A program that returns. */
export const answers: Component = component("answers", {
  *main() {
    yield* compute(1);
    return STATUS;
  },
});

/** A program that waits for ever, for want of anything to do. */
export const idles: Component = component("idles", {
  signals: true,
  *main({ self }) {
    for (;;) yield* self.signalled();
  },
});

/** Creates a process of the image, lets it run to its end, and takes it away. @param among others that wait meanwhile */
export function spawner(tally: Tally, among: number): Component {
  return component("spawner", {
    needs: { processes: calls(Processes) },
    slots: 128,
    *main({ processes }) {
      for (let i = 0; i < among; i++) {
        const { process } = must(yield* processes.create({ program: idles.name, args: "" }));
        must(yield* process.start());
      }
      for (;;) {
        const { process } = must(yield* processes.create({ program: answers.name, args: "" }));
        must(yield* process.start());
        const { status } = must(yield* process.wait());
        yield* process.close();
        count(tally, status);
      }
    },
  });
}

/** Where its data lie in a process of a file, and its stack. */
const DATA = 0x2_0000;
const STACK = { top: STACK_TOP, bytes: PAGE_BYTES, limit: 4 * PAGE_BYTES };
const FOLDER = "bin";

/**
 * A program that lies in a file, with a page of data. It writes into that page, and ends by a fault at an address that says
 * what it has found there, since it knows nobody whom it could tell.
 */
export const fromFile: Executable = {
  ...rawProgram("data", function* () {
    yield* store(DATA + 8, 1);
    yield* load((yield* load(DATA)) * PAGE_BYTES);
  }),
  segments: [
    { vaddr: DATA, bytes: Uint8Array.of(STATUS, 0, 0, 0, 0, 0, 0, 0), memory_size: PAGE_BYTES, flags: PF_R | PF_W },
  ],
};

/** Loads a process of the file, lets it run to its end, and takes it away. */
export function fileSpawner(tally: Tally): Component {
  return component("spawner", {
    needs: { processes: calls(Processes), spaces: calls(Spaces), files: calls(Directory) },
    slots: 128,
    *main({ processes, spaces, files }) {
      const file = yield* executable(files);
      for (;;) {
        const { process } = must(yield* processes.load({ name: fromFile.name, frames: RESIDENT, pages: RESIDENT }));
        const { space } = must(yield* process.space());
        const { entry } = must(yield* loadImage({ file, spaces, space }, { stack: STACK }));
        yield* space.forget();
        must(yield* process.run({ entry, sp: STACK_TOP, a0: STACK_TOP, a1: PROCESS_IPC_BUFFER, a2: 0, a3: 0 }));
        const { cause } = must(yield* process.wait());
        yield* process.close();
        count(tally, Number(/0x[0-9a-f]+/.exec(cause)?.[0]) / PAGE_BYTES);
      }
    },
  });
}

/** The file, as soon as the installer has written it. */
function* executable(files: Client<typeof Directory>): Thread<Client<typeof File>> {
  const { directory } = must(yield* files.enter({ name: FOLDER, create: true }));
  for (;;) {
    const opened = yield* directory.open({ name: fromFile.name, create: false, write: false });
    if (opened.error === null) return opened.file;
    yield* seL4_Yield();
  }
}

/** Writes the file. */
export const installs = { component: installer([fromFile]), args: FOLDER };

/** What is counted each time that a process was spawned. */
export const spawnDigest = (): number => STATUS;

function count(tally: Tally, value: number): void {
  tally.done++;
  tally.sum = fold(tally.sum, value);
}
