import {
  seL4_AllRights,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
  seL4_DebugCapIdentify,
  seL4_FailedLookup,
  seL4_NoError,
  seL4_TCB_SetSpace,
  seL4_TCBBits,
  seL4_TCBObject,
} from "@tessera/libsel4";
import { CapTag } from "@tessera/libsel4/abi";
import { freeSlots, leaveSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  type backing_ut,
  CSPACE_ERROR,
  CSPACE_NOERROR,
  cspace_alloc_slot,
  cspace_copy,
  cspace_create_one_level,
  cspace_delete,
  cspace_destroy,
  cspace_free_slot,
  type cspace_t,
  cspace_untyped_retype,
} from "../src/index.js";
import { messageOf } from "./support/message-of.js";

/** `cspace` with a count of the untypeds that are out. */
function counted(cspace: cspace_t): { cspace: cspace_t; out: () => number } {
  const alloc = cspace.alloc!;
  let out = 0;
  return {
    out: () => out,
    cspace: {
      ...cspace,
      alloc: {
        ...alloc,
        *alloc_4k_ut() {
          const ut = yield* alloc.alloc_4k_ut();
          if (ut !== null) out++;
          return ut;
        },
        *free_4k_ut(ut: backing_ut) {
          out--;
          yield* alloc.free_4k_ut(ut);
        },
      },
    },
  };
}

describe("cspace_create_one_level", () => {
  it("gives a CNode capability in one slot of bootstrap that resolves addresses at depth 64", () => {
    world({
      *root(_, cspace) {
        const ut = yield* cspace.alloc!.alloc_4k_ut();
        yield* cspace.alloc!.free_4k_ut(ut!);
        const before = freeSlots(cspace);
        const { error, target } = yield* cspace_create_one_level(cspace);
        expect(error).toBe(CSPACE_NOERROR);
        expect(freeSlots(cspace)).toBe(before - 1);
        expect(yield* seL4_DebugCapIdentify(target!.root_cnode)).toBe(CapTag.cnode);
        expect(target).toMatchObject({ two_level: false, top_lvl_size_bits: 12, bootstrap: cspace, untyped: ut });
        expect(yield* cspace_copy(target!, 1, cspace, seL4_CapInitThreadTCB, seL4_AllRights)).toBe(seL4_NoError);
      },
    });
  });

  it("fails with nothing taken when fewer slots are left than it needs, and succeeds with exactly as many", () => {
    world({
      *root(_, root) {
        const { cspace, out } = counted(root);
        // The page is in the allocator's list, so it needs no slot; the CNode needs one with its guard, one without.
        const NEEDED = 2;
        yield* cspace.alloc!.free_4k_ut((yield* cspace.alloc!.alloc_4k_ut())!);
        for (let free = NEEDED - 1; free >= 0; free--) {
          const taken = yield* leaveSlots(cspace, free);
          expect((yield* cspace_create_one_level(cspace)).error).toBe(CSPACE_ERROR);
          expect(out()).toBe(0);
          expect(freeSlots(cspace)).toBe(free);
          for (const slot of taken) yield* cspace_free_slot(cspace, slot);
        }
        yield* leaveSlots(cspace, NEEDED);
        expect((yield* cspace_create_one_level(cspace)).error).toBe(CSPACE_NOERROR);
        expect(freeSlots(cspace)).toBe(1);
      },
    });
  });

  it("fails with no slot taken when memory has run out", () => {
    world({
      *root(_, cspace) {
        const without = {
          ...cspace,
          alloc: {
            ...cspace.alloc!,
            // biome-ignore lint/correctness/useYield: there is nothing to give
            *alloc_4k_ut() {
              return null;
            },
          },
        };
        const before = freeSlots(cspace);
        expect((yield* cspace_create_one_level(without)).error).toBe(CSPACE_ERROR);
        expect(freeSlots(cspace)).toBe(before);
      },
    });
  });

  it("gives everything back when the kernel refuses: a slot that is not as free as the bitmap says", () => {
    world({
      *root(_, root) {
        const { cspace, out } = counted(root);
        const page = (yield* cspace.alloc!.alloc_4k_ut())!;
        yield* cspace.alloc!.free_4k_ut(page);
        const before = freeSlots(cspace);
        const first = yield* cspace_alloc_slot(cspace);
        for (const occupied of [first, first + 1]) {
          yield* cspace_copy(cspace, occupied, cspace, seL4_CapInitThreadTCB, seL4_AllRights);
          yield* cspace_free_slot(cspace, first);
          expect((yield* cspace_create_one_level(cspace)).error).toBe(CSPACE_ERROR);
          expect(out()).toBe(0);
          expect(freeSlots(cspace)).toBe(before);
          expect(yield* seL4_DebugCapIdentify(occupied)).toBe(CapTag.thread);
          yield* cspace_delete(cspace, occupied);
          yield* cspace_alloc_slot(cspace);
        }
        // The page has no children left: it holds a whole CNode again.
        expect((yield* cspace_create_one_level(cspace)).error).toBe(CSPACE_NOERROR);
      },
    });
  });

  it("a CSpace without an allocator cannot make others", () => {
    world({
      *root(_, cspace) {
        const { target } = yield* cspace_create_one_level(cspace);
        expect((yield* cspace_create_one_level(target!)).error).toBe(CSPACE_ERROR);
      },
    });
  });
});

