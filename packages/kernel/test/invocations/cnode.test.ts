import {
  CapTag,
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapInitThreadCNode,
  seL4_CapIRQControl,
  seL4_CNode_CancelBadgedSends,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  seL4_CNode_Mutate,
  seL4_CNode_Revoke,
  seL4_CNode_Rotate,
  seL4_DebugCapIdentify,
  seL4_EndpointObject,
  seL4_NoWrite,
  seL4_Recv,
  seL4_Send,
  seL4_Untyped_Retype,
  seL4_WordBits,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Kit, must } from "../support/kit.js";
import { EMPTY } from "../support/message.js";
import { answerOf } from "../support/refusal.js";
import { scene } from "../support/scene.js";

const D = seL4_WordBits;

/** The four transfers of `source` to `dest`, by name. */
const transfers = (kit: Kit, source: number, dest: number, data: number) => ({
  Copy: () => seL4_CNode_Copy(kit.cnode, dest, D, kit.cnode, source, D, seL4_AllRights),
  Mint: () => seL4_CNode_Mint(kit.cnode, dest, D, kit.cnode, source, D, seL4_AllRights, data),
  Move: () => seL4_CNode_Move(kit.cnode, dest, D, kit.cnode, source, D),
  Mutate: () => seL4_CNode_Mutate(kit.cnode, dest, D, kit.cnode, source, D, data),
});

describe("Copy, Mint, Move and Mutate", () => {
  it("refuse a destination that is taken (DeleteFirst) before they look at the source", () => {
    scene(function* (kit) {
      for (const transfer of Object.values(transfers(kit, 4000, seL4_CapInitThreadCNode, 0))) {
        expect(yield* answerOf(transfer())).toBe("DeleteFirst");
      }
    });
  });

  it("refuse an empty source (FailedLookup of the source, MissingCapability)", () => {
    scene(function* (kit) {
      for (const transfer of Object.values(transfers(kit, 4000, 4001, 0))) {
        expect(yield* answerOf(transfer())).toBe("FailedLookup 1 2");
      }
    });
  });

  it("of an endpoint capability with a badge: copied and moved, but not minted or mutated", () => {
    scene(function* (kit) {
      const badged = yield* kit.mint(yield* kit.endpoint(), 5);
      const { Copy, Mint, Mutate, Move } = transfers(kit, badged, 4000, 6);
      expect(yield* answerOf(Mint())).toBe("IllegalOperation");
      expect(yield* answerOf(Mutate())).toBe("IllegalOperation");
      expect(yield* answerOf(Copy())).toBe("NoError");
      must(yield* seL4_CNode_Delete(kit.cnode, 4000, D));
      expect(yield* answerOf(Move())).toBe("NoError");
      expect(yield* seL4_DebugCapIdentify(badged)).toBe(CapTag.null);
    });
  });

  it("of a CNode set its guard; a guard that leaves no room is refused (IllegalOperation)", () => {
    scene(function* (kit) {
      const cnode = yield* kit.cnodeOf(4);
      const { Mint, Mutate } = transfers(kit, cnode, 4000, seL4_CNode_CapData_new(0, 61));
      expect(yield* answerOf(Mint())).toBe("IllegalOperation");
      expect(yield* answerOf(Mutate())).toBe("IllegalOperation");
      expect(yield* answerOf(transfers(kit, cnode, 4000, seL4_CNode_CapData_new(5, 60)).Mutate())).toBe("NoError");
    });
  });

  it("of IRQControl: it is moved but not copied (IllegalOperation)", () => {
    scene(function* (kit) {
      const { Copy, Move } = transfers(kit, seL4_CapIRQControl, 4000, 0);
      expect(yield* answerOf(Copy())).toBe("IllegalOperation");
      expect(yield* answerOf(Move())).toBe("NoError");
    });
  });

  it("of an untyped: copied until it has children (RevokeFirst); then the copy alone gives memory", () => {
    scene(function* (kit) {
      const untyped = yield* kit.untyped(12);
      expect(yield* answerOf(transfers(kit, untyped, 4000, 0).Copy())).toBe("NoError");
      expect(yield* answerOf(transfers(kit, untyped, 4001, 0).Copy())).toBe("RevokeFirst");
      const retype = (from: number, slot: number) =>
        seL4_Untyped_Retype(from, seL4_EndpointObject, 0, kit.cnode, 0, 0, slot, 1);
      expect(yield* answerOf(retype(untyped, 4002))).toBe("NotEnoughMemory 0");
      expect(yield* answerOf(retype(4000, 4002))).toBe("NoError");
      must(yield* seL4_CNode_Revoke(kit.cnode, untyped, D));
      expect([yield* seL4_DebugCapIdentify(4000), yield* seL4_DebugCapIdentify(4002)]).toEqual([0, 0]);
      expect(yield* answerOf(retype(untyped, 4003))).toBe("NoError");
    });
  });
});

