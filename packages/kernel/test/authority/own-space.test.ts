/** A thread that revokes the memory of what it runs on itself. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  CapTag,
  seL4_AllRights,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Move,
  seL4_CNode_Revoke,
  type seL4_Fault_t,
  seL4_getFault,
  seL4_NoError,
  seL4_Recv,
  seL4_SchedContext_Bind,
  seL4_SchedContextObject,
  seL4_Signal,
  seL4_TCBObject,
  seL4_WordBits,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { capAt } from "../support/kernel-view.js";
import { type Kit, must } from "../support/kit.js";
import { scene } from "../support/scene.js";

const RADIX = 6;
/** Slots of the child's own CSpace. */
const Own = { root: 1, untyped: 2, bell: 3 } as const;

/** The child's CSpace, made from `untyped` and holding a capability to that untyped itself. */
function* ownSpace(kit: Kit, untyped: number, bell: number): Thread<number> {
  const bare = yield* kit.make(seL4_CapTableObject, RADIX, 1, untyped);
  const space = yield* kit.mint(bare, seL4_CNode_CapData_new(0, seL4_WordBits - RADIX));
  for (const [index, source] of [
    [Own.root, space],
    [Own.bell, bell],
  ] as const) {
    must(yield* seL4_CNode_Copy(space, index, seL4_WordBits, kit.cnode, source, kit.depth, seL4_AllRights));
  }
  return space;
}

describe("A thread that revokes the untyped its CSpace is made of", () => {
  it("gets its reply, and faults with InvalidRoot at its next lookup", () => {
    const seen: unknown[] = [];
    let fault: seL4_Fault_t | null = null;
    const at = { untyped: 0, bell: 0, faults: 0, reply: 0, space: 0 };
    scene(
      function* (kit) {
        at.untyped = yield* kit.untyped(13);
        at.bell = yield* kit.notification();
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.space = yield* ownSpace(kit, at.untyped, at.bell);
        // The child revokes through the root task's CNode, which it is given a capability to.
        must(
          yield* seL4_CNode_Copy(at.space, Own.untyped, seL4_WordBits, kit.cnode, kit.cnode, kit.depth, seL4_AllRights),
        );
        yield* kit.start("child", { cspace: at.space, faultHandler: at.faults });
        const { info } = yield* seL4_Recv(at.faults, at.reply);
        fault = seL4_getFault(info);
      },
      {
        *child() {
          seen.push(yield* seL4_CNode_Revoke(Own.untyped, at.untyped, seL4_WordBits));
          yield* seL4_Signal(Own.bell);
          seen.push("survived");
        },
      },
    );
    expect(seen).toEqual([seL4_NoError]);
    expect(fault).toMatchObject({ type: "CapFault", Addr: Own.bell, InRecvPhase: false });
    expect(fault).toMatchObject({ LookupFailure: { kind: "InvalidRoot" } });
  });

  it("and in which that untyped's capability itself lies: the revoke ends with success", () => {
    const seen: unknown[] = [];
    const { kernel, value } = scene(
      function* (kit) {
        const untyped = yield* kit.untyped(13);
        const bell = yield* kit.notification();
        const space = yield* ownSpace(kit, untyped, bell);
        must(yield* seL4_CNode_Move(space, Own.untyped, seL4_WordBits, kit.cnode, untyped, kit.depth));
        yield* kit.start("child", { cspace: space });
        return { space };
      },
      {
        *child() {
          seen.push(yield* seL4_CNode_Revoke(Own.root, Own.untyped, seL4_WordBits));
          yield* seL4_Signal(Own.bell);
          seen.push("survived");
        },
      },
    );
    expect(seen).toEqual([seL4_NoError]);
    // What was made from the untyped and not reached belongs to the untyped above now.
    expect(kernel.checkInvariants()).toEqual([]);
    expect([CapTag.null, CapTag.cnode, CapTag.zombie]).toContain(capAt(kernel, value.space).type);
  });
});

describe("A thread that revokes the untyped its TCB is made of", () => {
  it("is gone in the middle of its call, and the others go on", () => {
    const seen: unknown[] = [];
    const { kernel, value } = scene(
      function* (kit) {
        const untyped = yield* kit.untyped(13);
        const tcb = yield* kit.make(seL4_TCBObject, 0, 1, untyped);
        const child = yield* kit.start("child", { argument: untyped, tcb });
        yield* kit.start("other", { priority: 50 });
        return { child, untyped };
      },
      {
        *child(untyped) {
          seen.push("revokes");
          yield* seL4_CNode_Revoke(2, untyped, seL4_WordBits);
          seen.push("survived");
        },
        *other() {
          seen.push("other runs");
          yield* seL4_CNode_Revoke(2, 0, seL4_WordBits);
          seen.push("other goes on");
        },
      },
    );
    expect(seen).toEqual(["revokes", "other runs", "other goes on"]);
    expect(capAt(kernel, value.child.tcb).type).toBe(CapTag.null);
    expect([...kernel.state.threads].map((tcb) => tcb.context.programName)).toEqual(["root", "other"]);
  });

  it("may delete the last capability to itself alone", () => {
    const seen: unknown[] = [];
    const { kernel } = scene(
      function* (kit) {
        const child = yield* kit.start("child", { stopped: true });
        yield* kit.start("child", { argument: child.tcb, priority: 90 });
        yield* kit.start("child", { priority: 80 });
      },
      {
        *child(tcb) {
          seen.push(yield* seL4_CNode_Delete(2, tcb, seL4_WordBits));
        },
      },
    );
    expect(seen).toEqual([seL4_NoError, seL4_NoError]);
    expect(kernel.state.threads.size).toBe(3);
  });
});

describe("A thread that revokes the untyped its time is made of", () => {
  it("stops where it is, behind its call, until it gets time again", () => {
    const seen: unknown[] = [];
    let spare = 0;
    const { kernel } = scene(
      function* (kit) {
        const untyped = yield* kit.untyped(13);
        const sc = yield* kit.make(seL4_SchedContextObject, 7, 1, untyped);
        const child = yield* kit.start("child", { argument: untyped, sc, priority: 100 });
        spare = yield* kit.schedContext();
        yield* kit.start("friend", { argument: child.tcb, priority: 90 });
      },
      {
        *child(untyped) {
          seen.push(yield* seL4_CNode_Revoke(2, untyped, seL4_WordBits));
        },
        *friend(tcb) {
          seen.push("friend");
          must(yield* seL4_SchedContext_Bind(spare, tcb));
        },
      },
    );
    expect(seen).toEqual(["friend", seL4_NoError]);
    expect(kernel.checkInvariants()).toEqual([]);
  });
});
