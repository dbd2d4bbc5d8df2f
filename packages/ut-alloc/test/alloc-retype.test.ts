import { cspace_alloc_slot, cspace_copy, cspace_delete, cspace_free_slot } from "@tessera/cspace-lib";
import {
  seL4_AllRights,
  seL4_CapInitThreadTCB,
  seL4_CapNull,
  seL4_CapTableObject,
  type seL4_CPtr,
  seL4_DebugCapIdentify,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MinSchedContextBits,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCBBits,
  seL4_TCBObject,
} from "@tessera/libsel4";
import { CapTag } from "@tessera/libsel4/abi";
import { findLeaks, freeSlots, leaveSlots, world } from "@tessera/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { alloc_retype, free_retyped, type retyped_t, ut_alloc, ut_bootstrap } from "../src/index.js";
import { oneBlock } from "./one-block.js";
import { runOut, runOutBySeed, type Work } from "./run-out.js";

describe("alloc_retype", () => {
  it("makes an object of each type, in memory of just its size", () => {
    world({
      *root(_, cspace) {
        const types = [
          [seL4_TCBObject, seL4_TCBBits, CapTag.thread, 11],
          [seL4_EndpointObject, seL4_EndpointBits, CapTag.endpoint, 4],
          [seL4_NotificationObject, seL4_NotificationBits, CapTag.notification, 6],
          [seL4_CapTableObject, 4, CapTag.cnode, 9],
          [seL4_SchedContextObject, seL4_MinSchedContextBits, CapTag.schedContext, 7],
          [seL4_ReplyObject, seL4_ReplyBits, CapTag.reply, 5],
          [seL4_RISCV_4K_Page, seL4_PageBits, CapTag.frame, 12],
          [seL4_RISCV_PageTableObject, seL4_PageTableBits, CapTag.pageTable, 12],
        ] as const;
        for (const [type, size_bits, tag, bytes_bits] of types) {
          const { ut, cptr } = yield* alloc_retype(type, size_bits, cspace);
          expect(ut?.size_bits).toBe(bytes_bits);
          expect(yield* seL4_DebugCapIdentify(cptr)).toBe(tag);
        }
      },
    });
  });

  it("returns the kind of capability that the type has", () => {
    world({
      *root(_, cspace) {
        const tcb = yield* alloc_retype(seL4_TCBObject, seL4_TCBBits, cspace);
        expectTypeOf(tcb.cptr).toEqualTypeOf<seL4_CPtr<"TCB">>();
        const type: number = seL4_ReplyObject;
        const some = yield* alloc_retype(type, seL4_ReplyBits, cspace);
        expectTypeOf(some.cptr).toEqualTypeOf<seL4_CPtr>();
      },
    });
  });

  it("changes nothing when memory, slots or the kernel say no", () => {
    world({
      *root(bootinfo) {
        const cspace = ut_bootstrap(oneBlock(bootinfo, 13));
        // Cuts one page down to 16 bytes, so that pieces of every size are in the lists.
        const second = yield* ut_alloc(4, cspace);
        const nothing = { ut: null, cptr: seL4_CapNull };
        let before = freeSlots(cspace);
        const same = () => expect(freeSlots(cspace)).toBe(before);

        // No such object: a CNode of no slots, a TCB in too little memory.
        expect(yield* alloc_retype(seL4_CapTableObject, 0, cspace)).toEqual(nothing);
        expect(yield* alloc_retype(seL4_TCBObject, seL4_EndpointBits, cspace)).toEqual(nothing);
        before = freeSlots(cspace);
        expect(yield* alloc_retype(seL4_TCBObject, seL4_EndpointBits, cspace)).toEqual(nothing);
        same();

        // The slot is in use without the bitmap knowing it.
        const slot = yield* cspace_alloc_slot(cspace);
        yield* cspace_copy(cspace, slot, cspace, seL4_CapInitThreadTCB, seL4_AllRights);
        yield* cspace_free_slot(cspace, slot);
        expect(yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).toEqual(nothing);
        same();
        yield* cspace_delete(cspace, slot);

        // No slot for the object; its memory is there.
        const taken = yield* leaveSlots(cspace, 0);
        expect(yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).toEqual(nothing);
        for (const one of taken) yield* cspace_free_slot(cspace, one);

        // The memory that all of these gave back is the same.
        const { ut } = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);
        expect(ut?.paddr).toBe(second.paddr - 16);

        // No memory.
        while ((yield* ut_alloc(12, cspace)) !== null);
        before = freeSlots(cspace);
        expect(yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace)).toEqual(nothing);
        same();
      },
    });
  });

  it("says what is no object type, and takes nothing", () => {
    world({
      *root(_, cspace) {
        const slots = freeSlots(cspace);
        for (const type of [Number.NaN, 1.5, -1]) {
          let message = "";
          try {
            yield* alloc_retype(type, seL4_EndpointBits, cspace);
          } catch (error) {
            message = (error as Error).message;
          }
          expect(message).toBe(`alloc_retype: ${type} is no object type`);
        }
        expect(freeSlots(cspace)).toBe(slots);
        expect(yield* alloc_retype(11, seL4_EndpointBits, cspace)).toEqual({ ut: null, cptr: seL4_CapNull });
      },
    });
  });

  /** A TCB, a CNode and an endpoint: a cut of 4 KiB, a whole page, and one all the way down. */
  const work: Work = function* (cspace) {
    yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
    return function* () {
      const made: retyped_t[] = [];
      for (const [type, size_bits] of TYPES) {
        const { ut, cptr } = yield* alloc_retype(type, size_bits, cspace);
        if (ut === null) {
          expect(cptr).toBe(seL4_CapNull);
          for (const object of made) yield* free_retyped(object, cspace);
          return false;
        }
        made.push({ ut, cptr });
      }
      return true;
    };
  };
  const TYPES = [
    [seL4_TCBObject, seL4_TCBBits],
    [seL4_CapTableObject, 7],
    [seL4_EndpointObject, seL4_EndpointBits],
  ] as const;

  it("says so when memory or slots run out, whichever allocation it is, and then nothing has changed", () => {
    // The endpoint comes out of the TCB's other half. In slots: three objects, two pages, eight cuts.
    expect(runOut(work)).toEqual({ pages: 2, slots: 3 + 2 + 2 * 8 });
  });

  it("says so when both run out, by seed", () => {
    expect(runOutBySeed(work, 3, 12, { pages: 4, slots: 30 })).toBeGreaterThan(0);
  });

  it("an object that somebody forgets to free is named", () => {
    world({
      *root(_, cspace, { kernel }) {
        const before = kernel.snapshot();
        const kept = yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
        const freed = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);
        yield* free_retyped({ ut: freed.ut!, cptr: freed.cptr }, cspace);
        const { leaks, text } = findLeaks(kernel, before, { allow: ["untyped"] });
        expect(leaks.map(({ kind }) => kind)).toEqual(["frame"]);
        expect(text).toContain(`slot 0x${kept.cptr.toString(16)} of CNode`);
      },
    });
  });
});
