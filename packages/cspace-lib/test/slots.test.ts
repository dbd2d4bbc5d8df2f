import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull } from "@tessera/libsel4";
import { freeSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  cspace_adopt,
  cspace_alloc_slot,
  cspace_create_one_level,
  cspace_free_slot,
  type cspace_t,
} from "../src/index.js";

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

  it("cspace_free_slot ignores 0 and refuses what is no slot", () => {
    world({
      *root(bootinfo, cspace) {
        const before = freeSlots(cspace);
        yield* cspace_free_slot(cspace, seL4_CapNull);
        expect(freeSlots(cspace)).toBe(before);
        const slots = 2 ** bootinfo.initThreadCNodeSizeBits;
        for (const bad of [slots, slots + 64, -1, 1.5, Number.NaN, true as unknown as number]) {
          expect(() => [...cspace_free_slot(cspace, bad)]).toThrow(RangeError);
        }
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
