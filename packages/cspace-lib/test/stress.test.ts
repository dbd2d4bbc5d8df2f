import { Prng } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapNull,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_NoError,
  seL4_PageBits,
} from "@tessera/libsel4";
import { expectNoLeaks, freeSlots, type RootMain, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  type backing_ut,
  cspace_alloc_slot,
  cspace_copy,
  cspace_create_one_level,
  cspace_create_two_level,
  cspace_delete,
  cspace_destroy,
  cspace_free_slot,
  type cspace_t,
  cspace_untyped_retype,
} from "../src/index.js";
import { heldSlots, lostSlots } from "./support/occupancy.js";
import { cutPages } from "./support/pages.js";

const SLOTS = 16_000;
const ENDPOINTS_PER_PAGE = 2 ** (seL4_PageBits - seL4_EndpointBits);

/** A world of many kernel entries: the invariants are checked where the test says so. */
function longWorld(root: RootMain<void>): void {
  world({ root, kernel: { checkInvariants: false }, limit: { events: 2_000_000 } });
}

/** What the allocator keeps: pages cut, and the page tables of the place where it maps book-keeping. */
function* warmUp(cspace: cspace_t, pages: number): Thread {
  yield* cutPages(cspace, pages);
  yield* cspace_destroy((yield* cspace_create_two_level(cspace, cspace.alloc!)).target!);
}

/** Numbers from 0 to `count` - 1 in an order drawn from `prng`. */
function shuffled(count: number, prng: Prng): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = prng.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** An endpoint of its own in each of `slots`, made in `pages`. */
function* fill(c: cspace_t, slots: readonly seL4_CPtr[], pages: readonly backing_ut[]): Thread {
  for (const [i, slot] of slots.entries()) {
    const page = pages[Math.floor(i / ENDPOINTS_PER_PAGE)]!;
    const err = yield* cspace_untyped_retype(c, page.cap, slot, seL4_EndpointObject, seL4_EndpointBits);
    if (err !== seL4_NoError) throw new Error(`slot ${slot}: seL4_Error ${err}`);
  }
}

function* takeSlots(c: cspace_t, count: number): Thread<seL4_CPtr[]> {
  const slots: seL4_CPtr[] = [];
  for (let i = 0; i < count; i++) slots.push(yield* cspace_alloc_slot(c));
  return slots;
}

describe("16,000 slots", () => {
  it("are allocated, filled, freed in any order and used again, and all of it comes back", () => {
    longWorld(function* (_, cspace, { kernel }) {
      const alloc = cspace.alloc!;
      yield* warmUp(cspace, 200);
      const pages: backing_ut[] = [];
      while (pages.length * ENDPOINTS_PER_PAGE < SLOTS) pages.push((yield* alloc.alloc_4k_ut())!);
      const before = kernel.snapshot();

      const c = (yield* cspace_create_two_level(cspace, alloc)).target!;
      const slots = yield* takeSlots(c, SLOTS);
      expect(slots).toEqual(Array.from({ length: SLOTS }, (_, i) => i + 6));
      yield* fill(c, slots, pages);
      expect([...heldSlots(c, kernel).keys()].sort((a, b) => a - b)).toEqual(slots);
      expect(yield* lostSlots(c, kernel)).toEqual([]);
      expect(kernel.checkInvariants()).toEqual([]);

      for (const i of shuffled(SLOTS, new Prng(1))) {
        yield* cspace_delete(c, slots[i]!);
        yield* cspace_free_slot(c, slots[i]!);
      }
      expect(heldSlots(c, kernel).size).toBe(0);
      expect(yield* lostSlots(c, kernel)).toEqual([]);

      expect(yield* takeSlots(c, SLOTS)).toEqual(slots);
      yield* fill(c, slots, pages);
      expect(heldSlots(c, kernel).size).toBe(SLOTS);
      expect(kernel.checkInvariants()).toEqual([]);

      yield* cspace_destroy(c);
      expectNoLeaks(kernel, before);
    });
  });

  it("are nearly all that a CSpace of two levels has: the last one is 16,383, then there is none", () => {
    longWorld(function* (_, cspace, { kernel }) {
      const c = (yield* cspace_create_two_level(cspace, cspace.alloc!)).target!;
      const slots = yield* takeSlots(c, 16_384 - 6);
      expect(slots.at(-1)).toBe(16_383);
      const before = kernel.snapshot();
      expect(yield* cspace_alloc_slot(c)).toBe(seL4_CapNull);
      expectNoLeaks(kernel, before);
      for (const slot of [16_383, 6, 9000]) yield* cspace_free_slot(c, slot);
      expect(yield* takeSlots(c, 4)).toEqual([6, 9000, 16_383, seL4_CapNull]);
    });
  });
});

describe("A thousand CSpaces", () => {
  it("of both kinds, up to twelve at a time, are created, filled and destroyed, and all of it comes back", () => {
    longWorld(function* (_, cspace, { kernel }) {
      const prng = new Prng(7);
      yield* warmUp(cspace, 60);
      const endpoint = yield* cspace_alloc_slot(cspace);
      const page = (yield* cspace.alloc!.alloc_4k_ut())!;
      yield* cspace_untyped_retype(cspace, page.cap, endpoint, seL4_EndpointObject, seL4_EndpointBits);
      const before = kernel.snapshot();
      const free = freeSlots(cspace);
      let created = 0;
      for (let round = 0; created < 1000; round++) {
        const alive: cspace_t[] = [];
        for (let i = 0; i < 12; i++, created++) {
          const two = prng.below(2) === 0;
          const made = two
            ? yield* cspace_create_two_level(cspace, cspace.alloc!)
            : yield* cspace_create_one_level(cspace);
          const c = made.target!;
          alive.push(c);
          // Enough for a second CNode, sometimes.
          for (const slot of yield* takeSlots(c, 100 + prng.below(two ? 60 : 20))) {
            if (prng.below(8) === 0) yield* cspace_copy(c, slot, cspace, endpoint, seL4_AllRights);
          }
        }
        for (const i of shuffled(alive.length, prng)) yield* cspace_destroy(alive[i]!);
        if (round % 20 === 0) expectNoLeaks(kernel, before);
      }
      expect(created).toBeGreaterThanOrEqual(1000);
      expectNoLeaks(kernel, before);
      expect(freeSlots(cspace)).toBe(free);
      expect(kernel.checkInvariants()).toEqual([]);
    });
  });
});
