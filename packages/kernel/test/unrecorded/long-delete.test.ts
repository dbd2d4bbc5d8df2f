/**
 * A thread's CSpace that only its TCB still holds would take long to delete: Configure and SetSpace refuse to replace
 * it, since they could be preempted half way.
 */
import {
  seL4_AlignmentError,
  seL4_CapInitThreadVSpace,
  seL4_CNode_Delete,
  seL4_IllegalOperation,
  seL4_NoError,
  seL4_TCB_Configure,
  seL4_TCB_SetIPCBuffer,
  seL4_TCB_SetSpace,
  seL4_TCBObject,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { Kit } from "../support/kit.js";
import { must } from "../support/kit.js";
import { makeVspace } from "../support/process.js";
import { scene } from "../support/scene.js";

const VSPACE = seL4_CapInitThreadVSpace;

/** A thread whose CSpace is a CNode of its own; the root task's capabilities to both. */
function* withOwnCSpace(kit: Kit) {
  const tcb = yield* kit.make(seL4_TCBObject);
  const cnode = yield* kit.cnodeOf(4);
  must(yield* seL4_TCB_Configure(tcb, cnode, 0, VSPACE, 0, 0, 0), "Configure");
  return { tcb, cnode };
}

describe("A thread that alone holds its CSpace", () => {
  it("keeps it: Configure and SetSpace are IllegalOperation", () => {
    const { value } = scene(function* (kit) {
      const { tcb, cnode } = yield* withOwnCSpace(kit);
      const before = [
        yield* seL4_TCB_Configure(tcb, cnode, 0, VSPACE, 0, 0, 0),
        yield* seL4_TCB_SetSpace(tcb, 0, cnode, 0, VSPACE, 0),
      ];
      must(yield* seL4_CNode_Delete(kit.cnode, cnode, kit.depth));
      const after = [
        yield* seL4_TCB_Configure(tcb, kit.cnode, 0, VSPACE, 0, 0, 0),
        yield* seL4_TCB_SetSpace(tcb, 0, kit.cnode, 0, VSPACE, 0),
        yield* seL4_TCB_SetIPCBuffer(tcb, 0, 0),
      ];
      return { before, after };
    });
    expect(value.before).toEqual([seL4_NoError, seL4_NoError]);
    expect(value.after).toEqual([seL4_IllegalOperation, seL4_IllegalOperation, seL4_NoError]);
  });

  it("is refused after the buffer was looked at, and before the fault handler", () => {
    const { value } = scene(function* (kit) {
      const { tcb, cnode } = yield* withOwnCSpace(kit);
      const frame = yield* kit.frame();
      must(yield* seL4_CNode_Delete(kit.cnode, cnode, kit.depth));
      return [
        yield* seL4_TCB_Configure(tcb, kit.cnode, 0, VSPACE, 0, 0x100008, frame),
        yield* seL4_TCB_SetSpace(tcb, kit.cnode, kit.cnode, 0, VSPACE, 0),
      ];
    });
    expect(value).toEqual([seL4_AlignmentError, seL4_IllegalOperation]);
  });

  it("may be deleted with it", () => {
    const { value } = scene(function* (kit) {
      const { tcb, cnode } = yield* withOwnCSpace(kit);
      must(yield* seL4_CNode_Delete(kit.cnode, cnode, kit.depth));
      return yield* seL4_CNode_Delete(kit.cnode, tcb, kit.depth);
    });
    expect(value).toBe(seL4_NoError);
  });
});

describe("A thread that alone holds its VSpace", () => {
  it("may be given another one: a page table is deleted at once", () => {
    const { value } = scene(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      const vspace = yield* makeVspace(kit);
      must(yield* seL4_TCB_Configure(tcb, kit.cnode, 0, vspace, 0, 0, 0), "Configure");
      must(yield* seL4_CNode_Delete(kit.cnode, vspace, kit.depth));
      return yield* seL4_TCB_SetSpace(tcb, 0, kit.cnode, 0, VSPACE, 0);
    });
    expect(value).toBe(seL4_NoError);
  });
});
