/** M5, paging: more pages than frames, on a disk that takes its time. */
import { load, type Thread } from "@tessera/hal-sim/isa";
import { O_RDONLY, O_RDWR } from "@tessera/servers/sos";
import type { Check, Own } from "../exam/check.js";
import { expectFilled, fill, started, told } from "../exam/processes.js";

const MS = 1000;
const PAGE = 4096;
const STDOUT = 1;
const FRAMES = 32;
const SMALL = { frames: FRAMES, swapPages: 512, processPages: 176 };
/** Four times as many as there are frames. */
const WORKING_SET = 4 * FRAMES;
const DISK = { readUs: MS, writeUs: MS };
const SLOW_DISK = { readUs: 5 * MS, writeUs: 5 * MS };
const HOT = 5;
const COLD = 64;
/** Of pages that are touched all the time, how many may have had to be read again. */
const MOST_LOST = 8;
const BEATS = 60;
const LATE_US = 3 * MS;
const GENERATIONS = 4;
const LARGE = 100;

export const M5: readonly Check[] = [
  {
    id: "M5/contents",
    claim: `${WORKING_SET} pages in fewer than ${FRAMES} frames keep what was written, and what was written over it`,
    points: 4,
    look: "which place of the page file belongs to which page, and whether a page that was written goes there before its frame does",
    ...SMALL,
    disk: { readUs: 100, writeUs: 100 },
    programs: {
      *first(own) {
        const address = yield* own.room.bytes((WORKING_SET + 1) * PAGE);
        for (const tag of [0, 500]) {
          yield* fill(address, WORKING_SET, tag);
          yield* expectFilled(address, WORKING_SET, tag, own);
        }
        yield* expectFilled(address, WORKING_SET, 500, own);
      },
    },
    examine(exam) {
      exam.toEnd();
      const least = WORKING_SET - FRAMES;
      const { writes } = exam.disk;
      exam.witness.expect(
        writes >= least,
        `only ${writes} pages went to the disk: frames beyond the ${FRAMES} are in use`,
      );
    },
  },
  {
    id: "M5/second-chance",
    claim: "a page that is touched all the time stays, whoever else comes and goes",
    points: 3,
    look: "the reference bit, which the hardware does not have: pages are unmapped to see whether they are touched again",
    ...SMALL,
    disk: DISK,
    programs: {
      *first(own) {
        const { room, witness } = own;
        const hot = yield* room.bytes((HOT + 1) * PAGE);
        const cold = yield* room.bytes((COLD + 1) * PAGE);
        yield* fill(hot, HOT, 0);
        yield* fill(cold, COLD, 100);
        let lost = 0;
        for (let round = 0; round < 2; round++) {
          for (let i = 0; i < COLD; i++) {
            yield* load(cold + i * PAGE);
            for (let n = 0; n < HOT; n++) if ((yield* touched(hot + n * PAGE, own)) >= DISK.readUs) lost += 1;
          }
        }
        const words = `of ${HOT} pages that are touched between any two others, one had to be read again ${lost} times`;
        witness.expect(lost <= MOST_LOST, words);
      },
    },
  },
  {
    id: "M5/others-go-on",
    claim: "while one process waits for its pages, others go on",
    points: 5,
    look: "the fault handler: it puts who waits for the disk aside, and serves the next one",
    ...SMALL,
    disk: SLOW_DISK,
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        yield* started("thrasher", own);
        yield* told("thrashes", 1, own);
        let late = 0;
        for (let n = 0; n < BEATS; n++) {
          const begun = witness.us;
          yield* sos.sos_usleep(2 * MS);
          // Its own pages are in use all the time, so they are there.
          yield* room.write(STDOUT, ".");
          if (witness.us - begun - 2 * MS > LATE_US) late += 1;
        }
        const words = `of ${BEATS} sleeps of 2 ms and writes, ${late} are ${LATE_US / MS} ms late and more while another process pages`;
        witness.expect(late * 6 <= BEATS, words);
        witness.equal("how many were through with paging before", witness.count("through"), 0);
      },
      *thrasher(own) {
        const address = yield* own.room.bytes((WORKING_SET + 1) * PAGE);
        yield* fill(address, WORKING_SET, 0);
        own.witness.tell("thrashes");
        for (let i = 0; i < WORKING_SET; i++) {
          yield* expectFilled(address + i * PAGE, 1, i, own);
          yield* fill(address + i * PAGE, 1, i);
        }
        own.witness.tell("through");
      },
    },
  },
  {
    id: "M5/two",
    claim: "two processes that have more pages than there are frames keep theirs apart",
    points: 2,
    look: "whose page a frame is given to, and what is kept of it when two are on their way at once",
    ...SMALL,
    disk: DISK,
    programs: {
      *first(own) {
        yield* started("owner", own);
        yield* started("owner", own);
        yield* told("through", 2, own);
      },
      *owner(own) {
        own.witness.tell("born");
        const tag = 1000 * own.witness.count("born");
        const address = yield* own.room.bytes(61 * PAGE);
        yield* fill(address, 60, tag);
        yield* expectFilled(address, 60, tag, own);
        own.witness.tell("through");
      },
    },
  },
  {
    id: "M5/buffers",
    claim: "a buffer that is on the disk can be written from and read to",
    points: 3,
    look: "the server that uses memory of a process: its page may have to come first, and stay until it was used",
    ...SMALL,
    disk: { readUs: 100, writeUs: 100 },
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        const buffer = yield* room.bytes(3 * PAGE);
        const others = yield* room.bytes((WORKING_SET + 1) * PAGE);
        const file = yield* sos.sos_open("buffers", O_RDWR);
        yield* fill(buffer, 2, 7);
        yield* fill(others, WORKING_SET, 0);
        witness.equal(
          "what sos_write from there returns",
          yield* wholly(2 * PAGE, (at) => sos.sos_write(file, buffer + at, 2 * PAGE - at)),
          2 * PAGE,
        );
        yield* sos.sos_close(file);
        yield* fill(buffer, 2, 9);
        yield* fill(others, WORKING_SET, 0);
        const again = yield* sos.sos_open("buffers", O_RDONLY);
        witness.equal(
          "what sos_read to there returns",
          yield* wholly(2 * PAGE, (at) => sos.sos_read(again, buffer + at, 2 * PAGE - at)),
          2 * PAGE,
        );
        yield* expectFilled(buffer, 2, 7, own);
      },
    },
  },
  {
    id: "M5/page-file",
    claim: "what a process had on the disk is free again when it ends",
    points: 3,
    look: "places of the page file that belong to a process: they are given back with its frames",
    frames: FRAMES,
    swapPages: 256,
    processPages: 136,
    programs: {
      *first(own) {
        const { sos, witness } = own;
        for (let n = 1; n <= GENERATIONS; n++) {
          const pid = yield* started("large", own);
          yield* told("has filled", n, own);
          witness.equal("what sos_process_delete returns", yield* sos.sos_process_delete(pid), 0);
        }
      },
      *large(own) {
        const address = yield* own.room.bytes((LARGE + 1) * PAGE);
        yield* fill(address, LARGE, 0);
        yield* expectFilled(address, LARGE, 0, own);
        own.witness.tell("has filled");
        yield* own.sos.sos_usleep(60_000 * MS);
      },
    },
  },
];

/** Touch a page. @returns how long that took, in microseconds */
function* touched(address: number, { witness }: Own): Thread<number> {
  const begun = witness.us;
  yield* load(address);
  return witness.us - begun;
}

/** Go on until all of `bytes` bytes are moved. @returns how many were */
function* wholly(bytes: number, move: (at: number) => Thread<number>): Thread<number> {
  let at = 0;
  while (at < bytes) {
    const count = yield* move(at);
    if (count <= 0) break;
    at += count;
  }
  return at;
}