describe("Rotate", () => {
  /** Guarded CNode capabilities in three slots. */
  const rotate = (kit: Kit, dest: number, pivot: number, source: number) =>
    seL4_CNode_Rotate(kit.cnode, dest, D, 0, kit.cnode, pivot, D, 0, kit.cnode, source, D);

  it("moves the pivot's capability to the destination and the source's to the pivot", () => {
    scene(function* (kit) {
      const cnode = yield* kit.cnodeOf(2);
      const tcb = yield* kit.copy(1);
      expect(yield* answerOf(rotate(kit, 4000, cnode, tcb))).toBe("NoError");
      const tags = [];
      for (const slot of [4000, cnode, tcb]) tags.push(yield* seL4_DebugCapIdentify(slot));
      expect(tags).toEqual([CapTag.cnode, CapTag.thread, CapTag.null]);
    });
  });

  it("swaps when source and destination are one slot", () => {
    scene(function* (kit) {
      const cnode = yield* kit.cnodeOf(2);
      const tcb = yield* kit.copy(1);
      expect(yield* answerOf(rotate(kit, tcb, cnode, tcb))).toBe("NoError");
      expect([yield* seL4_DebugCapIdentify(tcb), yield* seL4_DebugCapIdentify(cnode)]).toEqual([
        CapTag.cnode,
        CapTag.thread,
      ]);
    });
  });

  it("refuses a pivot that is source or destination, a taken destination, and empty slots, in this order", () => {
    scene(function* (kit) {
      const [a, b, c] = [yield* kit.copy(1), yield* kit.copy(1), yield* kit.copy(1)];
      expect(yield* answerOf(rotate(kit, 4000, a, a))).toBe("IllegalOperation");
      expect(yield* answerOf(rotate(kit, a, a, b))).toBe("IllegalOperation");
      expect(yield* answerOf(rotate(kit, c, a, b))).toBe("DeleteFirst");
      expect(yield* answerOf(rotate(kit, 4000, a, 4001))).toBe("FailedLookup 1 2");
      expect(yield* answerOf(rotate(kit, 4000, 4001, a))).toBe("FailedLookup 0 2");
      const endpoint = yield* kit.endpoint();
      expect(yield* answerOf(rotate(kit, 4000, endpoint, a))).toBe("IllegalOperation");
    });
  });
});

describe("CancelBadgedSends", () => {
  it("needs an endpoint capability with every right (IllegalOperation)", () => {
    scene(function* (kit) {
      const endpoint = yield* kit.endpoint();
      for (const slot of [yield* kit.copy(endpoint, seL4_NoWrite), yield* kit.copy(endpoint, seL4_CanRead), 1, 4000]) {
        expect(yield* answerOf(seL4_CNode_CancelBadgedSends(kit.cnode, slot, D))).toBe("IllegalOperation");
      }
      expect(yield* answerOf(seL4_CNode_CancelBadgedSends(kit.cnode, endpoint, D))).toBe("NoError");
    });
  });

  it("takes the senders with its badge out of the queue: they make their call again, and the others wait on", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, five: 0, six: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.five = yield* kit.mint(at.ep, 5);
        at.six = yield* kit.mint(at.ep, 6);
        yield* kit.start("sender", { argument: at.five, priority: 120 });
        yield* kit.start("sender", { argument: at.six, priority: 110 });
        yield* kit.start("canceller", { priority: 100 });
      },
      {
        *sender(cptr) {
          yield* seL4_Send(cptr, EMPTY);
          seen.push(["sent", cptr === at.five ? 5 : 6]);
        },
        *canceller() {
          must(yield* seL4_CNode_CancelBadgedSends(seL4_CapInitThreadCNode, at.five, D));
          for (let i = 0; i < 2; i++) seen.push((yield* seL4_Recv(at.ep, at.reply)).badge);
        },
      },
    );
    expect(seen).toEqual([["sent", 5], 5, ["sent", 6], 6]);
  });
});