describe("cspace_destroy", () => {
  it("gives slot and memory back: a hundred in a row take no more than one", () => {
    world({
      *root(_, root) {
        const { cspace, out } = counted(root);
        const { target: first } = yield* cspace_create_one_level(cspace);
        const { root_cnode, untyped } = first!;
        yield* cspace_destroy(first!);
        const before = freeSlots(cspace);
        for (let i = 0; i < 100; i++) {
          const { target } = yield* cspace_create_one_level(cspace);
          expect(target).toMatchObject({ root_cnode, untyped });
          yield* cspace_destroy(target!);
        }
        expect(freeSlots(cspace)).toBe(before);
        expect(out()).toBe(0);
      },
    });
  });

  it("takes the capabilities in it along, and copies of its root in threads and elsewhere", () => {
    world({
      *root(_, cspace) {
        const { target } = yield* cspace_create_one_level(cspace);
        const child = target!;
        yield* cspace_copy(child, 1, cspace, seL4_CapInitThreadTCB, seL4_AllRights);
        const tcb = yield* cspace_alloc_slot(cspace);
        const ut = yield* cspace.alloc!.alloc_4k_ut();
        expect(yield* cspace_untyped_retype(cspace, ut!.cap, tcb, seL4_TCBObject, seL4_TCBBits)).toBe(seL4_NoError);
        expect(yield* seL4_TCB_SetSpace(tcb, seL4_CapNull, child.root_cnode, 0, seL4_CapInitThreadVSpace, 0)).toBe(
          seL4_NoError,
        );
        const copy = yield* cspace_alloc_slot(cspace);
        yield* cspace_copy(cspace, copy, cspace, child.root_cnode, seL4_AllRights);
        const memory = child.untyped!;
        yield* cspace_destroy(child);
        expect(yield* seL4_DebugCapIdentify(copy)).toBe(CapTag.null);
        // A whole CNode fits again, so nothing of the old one lives.
        const again = yield* cspace_create_one_level(cspace);
        expect(again.target!.untyped).toBe(memory);
      },
    });
  });

  it("leaves a CSpace that has no slots, and that cannot be destroyed again", () => {
    world({
      *root(_, cspace) {
        const { target } = yield* cspace_create_one_level(cspace);
        const child = target!;
        yield* cspace_destroy(child);
        expect(child.root_cnode).toBe(seL4_CapNull);
        expect(yield* cspace_alloc_slot(child)).toBe(seL4_CapNull);
        expect(yield* cspace_copy(cspace, 4000, child, 1, seL4_AllRights)).toBe(seL4_FailedLookup);
        expect(yield* messageOf(cspace_destroy(child))).toMatch(/only be destroyed once/);
        expect(yield* messageOf(cspace_destroy(cspace))).toMatch(/only by the one that made it/);
      },
    });
  });
});
