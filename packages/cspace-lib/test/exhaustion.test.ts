import { Prng } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_AllRights, seL4_CapInitThreadTCB, seL4_CapNull, type seL4_CPtr, seL4_NoError } from "@tessera/libsel4";
import { expectNoLeaks, freeSlots, leaveSlots, type WorldHost, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  type backing_ut,
  bf_first_free,
  bf_words,
  CNODE_SLOTS,
  CSPACE_ERROR,
  CSPACE_NOERROR,
  cspace_alloc_slot,
  type cspace_alloc_t,
  cspace_copy,
  cspace_create_one_level,
  cspace_create_two_level,
  type cspace_created,
  cspace_delete,
  cspace_destroy,
  cspace_free_slot,
  type cspace_t,
} from "../src/index.js";
import { lostSlots } from "./support/occupancy.js";
import { cutPages } from "./support/pages.js";
import { withWindow } from "./support/window.js";

type Kernel = WorldHost["kernel"];

/** Whether the next request for memory, or for mapping, is to fail. */
type Refuse = () => boolean;

/** `cspace` with an allocator of which any request can fail, those of its `map_frame` for page tables included. */
function refusing(cspace: cspace_t, refuse: Refuse): cspace_t & { readonly alloc: cspace_alloc_t } {
  const memory = cspace.alloc!;
  const refusingMemory: cspace_alloc_t = {
    ...memory,
    *alloc_4k_ut() {
      return refuse() ? null : yield* memory.alloc_4k_ut();
    },
  };
  const mapping = withWindow({ ...cspace, alloc: refusingMemory });
  const { map_frame } = mapping.alloc;
  const alloc: cspace_alloc_t = {
    ...mapping.alloc,
    *map_frame(frame, free_slots) {
      return refuse() ? { vaddr: 0, used: 0 } : yield* map_frame(frame, free_slots);
    },
  };
  return { ...mapping, alloc };
}

/** How many calls of a story failed, with the error that they declare. */
interface Tally {
  created: number;
  failed: number;
}

/** A story of creating, growing and destroying, in which any call may fail, and then has changed nothing. */
function* story(cspace: cspace_t & { alloc: cspace_alloc_t }, kernel: Kernel, tally: Tally): Thread {
  const before = kernel.snapshot();
  const free = freeSlots(cspace);
  const two = yield* created(cspace, () => cspace_create_two_level(cspace, cspace.alloc), kernel, tally);
  const one = yield* created(cspace, () => cspace_create_one_level(cspace), kernel, tally);
  for (const c of [two, one]) {
    if (c === null) continue;
    // Into its third CNode, if memory is there; into all its slots, if it has one CNode.
    for (let i = 0; i < 300; i++) {
      const slot = yield* allocated(c, kernel, tally);
      if (slot === seL4_CapNull) continue;
      expect(yield* cspace_copy(c, slot, cspace, seL4_CapInitThreadTCB, seL4_AllRights)).toBe(seL4_NoError);
    }
    expect(yield* lostSlots(c, kernel)).toEqual([]);
    yield* usable(c, cspace);
  }
  for (const c of [two, one]) if (c !== null) yield* cspace_destroy(c);
  expectUnchanged(kernel, before);
  expect(freeSlots(cspace)).toBe(free);
}

function* created(
  cspace: cspace_t,
  create: () => Thread<cspace_created>,
  kernel: Kernel,
  tally: Tally,
): Thread<cspace_t | null> {
  const before = kernel.snapshot();
  const free = freeSlots(cspace);
  const { error, target } = yield* create();
  if (error === CSPACE_NOERROR) {
    tally.created++;
    return target;
  }
  expect(error).toBe(CSPACE_ERROR);
  expect(target).toBe(null);
  expect(freeSlots(cspace)).toBe(free);
  expectUnchanged(kernel, before);
  tally.failed++;
  return null;
}

/** A slot, or none: then nothing has changed. The kernel is looked at when the CSpace is about to grow. */
function* allocated(c: cspace_t, kernel: Kernel, tally: Tally): Thread<seL4_CPtr> {
  const before = growsNext(c) ? kernel.snapshot() : null;
  const slot = yield* cspace_alloc_slot(c);
  if (slot === seL4_CapNull && before !== null) {
    expectUnchanged(kernel, before);
    tally.failed++;
  }
  return slot;
}

function growsNext(c: cspace_t): boolean {
  const words = bf_words(CNODE_SLOTS(c.top_lvl_size_bits));
  return c.two_level && bf_first_free(words, c.top_bf) >= c.bot_lvl_untypeds.length;
}

