/**
 * Running out: the same work in one new world after the other, with so many pages of memory or so many slots left,
 * from none at all until it succeeds. So each allocation that the work makes is the one that fails, once.
 *
 * A failure must leave nothing behind in the kernel: objects, capabilities in slots, mappings. Only pieces that
 * untyped memory was cut into stay, for the next time. Nor may a slot stay taken that holds nothing.
 */
import { CNODE_SLOTS, type cspace_t } from "@tessera/cspace-lib";
import { Prng } from "@tessera/hal-sim";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import type { seL4_BootInfo } from "@tessera/libsel4";
import { expectNoLeaks, freeSlots, leaveSlots, type WorldHost, world } from "@tessera/testing";
import { ut_alloc_4k_untyped, ut_bootstrap, ut_free, type ut_t } from "../src/index.js";
import { oneBlockAndDevices } from "./one-block.js";

const RAM_BYTES = 8 * 1024 * 1024;
/** log2 of the bytes that there are for the work and its preparation. */
const BLOCK_BITS = 18;
/** More than any work here needs. */
const MAX_LEFT = 60;

/** Work: what is prepared with plenty of everything returns what is done with too little. True = it has succeeded. */
export type Work = (cspace: cspace_t, bootinfo: seL4_BootInfo) => Thread<() => Thread<boolean>>;

/** How much there is left for the work: pages, slots; null = plenty. */
interface Left {
  readonly pages: number | null;
  readonly slots: number | null;
}

/** How many worlds with too few pages, and with too few slots, it took. */
export function runOut(work: Work, programs: Record<string, Program> = {}): { pages: number; slots: number } {
  const until = (left: (k: number) => Left): number => {
    for (let k = 0; k < MAX_LEFT; k++) if (attempt(work, programs, left(k))) return k;
    throw new Error(`the work does not succeed with ${MAX_LEFT} left either`);
  };
  return {
    pages: until((pages) => ({ pages, slots: null })),
    slots: until((slots) => ({ pages: null, slots })),
  };
}

/** Both at once, by `seed`: `rounds` worlds with fewer than so many pages and slots. Returns how many succeeded. */
export function runOutBySeed(
  work: Work,
  seed: number,
  rounds: number,
  below: { pages: number; slots: number },
): number {
  const prng = new Prng(seed);
  let succeeded = 0;
  for (let round = 0; round < rounds; round++) {
    const left = { pages: prng.below(below.pages), slots: prng.below(below.slots) };
    try {
      if (attempt(work, {}, left)) succeeded++;
    } catch (error) {
      throw new Error(`seed ${seed}, round ${round}: ${left.pages} pages, ${left.slots} slots`, { cause: error });
    }
  }
  return succeeded;
}

function attempt(work: Work, programs: Record<string, Program>, { pages, slots }: Left): boolean {
  return world({
    programs,
    // What the root task throws is thrown here again.
    onReport: () => {},
    // Small, because there are many of them.
    machine: { ramBytes: RAM_BYTES },
    kernel: { checkInvariants: false, rootCNodeBits: 9 },
    *root(bootinfo, _, { kernel }: WorldHost) {
      const cspace = ut_bootstrap(oneBlockAndDevices(bootinfo, BLOCK_BITS));
      const run = yield* work(cspace, bootinfo);
      if (pages !== null) yield* leavePages(cspace, pages);
      if (slots !== null) yield* leaveSlots(cspace, slots);
      const before = kernel.snapshot();
      const empty = emptySlots(cspace, kernel);
      const succeeded = yield* run();
      if (!succeeded) {
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        const lost = emptySlots(cspace, kernel) - empty;
        if (lost !== 0) throw new Error(`${lost} slots are taken and hold nothing`);
      }
      return succeeded;
    },
  }).value;
}

/** How many slots of the root task's CSpace are taken and hold nothing: the kernel cannot know of those. */
export function emptySlots(cspace: cspace_t, kernel: WorldHost["kernel"]): number {
  const root = kernel.state.rootCNode!.id;
  const held = kernel.snapshot().capabilities.filter(({ home }) => home === root).length;
  return CNODE_SLOTS(cspace.top_lvl_size_bits) - freeSlots(cspace) - held;
}

/** Take all pages, and give `left` back. */
function* leavePages(cspace: cspace_t, left: number): Thread<void> {
  const all: ut_t[] = [];
  for (let ut = yield* ut_alloc_4k_untyped(cspace); ut !== null; ut = yield* ut_alloc_4k_untyped(cspace)) all.push(ut);
  for (const ut of all.slice(0, left)) ut_free(ut);
}
