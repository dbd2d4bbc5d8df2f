import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull } from "@tessera/libsel4";
import { freeSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  cspace_adopt,
  cspace_alloc_slot,
  cspace_create_one_level,
  cspace_create_two_level,
  cspace_destroy,
  cspace_free_slot,
  type cspace_t,
} from "../src/index.js";
import { messageOf } from "./support/message-of.js";
import { withWindow } from "./support/window.js";

/** All slots that are left, in the order in which they are handed out. */
function* takeAll(cspace: cspace_t): Thread<number[]> {
  const slots: number[] = [];
  for (let slot = yield* cspace_alloc_slot(cspace); slot !== seL4_CapNull; slot = yield* cspace_alloc_slot(cspace)) {
    slots.push(slot);
  }
  return slots;
}

describe("slots of the initial task's CSpace", () => {
  it("are bootinfo.empty, lowest first, then 0", () => {
    const { value } = world({
      *root(bootinfo, cspace) {
        return { empty: bootinfo.empty, slots: yield* takeAll(cspace) };
      },
    });
    const { empty, slots } = value;
    expect(slots).toEqual(Array.from({ length: empty.end - empty.start }, (_, i) => empty.start + i));
  });

  it("a freed slot is the next one used, the lowest of several first", () => {
    world({
      *root(_, cspace) {
        const slots = [];
        for (let i = 0; i < 8; i++) slots.push(yield* cspace_alloc_slot(cspace));
        for (const i of [6, 2, 4]) yield* cspace_free_slot(cspace, slots[i]!);
        const again = [];
        for (let i = 0; i < 3; i++) again.push(yield* cspace_alloc_slot(cspace));
        expect(again).toEqual([slots[2], slots[4], slots[6]]);
        expect(yield* cspace_alloc_slot(cspace)).toBe(slots[7]! + 1);
      },
    });
  });

  it("cspace_free_slot ignores 0, and knows the end of a CSpace of any size", () => {
    world({
      *root(bootinfo, cspace) {
        const before = freeSlots(cspace);
        yield* cspace_free_slot(cspace, seL4_CapNull);
        expect(freeSlots(cspace)).toBe(before);
        const slots = 2 ** bootinfo.initThreadCNodeSizeBits;
        for (const bad of [slots, slots + 64]) expect(() => [...cspace_free_slot(cspace, bad)]).toThrow(RangeError);
      },
    });
  });
});

describe("slots of a one-level CSpace", () => {
  it("are 1 to 127: slot 0 is never handed out", () => {
    world({
      *root(_, cspace) {
        const { target } = yield* cspace_create_one_level(cspace);
        expect(yield* takeAll(target!)).toEqual(Array.from({ length: 127 }, (_, i) => i + 1));
        yield* cspace_free_slot(target!, 42);
        expect(yield* cspace_alloc_slot(target!)).toBe(42);
        expect(yield* cspace_alloc_slot(target!)).toBe(seL4_CapNull);
      },
    });
  });
});

describe("cspace_free_slot refuses, in words,", () => {
  it("what is no slot, what is free already, what is held back, and a CSpace that is gone", () => {
    world({
      *root(_, root) {
        const cspace = withWindow(root);
        const one = (yield* cspace_create_one_level(cspace)).target!;
        const two = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
        for (const [c, slots] of [
          [one, 128],
          [two, 16_384],
        ] as const) {
          const slot = yield* cspace_alloc_slot(c);
          for (const bad of [1.5, -1, slots, Number.NaN, Number.POSITIVE_INFINITY, true, "6", null]) {
            const message = yield* messageOf(cspace_free_slot(c, bad as number));
            expect(message).toBe(`cspace_free_slot(${bad}): the CSpace has slots 1 to ${slots - 1}`);
          }
          yield* cspace_free_slot(c, slot);
          for (const free of [slot, slots - 1]) {
            const message = yield* messageOf(cspace_free_slot(c, free));
            expect(message).toBe(`cspace_free_slot(${free}): the slot is free already`);
          }
          expect(yield* cspace_alloc_slot(c)).toBe(slot);
        }
        for (const held of [1, 4, 5]) {
          expect(yield* messageOf(cspace_free_slot(two, held))).toMatch(/holds this slot back/);
        }
        yield* cspace_destroy(two);
        expect(yield* messageOf(cspace_free_slot(two, 6))).toBe("cspace_free_slot(6): the CSpace is destroyed");
        expect(yield* cspace_alloc_slot(two)).toBe(seL4_CapNull);
        yield* cspace_free_slot(two, seL4_CapNull);
      },
    });
  });
});

describe("cspace_adopt", () => {
  it("counts what is not said to be empty as in use, slot 0 always", () => {
    const cspace = cspace_adopt(2, 5, { start: 0, end: 3 }, null);
    expect(freeSlots(cspace)).toBe(2);
    expect(cspace.top_lvl_size_bits).toBe(10);
  });

  it("refuses a region that the CNode does not have", () => {
    expect(() => cspace_adopt(2, 5, { start: 1, end: 33 }, null)).toThrow(RangeError);
    expect(() => cspace_adopt(2, 5, { start: 4, end: 3 }, null)).toThrow(RangeError);
  });
});
