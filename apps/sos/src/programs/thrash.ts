/**
 * `thrash`: uses more memory than it can have frames, and looks whether it is still there. Each page of the heap is written
 * with what only it holds, then all are read over and over, so that each has been to the page file when its turn comes.
 */
import { load, store } from "@tessera/hal-sim/isa";
import { Heap, type SosProgram } from "@tessera/servers/sos";
import { Stdio } from "./stdio.js";

const PAGE_BYTES = 4096;
/** Pages that are asked for; where there are not so many, a few less, and so on. */
const PAGES = 128;
const FEWER = 8;
/** How often all of them are read. */
const ROUNDS = 3;
const FAILED = 1;

/** The program. */
export const thrash: SosProgram = {
  name: "thrash",
  *main(sos) {
    const stdio = yield* Stdio.open(sos, new Heap(sos));
    if (stdio === null) return FAILED;
    let pages = PAGES;
    let memory = yield* sos.mmap(pages * PAGE_BYTES);
    for (; memory < 0 && pages > FEWER; memory = yield* sos.mmap(pages * PAGE_BYTES)) pages -= FEWER;
    if (memory < 0) {
      yield* stdio.print("thrash: there is no memory\n");
      return FAILED;
    }
    const start = yield* sos.sos_time_stamp();
    for (let page = 0; page < pages; page++) yield* store(memory + page * PAGE_BYTES, page + 1);
    yield* stdio.print(`thrash: ${pages} pages are written\n`);
    let wrong = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      for (let page = 0; page < pages; page++) {
        if ((yield* load(memory + page * PAGE_BYTES)) !== page + 1) wrong += 1;
      }
      const ms = Math.round(((yield* sos.sos_time_stamp()) - start) / 1000);
      yield* stdio.print(`thrash: read ${round} of ${ROUNDS} times, after ${ms} ms; ${wrong} pages are wrong\n`);
    }
    return wrong === 0 ? 0 : FAILED;
  },
};
