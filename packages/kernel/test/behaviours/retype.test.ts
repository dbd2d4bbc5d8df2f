/** Retype: what it refuses, in which order, and that a refusal uses nothing up. */
import {
  seL4_CapTableObject,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_DeleteFirst,
  seL4_GetMR,
  seL4_NoError,
  seL4_NotEnoughMemory,
  seL4_RangeError,
  seL4_RISCV_4K_Page,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedRetypeMaxObjects,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { behaviour } from "./test-thread.js";

const NODE_BITS = 2;
const NODE_SLOTS = 2 ** NODE_BITS;
const SLOTS = [0, 1, 2, 3];

describe("Untyped_Retype", () => {
  it("RETYPE0000: checks count and window of slots before it uses anything up", () => {
    const { value } = behaviour(function* ({ kit }) {
      const untyped = yield* kit.untyped(seL4_TCBBits + 3);
      const node = yield* kit.cnodeOf(NODE_BITS);
      const make = (offset: number, count: number) =>
        seL4_Untyped_Retype(untyped, seL4_TCBObject, 0, kit.cnode, node, kit.depth, offset, count);
      const each = function* (call: (slot: number) => Iterable<void, number, void>) {
        const errors: number[] = [];
        for (const slot of SLOTS) errors.push(yield* call(slot));
        return errors;
      };
      const seen: unknown[] = [];
      seen.push([yield* make(0, 0), seL4_GetMR(0), seL4_GetMR(1)]);
      seen.push([yield* make(3, 2), seL4_GetMR(0), seL4_GetMR(1)]);
      seen.push(yield* each((slot) => make(slot, 1)));
      seen.push(yield* make(NODE_SLOTS, 2));
      seen.push(yield* each((slot) => make(slot, 1)));
      seen.push(yield* each((slot) => seL4_CNode_Delete(node, slot, NODE_BITS)));
      seen.push([yield* make(0, 2 ** 31), seL4_GetMR(0), seL4_GetMR(1)]);
      seen.push(yield* make(0, 5));
      seen.push(yield* make(0, 3));
      seen.push(yield* each((slot) => make(slot, 1)));
      return seen;
    });
    const refused = (count: number) => Array.from({ length: count }, () => seL4_DeleteFirst);
    expect(value).toEqual([
      [seL4_RangeError, 1, seL4_UntypedRetypeMaxObjects],
      [seL4_RangeError, 1, NODE_SLOTS - 3],
      SLOTS.map(() => seL4_NoError),
      seL4_RangeError,
      refused(NODE_SLOTS),
      SLOTS.map(() => seL4_NoError),
      [seL4_RangeError, 1, seL4_UntypedRetypeMaxObjects],
      seL4_RangeError,
      seL4_NoError,
      [...refused(3), seL4_NoError],
    ]);
  });

  it("RETYPE0000: begins anew in an untyped whose last child is gone, and not before", () => {
    const { value } = behaviour(function* ({ kit }) {
      const untyped = yield* kit.untyped(seL4_TCBBits + 2);
      const slots = kit.slots(4);
      const make = (count: number) => seL4_Untyped_Retype(untyped, seL4_TCBObject, 0, kit.cnode, 0, 0, slots, count);
      const destroy = (slot: number) => seL4_CNode_Delete(kit.cnode, slot, kit.depth);
      const seen = [yield* make(4)];
      for (let i = 0; i < 3; i++) yield* destroy(slots + i);
      seen.push(yield* make(1));
      yield* destroy(slots + 3);
      seen.push(yield* make(4), yield* seL4_CNode_Revoke(kit.cnode, untyped, kit.depth), yield* make(4));
      return seen;
    });
    expect(value).toEqual([seL4_NoError, seL4_NotEnoughMemory, seL4_NoError, seL4_NoError, seL4_NoError]);
  });

  it("RETYPE0001: refuses a CNode that is larger than the untyped, or than any object may be", () => {
    const UNTYPED_BITS = 13;
    const LARGEST_BITS = 38;
    const SLOT_BITS = 5;
    const { value } = behaviour(function* ({ kit }) {
      const untyped = yield* kit.untyped(UNTYPED_BITS);
      const slot = kit.slots();
      const errors: number[][] = [];
      for (let i = 40; i >= 0; i--) {
        const radix = UNTYPED_BITS + i - SLOT_BITS;
        const make = seL4_Untyped_Retype(untyped, seL4_CapTableObject, radix, kit.cnode, 0, 0, slot, 1);
        errors.push([UNTYPED_BITS + i, yield* make]);
      }
      return errors;
    });
    expect(value).toEqual(
      value.map(([bits = 0]) => [
        bits,
        bits > LARGEST_BITS ? seL4_RangeError : bits > UNTYPED_BITS ? seL4_NotEnoughMemory : seL4_NoError,
      ]),
    );
    expect(value).toHaveLength(41);
  });

  it("RETYPE0002: refuses a count above the limit, then occupied slots, then too little memory", () => {
    const { value } = behaviour(function* ({ kit }) {
      const untyped = yield* kit.untyped(16);
      const slots = kit.slots(17);
      const make = (slot: number, count: number) =>
        seL4_Untyped_Retype(untyped, seL4_RISCV_4K_Page, 0, kit.cnode, 0, 0, slot, count);
      const frames: number[] = [];
      for (let i = 0; i < 16; i++) frames.push(yield* make(slots + i, 1));
      return [frames, yield* make(slots, 2 ** 20), yield* make(slots, 8), yield* make(slots + 16, 1)];
    });
    expect(value).toEqual([
      Array.from({ length: 16 }, () => seL4_NoError),
      seL4_RangeError,
      seL4_DeleteFirst,
      seL4_NotEnoughMemory,
    ]);
  });
});
