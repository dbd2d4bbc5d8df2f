/** Long operations in pieces: interrupted by time, they keep what they did and go on where they were. */
import type { Thread } from "@tessera/hal-sim/isa";
import { KernelEvent } from "@tessera/kernel";
import {
  CapTag,
  seL4_AllRights,
  seL4_Call,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_DebugCapIdentify,
  seL4_EndpointObject,
  seL4_GetMR,
  seL4_getFault,
  seL4_IllegalOperation,
  seL4_InvalidCapability,
  seL4_MessageInfo_new,
  seL4_NoError,
  seL4_Recv,
  seL4_RISCV_4K_Page,
  seL4_Untyped_Retype,
  seL4_WordBits,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { capAt, recordsOf } from "../support/kernel-view.js";
import { type Kit, must } from "../support/kit.js";
import { type SceneOptions, watchedScene } from "../support/scene.js";

/** A unit of work is 20 ticks here, so that a hundred of them outlast the period of the interrupting thread. */
const SLOW: SceneOptions = { machine: { cost: { kernelWorkUnit: 2000 } } };
const OBJECTS = 300;
const CNODE = 2;
/** A thread that comes up every 100 microseconds, 1000 ticks. */
const OFTEN = { priority: 200, budget: 30, period: 100 };

/** An untyped with so many endpoints made from it. */
function* crowded(kit: Kit): Thread<number> {
  const untyped = yield* kit.untyped(14);
  for (let left = OBJECTS; left > 0; left -= 150) yield* kit.make(seL4_EndpointObject, 0, 150, untyped);
  return untyped;
}

describe("A revoke that a more urgent thread interrupts", () => {
  it("goes on where it was, deletes each capability once, and succeeds", () => {
    const seen: unknown[] = [];
    /** How many were gone whenever the other thread ran in the midst of it. */
    const gone: number[] = [];
    let isRevoking = false;
    const { kernel } = watchedScene(
      function* (kit) {
        const untyped = yield* crowded(kit);
        yield* kit.start("revoker", { argument: untyped, budget: 100_000 });
        yield* kit.start("urgent", OFTEN);
      },
      (kernel) => ({
        *revoker(untyped) {
          isRevoking = true;
          seen.push(yield* seL4_CNode_Revoke(CNODE, untyped, seL4_WordBits));
          isRevoking = false;
        },
        *urgent() {
          for (let i = 0; i < 40; i++) {
            if (isRevoking) gone.push(recordsOf(kernel(), KernelEvent.Destroyed).length);
            yield* seL4_Yield();
          }
        },
      }),
      SLOW,
    );
    expect(seen).toEqual([seL4_NoError]);
    expect(gone.length).toBeGreaterThanOrEqual(2);
    expect(gone).toEqual([...gone].sort((a, b) => a - b));
    expect(gone.some((count) => count > 0 && count < OBJECTS)).toBe(true);
    const destroyed = recordsOf(kernel, KernelEvent.Destroyed).map(({ subject }) => subject);
    expect([destroyed.length, new Set(destroyed).size]).toEqual([OBJECTS, OBJECTS]);
  });
});

describe("A revoke by a thread of small budget", () => {
  it("takes as many periods as it needs, and succeeds", () => {
    const seen: unknown[] = [];
    const { machine } = watchedScene(
      function* (kit) {
        const untyped = yield* crowded(kit);
        // 300 steps of 20 ticks take 6000 ticks: more than two budgets of 2500.
        yield* kit.start("revoker", { argument: untyped, budget: 250, period: 5000 });
      },
      () => ({
        *revoker(untyped) {
          seen.push(yield* seL4_CNode_Revoke(CNODE, untyped, seL4_WordBits));
        },
      }),
      SLOW,
    );
    expect(seen).toEqual([seL4_NoError]);
    expect(machine.clock.ticks).toBeGreaterThan(2 * 50_000);
  });
});

describe("A retype that has to zero its memory first", () => {
  it("zeroes it in pieces from the top down, and then makes the object", () => {
    const seen: unknown[] = [];
    const used: number[] = [];
    let isRetyping = false;
    const { kernel } = watchedScene(
      function* (kit) {
        const untyped = yield* kit.untyped(16);
        yield* kit.make(seL4_RISCV_4K_Page, 0, 16, untyped);
        must(yield* seL4_CNode_Revoke(kit.cnode, untyped, kit.depth));
        yield* kit.start("retyper", { argument: untyped, budget: 100_000 });
        yield* kit.start("urgent", { ...OFTEN, argument: untyped });
      },
      (kernel) => ({
        *retyper(untyped) {
          isRetyping = true;
          seen.push(yield* seL4_Untyped_Retype(untyped, seL4_RISCV_4K_Page, 0, CNODE, 0, 0, 4000, 1));
          isRetyping = false;
        },
        *urgent(untyped) {
          for (let i = 0; i < 40; i++) {
            const cap = capAt(kernel(), untyped);
            if (isRetyping && cap.type === CapTag.untyped) used.push(cap.freeOffset);
            yield* seL4_Yield();
          }
        },
      }),
      SLOW,
    );
    expect(seen).toEqual([seL4_NoError]);
    expect(used.length).toBeGreaterThanOrEqual(2);
    expect(used).toEqual([...used].sort((a, b) => b - a));
    expect(used.some((bytes) => bytes > 0 && bytes < 2 ** 16)).toBe(true);
    expect(capAt(kernel, 4000).type).toBe(CapTag.frame);
  });
});

describe("A CNode whose deletion is interrupted", () => {
  it("is a zombie meanwhile: it cannot be invoked or copied, and another thread may end its deletion", () => {
    const seen: unknown[] = [];
    let isDeleting = false;
    const { kernel } = watchedScene(
      function* (kit) {
        const cnode = yield* kit.cnodeOf(8);
        const endpoint = yield* kit.endpoint();
        for (let i = 0; i < 256; i++) {
          must(yield* seL4_CNode_Copy(cnode, i, 8, kit.cnode, endpoint, kit.depth, seL4_AllRights));
        }
        yield* kit.start("deleter", { argument: cnode, budget: 100_000 });
        yield* kit.start("urgent", { ...OFTEN, argument: cnode });
      },
      () => ({
        *deleter(cnode) {
          isDeleting = true;
          seen.push(["deleter", yield* seL4_CNode_Delete(CNODE, cnode, seL4_WordBits)]);
        },
        *urgent(cnode) {
          while (!isDeleting) yield* seL4_Yield();
          seen.push(["tag", yield* seL4_DebugCapIdentify(cnode)]);
          const answer = yield* seL4_Call(cnode, seL4_MessageInfo_new(18, 0, 0, 2));
          seen.push(["call", answer.label, seL4_GetMR(0)]);
          const rights = seL4_AllRights;
          seen.push(["copy", yield* seL4_CNode_Copy(CNODE, 4000, seL4_WordBits, CNODE, cnode, seL4_WordBits, rights)]);
          seen.push(["delete", yield* seL4_CNode_Delete(CNODE, cnode, seL4_WordBits)]);
        },
      }),
      SLOW,
    );
    expect(seen).toEqual([
      ["tag", CapTag.zombie],
      ["call", seL4_InvalidCapability, 0],
      ["copy", seL4_IllegalOperation],
      expect.arrayContaining([seL4_NoError]),
      expect.arrayContaining([seL4_NoError]),
    ]);
    expect(kernel.checkInvariants()).toEqual([]);
  });
});

describe("A thread that revokes the memory of its own CSpace and is interrupted behind it", () => {
  it("faults when it makes its call again, and what was not reached stays", () => {
    const seen: unknown[] = [];
    const at = { untyped: 0, faults: 0, reply: 0 };
    const { kernel } = watchedScene(
      function* (kit) {
        at.untyped = yield* crowded(kit);
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        // The newest object goes first.
        const bare = yield* kit.make(seL4_CapTableObject, 4, 1, at.untyped);
        const space = yield* kit.mint(bare, seL4_CNode_CapData_new(0, seL4_WordBits - 4));
        must(yield* seL4_CNode_Copy(space, CNODE, seL4_WordBits, kit.cnode, kit.cnode, kit.depth, seL4_AllRights));
        yield* kit.start("revoker", { cspace: space, faultHandler: at.faults, budget: 100_000 });
        yield* kit.start("urgent", OFTEN);
        const { info } = yield* seL4_Recv(at.faults, at.reply);
        seen.push(seL4_getFault(info));
      },
      () => ({
        *revoker() {
          yield* seL4_CNode_Revoke(CNODE, at.untyped, seL4_WordBits);
          seen.push("survived");
        },
        *urgent() {
          for (let i = 0; i < 40; i++) yield* seL4_Yield();
        },
      }),
      SLOW,
    );
    expect(seen).toEqual([
      expect.objectContaining({ type: "CapFault", Addr: CNODE, LookupFailure: { kind: "InvalidRoot" } }),
    ]);
    const left = OBJECTS + 1 - recordsOf(kernel, KernelEvent.Destroyed).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(OBJECTS);
  });
});
