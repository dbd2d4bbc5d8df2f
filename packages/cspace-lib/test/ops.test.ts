import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CanWrite,
  seL4_CapInitThreadTCB,
  seL4_CapIRQControl,
  seL4_CapNull,
  seL4_CNode_CapData_new,
  type seL4_CPtr,
  seL4_DebugCapIdentify,
  seL4_DeleteFirst,
  seL4_FailedLookup,
  seL4_IllegalOperation,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_NBWait,
  seL4_NoError,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_RangeError,
  seL4_RevokeFirst,
} from "@tessera/libsel4";
import { CapTag } from "@tessera/libsel4/abi";
import { type RootMain, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  cspace_alloc_slot,
  cspace_copy,
  cspace_create_one_level,
  cspace_delete,
  cspace_irq_control_get,
  cspace_mint,
  cspace_move,
  cspace_mutate,
  cspace_revoke,
  type cspace_t,
  cspace_untyped_retype,
} from "../src/index.js";

/** A root task that has a second CSpace of one level. */
function withChild(main: (cspace: cspace_t, child: cspace_t) => Thread<void>): void {
  const root: RootMain<void> = function* (_, cspace) {
    const { error, target } = yield* cspace_create_one_level(cspace);
    if (error !== 0) throw new Error("no CSpace");
    yield* main(cspace, target);
  };
  world({ root });
}

/** A notification in a new slot of the root task's CSpace. */
function* notification(cspace: cspace_t): Thread<seL4_CPtr<"Notification">> {
  const untyped = yield* cspace.alloc!.alloc_4k_ut();
  const slot = yield* cspace_alloc_slot(cspace);
  const err = yield* cspace_untyped_retype(cspace, untyped!.cap, slot, seL4_NotificationObject, seL4_NotificationBits);
  expect(err).toBe(seL4_NoError);
  return slot;
}

/** What kind of capability lies in a slot of the root task's CSpace. */
function* tagOf(cptr: seL4_CPtr): Thread<number> {
  return yield* seL4_DebugCapIdentify(cptr);
}

/** The badge that a signal through `cptr` leaves in `ntfn`; 0 when none arrived. */
function* badgeBy(cptr: seL4_CPtr, ntfn: seL4_CPtr<"Notification">): Thread<number> {
  yield* seL4_NBSend(cptr, seL4_MessageInfo_new(0, 0, 0, 0));
  const { badge } = yield* seL4_NBWait(ntfn);
  return badge;
}

