/** What the libraries cost their caller: slots and untyped memory, taken and given back. */
import { foldAll, type Tally } from "../measure/work.js";
import {
  CALLS_A_TRAP,
  libraryRoot,
  memoryAndBack,
  objectAndBack,
  type Preparation,
  slotOfFew,
  slotOfFull,
  slotOfTwoLevels,
} from "../programs/libraries.js";
import { type Case, timed } from "./case.js";
import { machineWork } from "./machine-work.js";

interface Library {
  readonly name: string;
  readonly title: string;
  readonly prepare: Preparation;
  /** System calls of one operation. */
  readonly traps: number;
  readonly batch: number;
}

const LIBRARIES: readonly Library[] = [
  {
    name: "lib-slot",
    title: "cspace_alloc_slot and cspace_free_slot, one level",
    prepare: slotOfFew,
    traps: 0,
    batch: 100_000,
  },
  { name: "lib-slot-full", title: "the same, 8 slots of 8,192 left", prepare: slotOfFull, traps: 0, batch: 50_000 },
  { name: "lib-slot-two", title: "the same, two levels", prepare: slotOfTwoLevels, traps: 0, batch: 20_000 },
  { name: "lib-ut-page", title: "ut_alloc and ut_free, 4 KiB", prepare: memoryAndBack(12), traps: 0, batch: 100_000 },
  {
    name: "lib-ut-small",
    title: "ut_alloc and ut_free, 16 bytes",
    prepare: memoryAndBack(4),
    traps: 0,
    batch: 100_000,
  },
  {
    name: "lib-object",
    title: "alloc_retype of an endpoint, all given back",
    prepare: objectAndBack,
    traps: 2,
    batch: 5_000,
  },
];

export const LIBRARY_CASES: readonly Case[] = LIBRARIES.map(({ name, title, prepare, traps, batch }) =>
  timed("libraries", name, title, () => {
    const tally: Tally = { done: 0, sum: 0 };
    const work = machineWork({
      tally,
      programs: { root: libraryRoot(tally, prepare, traps === 0) },
      entriesEach: traps === 0 ? 1 / CALLS_A_TRAP : traps,
      expected: (done) => foldAll(done, () => 1),
    });
    return { work, batch };
  }),
);