/** The invariants hold, which would take long at every entry, and nothing is there that was not before. */
function expectUnchanged(kernel: Kernel, before: ReturnType<Kernel["snapshot"]>): void {
  expect(kernel.checkInvariants()).toEqual([]);
  expectNoLeaks(kernel, before);
}

/** The CSpace gives a slot, takes it back, and gives it again. */
function* usable(c: cspace_t, cspace: cspace_t): Thread {
  const slot = 6;
  expect(yield* cspace_delete(c, slot)).toBe(seL4_NoError);
  yield* cspace_free_slot(c, slot);
  expect(yield* cspace_alloc_slot(c)).toBe(slot);
  expect(yield* cspace_copy(c, slot, cspace, seL4_CapInitThreadTCB, seL4_AllRights)).toBe(seL4_NoError);
}

/** Stories in a new world, until `stories` are told. */
function tell(refuse: Refuse, stories = 1): Tally {
  const tally: Tally = { created: 0, failed: 0 };
  world({
    kernel: { checkInvariants: false },
    *root(_, root, { kernel }) {
      const cspace = refusing(root, refuse);
      yield* cutPages(root, 16);
      for (let i = 0; i < stories; i++) yield* story(cspace, kernel, tally);
    },
  });
  return tally;
}

describe("When memory runs out", () => {
  it("at each single request in turn, that call alone fails, with its declared error and nothing changed", () => {
    let requests = 0;
    const whole = tell(() => ++requests === 0);
    expect(whole).toEqual({ created: 2, failed: 0 });
    // Root, CNode, page of book-keeping, mapping it, two page tables; root; two more CNodes.
    expect(requests).toBe(9);
    for (let refused = 1; refused <= requests; refused++) {
      let request = 0;
      expect(tell(() => ++request === refused).failed).toBe(1);
    }
  });

  it.each([1, 2, 3, 4, 5, 6])(
    "at one request in four, by chance, every call still fails or succeeds whole (seed %i)",
    (seed) => {
      const prng = new Prng(seed);
      const tally = tell(() => prng.below(4) === 0, 6);
      expect(tally.created).toBeGreaterThan(0);
      expect(tally.failed).toBeGreaterThan(0);
    },
  );

  it("in earnest: with n pages left a CSpace is made and grows, or neither, and gives all of them back", () => {
    world({
      machine: { ramBytes: 4 * 2 ** 20 },
      kernel: { checkInvariants: false },
      *root(_, root, { kernel }) {
        const cspace = withWindow(root);
        const alloc = cspace.alloc;
        const pages: backing_ut[] = [];
        for (let page = yield* alloc.alloc_4k_ut(); page !== null; page = yield* alloc.alloc_4k_ut()) pages.push(page);
        const before = kernel.snapshot();
        const slots = [];
        for (let left = 0; left <= 8; left++) {
          for (const page of pages.slice(0, left)) yield* alloc.free_4k_ut(page);
          const { target } = yield* cspace_create_two_level(cspace, alloc);
          let count = 0;
          if (target !== null) {
            while ((yield* cspace_alloc_slot(target)) !== seL4_CapNull) count++;
            yield* cspace_destroy(target);
          }
          slots.push(count);
          expectNoLeaks(kernel, before);
          for (const _ of pages.slice(0, left)) expect(yield* alloc.alloc_4k_ut()).not.toBe(null);
          expect(yield* alloc.alloc_4k_ut()).toBe(null);
        }
        expect(slots).toEqual([0, 0, 0, 0, 0, 122, 250, 378, 506]);
      },
    });
  });
});

describe("When slots of bootstrap run out", () => {
  it("a CSpace of two levels is made, or nothing has changed", () => {
    world({
      kernel: { checkInvariants: false },
      *root(_, root, { kernel }) {
        const cspace = withWindow(root);
        yield* cutPages(root, 16);
        const results: number[] = [];
        for (let left = 0; left <= 6; left++) {
          const taken = yield* leaveSlots(cspace, left);
          const before = kernel.snapshot();
          const { error, target } = yield* cspace_create_two_level(cspace, cspace.alloc);
          results.push(error);
          if (target === null) {
            expectNoLeaks(kernel, before);
            expect(freeSlots(cspace)).toBe(left);
          } else {
            yield* cspace_destroy(target);
          }
          for (const slot of taken) yield* cspace_free_slot(cspace, slot);
        }
        expect(results).toEqual([...new Array(5).fill(CSPACE_ERROR), CSPACE_NOERROR, CSPACE_NOERROR]);
      },
    });
  });
});