describe("operations between CSpaces", () => {
  it("cspace_copy there and back reaches the same object, with no more rights than were copied", () =>
    withChild(function* (cspace, child) {
      const ntfn = yield* notification(cspace);
      const badged = yield* cspace_alloc_slot(cspace);
      expect(yield* cspace_mint(cspace, badged, cspace, ntfn, seL4_AllRights, 5)).toBe(seL4_NoError);
      const there = yield* cspace_alloc_slot(child);
      const back = yield* cspace_alloc_slot(cspace);
      expect(yield* cspace_copy(child, there, cspace, badged, seL4_CanWrite)).toBe(seL4_NoError);
      expect(yield* cspace_copy(cspace, back, child, there, seL4_AllRights)).toBe(seL4_NoError);
      expect(yield* badgeBy(back, ntfn)).toBe(5);
    }));

  it("cspace_mint gives the badge, and refuses a second one", () =>
    withChild(function* (cspace, child) {
      const ntfn = yield* notification(cspace);
      const there = yield* cspace_alloc_slot(child);
      expect(yield* cspace_mint(child, there, cspace, ntfn, seL4_AllRights, 0xff)).toBe(seL4_NoError);
      const back = yield* cspace_alloc_slot(cspace);
      expect(yield* cspace_mint(cspace, back, child, there, seL4_AllRights, 1)).toBe(seL4_IllegalOperation);
      expect(yield* cspace_copy(cspace, back, child, there, seL4_AllRights)).toBe(seL4_NoError);
      expect(yield* badgeBy(back, ntfn)).toBe(0xff);
    }));

  it("cspace_move leaves its source empty", () =>
    withChild(function* (cspace, child) {
      const ntfn = yield* notification(cspace);
      const there = yield* cspace_alloc_slot(child);
      expect(yield* cspace_move(child, there, cspace, ntfn)).toBe(seL4_NoError);
      expect(yield* tagOf(ntfn)).toBe(CapTag.null);
      expect(yield* cspace_move(cspace, ntfn, child, there)).toBe(seL4_NoError);
      expect(yield* tagOf(ntfn)).toBe(CapTag.notification);
    }));

  it("cspace_mutate changes the guard of a CNode capability and moves it; an endpoint's badge it refuses", () =>
    withChild(function* (cspace, child) {
      const slot = yield* cspace_alloc_slot(cspace);
      expect(yield* cspace_mutate(cspace, slot, cspace, child.root_cnode, seL4_CNode_CapData_new(1, 57))).toBe(
        seL4_NoError,
      );
      expect(yield* tagOf(child.root_cnode)).toBe(CapTag.null);
      const wrongGuard = yield* cspace_copy({ ...child, root_cnode: slot }, 1, cspace, slot, seL4_AllRights);
      expect(wrongGuard).toBe(seL4_FailedLookup);
      const ntfn = yield* notification(cspace);
      const free = yield* cspace_alloc_slot(cspace);
      expect(yield* cspace_mutate(cspace, free, cspace, ntfn, 1)).toBe(seL4_IllegalOperation);
    }));

  it("cspace_delete empties a slot and does not mind an empty one", () =>
    withChild(function* (cspace, child) {
      const ntfn = yield* notification(cspace);
      expect(yield* cspace_delete(cspace, ntfn)).toBe(seL4_NoError);
      expect(yield* tagOf(ntfn)).toBe(CapTag.null);
      expect(yield* cspace_delete(cspace, ntfn)).toBe(seL4_NoError);
      expect(yield* cspace_delete(child, 77)).toBe(seL4_NoError);
    }));

  it("cspace_revoke deletes copies wherever they are and keeps the capability", () =>
    withChild(function* (cspace, child) {
      const ntfn = yield* notification(cspace);
      const there = yield* cspace_alloc_slot(child);
      yield* cspace_mint(child, there, cspace, ntfn, seL4_AllRights, 9);
      expect(yield* cspace_revoke(cspace, ntfn)).toBe(seL4_NoError);
      expect(yield* tagOf(ntfn)).toBe(CapTag.notification);
      const back = yield* cspace_alloc_slot(cspace);
      expect(yield* cspace_copy(cspace, back, child, there, seL4_AllRights)).toBe(seL4_FailedLookup);
    }));

  it("cspace_untyped_retype makes an object in a slot of another CSpace, and the last slot is 127", () =>
    withChild(function* (cspace, child) {
      const ut = (yield* cspace.alloc!.alloc_4k_ut())!;
      const make = (slot: number) =>
        cspace_untyped_retype(child, ut.cap, slot, seL4_NotificationObject, seL4_NotificationBits);
      expect(yield* make(127)).toBe(seL4_NoError);
      expect(yield* make(127)).toBe(seL4_DeleteFirst);
      expect(yield* make(128)).toBe(seL4_RangeError);
      const back = yield* cspace_alloc_slot(cspace);
      expect(yield* cspace_move(cspace, back, child, 127)).toBe(seL4_NoError);
      expect(yield* tagOf(back)).toBe(CapTag.notification);
    }));

  it("an address outside of the CSpace is a failed lookup, never another slot", () =>
    withChild(function* (cspace, child) {
      for (const outside of [128, 1024, 2 ** 40]) {
        const err = yield* cspace_copy(child, outside, cspace, seL4_CapInitThreadTCB, seL4_AllRights);
        expect(err).toBe(seL4_FailedLookup);
      }
    }));

  it("every operation that fills a slot refuses one in use (DeleteFirst) and an empty source (FailedLookup)", () =>
    withChild(function* (cspace, child) {
      const ntfn = yield* notification(cspace);
      yield* cspace_copy(child, 1, cspace, ntfn, seL4_AllRights);
      const into = (dest: number, src: seL4_CPtr) => [
        () => cspace_copy(child, dest, cspace, src, seL4_AllRights),
        () => cspace_mint(child, dest, cspace, src, seL4_AllRights, 0),
        () => cspace_move(child, dest, cspace, src),
        () => cspace_mutate(child, dest, cspace, src, 0),
      ];
      for (const operation of into(1, ntfn)) expect(yield* operation()).toBe(seL4_DeleteFirst);
      const empty = yield* cspace_alloc_slot(cspace);
      for (const operation of into(2, empty)) expect(yield* operation()).toBe(seL4_FailedLookup);
    }));

  it("an untyped with children cannot be copied (RevokeFirst)", () =>
    withChild(function* (cspace, child) {
      const err = yield* cspace_copy(child, 1, cspace, child.untyped!.cap, seL4_AllRights);
      expect(err).toBe(seL4_RevokeFirst);
    }));

  it("cspace_irq_control_get makes one handler an interrupt", () =>
    withChild(function* (cspace, child) {
      expect(yield* cspace_irq_control_get(child, 1, seL4_CapIRQControl, 10, 0)).toBe(seL4_NoError);
      expect(yield* cspace_irq_control_get(child, 2, seL4_CapIRQControl, 10, 0)).toBe(seL4_RevokeFirst);
      expect(yield* cspace_irq_control_get(child, 2, seL4_CapIRQControl, 11, 1)).toBe(seL4_NoError);
      expect(yield* cspace_irq_control_get(child, 3, seL4_CapIRQControl, 100_000, 1)).toBe(seL4_RangeError);
      expect(yield* cspace_irq_control_get(child, 3, seL4_CapNull, 12, 1)).not.toBe(seL4_NoError);
      const handler = yield* cspace_alloc_slot(cspace);
      yield* cspace_move(cspace, handler, child, 1);
      expect(yield* tagOf(handler)).toBe(CapTag.irqHandler);
    }));
});
