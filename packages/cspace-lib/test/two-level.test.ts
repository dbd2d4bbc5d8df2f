import { loadPair } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadTCB,
  seL4_DebugCapIdentify,
  seL4_FailedLookup,
  seL4_NoError,
  seL4_NotificationBits,
  seL4_NotificationObject,
} from "@tessera/libsel4";
import { CapTag } from "@tessera/libsel4/abi";
import { freeSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  CSPACE_NOERROR,
  cspace_alloc_slot,
  cspace_copy,
  cspace_create_two_level,
  cspace_destroy,
  cspace_free_slot,
  cspace_move,
  cspace_untyped_retype,
} from "../src/index.js";
import { WINDOW, withWindow } from "./support/window.js";

describe("cspace_create_two_level", () => {
  it("gives a CSpace whose first slot is 6, and that grows beyond its first CNode", () => {
    world({
      *root(_, root) {
        const cspace = withWindow(root);
        const { error, target } = yield* cspace_create_two_level(cspace, cspace.alloc);
        expect(error).toBe(CSPACE_NOERROR);
        const child = target!;
        expect(child).toMatchObject({ two_level: true, top_lvl_size_bits: 12, watermark: [1, 2, 3, 4] });
        for (let slot = 6; slot < 300; slot++) expect(yield* cspace_alloc_slot(child)).toBe(slot);
        expect(child.bot_lvl_untypeds.length).toBe(3);
        yield* cspace_free_slot(child, 200);
        expect(yield* cspace_alloc_slot(child)).toBe(200);
        expect(yield* cspace_alloc_slot(child)).toBe(300);
      },
    });
  });

  it("resolves addresses of both levels at depth 64, and makes objects in them", () => {
    world({
      *root(_, root) {
        const cspace = withWindow(root);
        const child = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
        while ((yield* cspace_alloc_slot(child)) < 130);
        const page = (yield* cspace.alloc.alloc_4k_ut())!;
        const make = (slot: number) =>
          cspace_untyped_retype(child, page.cap, slot, seL4_NotificationObject, seL4_NotificationBits);
        for (const slot of [6, 127, 128, 130]) expect(yield* make(slot)).toBe(seL4_NoError);
        for (const slot of [256, 16_384]) expect(yield* make(slot)).toBe(seL4_FailedLookup);
        const back = yield* cspace_alloc_slot(cspace);
        expect(yield* cspace_move(cspace, back, child, 128)).toBe(seL4_NoError);
        expect(yield* seL4_DebugCapIdentify(back)).toBe(CapTag.notification);
        expect(yield* cspace_copy(child, 128, cspace, seL4_CapInitThreadTCB, seL4_AllRights)).toBe(seL4_NoError);
        expect(yield* cspace_copy(child, 256, cspace, seL4_CapInitThreadTCB, seL4_AllRights)).toBe(seL4_FailedLookup);
      },
    });
  });

  it("keeps its bitmaps in a page that is mapped, and takes it down when it is destroyed", () => {
    world({
      *root(_, root) {
        const cspace = withWindow(root);
        const first = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
        expect(first.bot_lvl_nodes[0]!.vaddr).toBe(WINDOW);
        expect(yield* loadPair(WINDOW)).toEqual({ low: 0b111111, high: 0 });
        yield* cspace_alloc_slot(first);
        expect(yield* loadPair(WINDOW)).toEqual({ low: 0b1111111, high: 0 });
        const second = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
        expect(second.bot_lvl_nodes[0]!.vaddr).toBe(WINDOW + 4096);
        yield* cspace_destroy(first);
        const before = freeSlots(cspace);
        const again = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
        expect(again.bot_lvl_nodes[0]!.vaddr).toBe(WINDOW);
        // Its root and its page of book-keeping: the page tables are there.
        expect(before - freeSlots(cspace)).toBe(2);
        expect(yield* loadPair(WINDOW)).toEqual({ low: 0b111111, high: 0 });
      },
    });
  });
});
