/** Deleting CNodes that hold CNodes: zombies, what they keep, and that revoking the memory gets all of it back. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  CapTag,
  seL4_AllRights,
  seL4_CapTableObject,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Move,
  seL4_CNode_Revoke,
  seL4_DebugCapIdentify,
  seL4_EndpointObject,
  seL4_NoError,
  seL4_NotEnoughMemory,
  seL4_RISCV_4K_Page,
  seL4_TCBObject,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { Dice } from "../support/dice.js";
import { type Kit, must } from "../support/kit.js";
import { scene } from "../support/scene.js";

const RADIX = 2;
const UNTYPED_BITS = 12;

/** An untyped of 4 KiB and CNodes of four slots made from it. */
function* cnodes(kit: Kit, count: number): Thread<{ readonly untyped: number; readonly nodes: readonly number[] }> {
  const untyped = yield* kit.untyped(UNTYPED_BITS);
  const first = yield* kit.make(seL4_CapTableObject, RADIX, count, untyped);
  return { untyped, nodes: Array.from({ length: count }, (_, i) => first + i) };
}

function* moveInto(kit: Kit, cnode: number, index: number, source: number): Thread {
  must(yield* seL4_CNode_Move(cnode, index, RADIX, kit.cnode, source, kit.depth), "Move");
}

function* copyInto(kit: Kit, cnode: number, index: number, source: number): Thread {
  must(yield* seL4_CNode_Copy(cnode, index, RADIX, kit.cnode, source, kit.depth, seL4_AllRights), "Copy");
}

function* remove(kit: Kit, slot: number): Thread {
  must(yield* seL4_CNode_Delete(kit.cnode, slot, kit.depth), "Delete");
}

/** Whether all of the untyped can be made into one page: it has no children. */
function* isWholeAgain(kit: Kit, untyped: number): Thread<boolean> {
  const slot = kit.slots();
  const error = yield* seL4_Untyped_Retype(untyped, seL4_RISCV_4K_Page, 0, kit.cnode, 0, 0, slot, 1);
  if (error === seL4_NoError) yield* remove(kit, slot);
  else expect(error).toBe(seL4_NotEnoughMemory);
  return error === seL4_NoError;
}

function* revoke(kit: Kit, untyped: number): Thread {
  must(yield* seL4_CNode_Revoke(kit.cnode, untyped, kit.depth), "Revoke");
}

describe("Deleting the last capability to a CNode", () => {
  it("deletes what it holds, and gives its memory back", () => {
    scene(function* (kit) {
      const { untyped, nodes } = yield* cnodes(kit, 1);
      const endpoint = yield* kit.make(seL4_EndpointObject, 0, 1, untyped);
      yield* moveInto(kit, nodes[0]!, 3, endpoint);
      expect(yield* isWholeAgain(kit, untyped)).toBe(false);
      yield* remove(kit, nodes[0]!);
      expect(yield* seL4_DebugCapIdentify(nodes[0]!)).toBe(CapTag.null);
      expect(yield* isWholeAgain(kit, untyped)).toBe(true);
    });
  });

  it("leaves an object alive that another capability names", () => {
    scene(function* (kit) {
      const { nodes } = yield* cnodes(kit, 1);
      const endpoint = yield* kit.endpoint();
      yield* copyInto(kit, nodes[0]!, 1, endpoint);
      yield* remove(kit, nodes[0]!);
      expect(yield* seL4_DebugCapIdentify(endpoint)).toBe(CapTag.endpoint);
    });
  });

  it("does nothing to the CNode while there is a copy", () => {
    scene(function* (kit) {
      const { nodes } = yield* cnodes(kit, 1);
      const copy = yield* kit.copy(nodes[0]!);
      const endpoint = yield* kit.endpoint();
      yield* moveInto(kit, nodes[0]!, 1, endpoint);
      yield* remove(kit, nodes[0]!);
      const back = kit.slots();
      must(yield* seL4_CNode_Move(kit.cnode, back, kit.depth, copy, 1, RADIX));
      expect(yield* seL4_DebugCapIdentify(back)).toBe(CapTag.endpoint);
    });
  });
});

describe("A CNode whose last capability lies in a CNode that is deleted", () => {
  it("keeps what it holds until its memory is revoked", () => {
    scene(function* (kit) {
      const { untyped, nodes } = yield* cnodes(kit, 2);
      const [outer, inner] = nodes as [number, number];
      const endpoint = yield* kit.make(seL4_EndpointObject, 0, 1, untyped);
      yield* moveInto(kit, inner, 2, endpoint);
      yield* moveInto(kit, outer, 1, inner);
      yield* remove(kit, outer);
      expect(yield* seL4_DebugCapIdentify(outer)).toBe(CapTag.null);
      expect(yield* isWholeAgain(kit, untyped)).toBe(false);
      yield* revoke(kit, untyped);
      expect(yield* isWholeAgain(kit, untyped)).toBe(true);
    });
  });

  it("may itself hold another one, and so on", () => {
    scene(function* (kit) {
      const { untyped, nodes } = yield* cnodes(kit, 6);
      for (let i = nodes.length - 1; i > 0; i--) yield* moveInto(kit, nodes[i - 1]!, i % 4, nodes[i]!);
      yield* remove(kit, nodes[0]!);
      yield* revoke(kit, untyped);
      expect(yield* isWholeAgain(kit, untyped)).toBe(true);
    });
  });

  it("is a thread in the same way: it stops, and its own slots are cleared with its memory", () => {
    scene(function* (kit) {
      const { untyped, nodes } = yield* cnodes(kit, 1);
      const tcb = yield* kit.make(seL4_TCBObject, 0, 1, untyped);
      yield* moveInto(kit, nodes[0]!, 0, tcb);
      yield* remove(kit, nodes[0]!);
      yield* revoke(kit, untyped);
      expect(yield* isWholeAgain(kit, untyped)).toBe(true);
    });
  });
});

describe("A CNode that holds the last capability to itself", () => {
  it("is out of reach, and goes with its memory", () => {
    scene(function* (kit) {
      for (const index of [0, 3]) {
        const { untyped, nodes } = yield* cnodes(kit, 1);
        yield* moveInto(kit, nodes[0]!, index, nodes[0]!);
        expect(yield* isWholeAgain(kit, untyped)).toBe(false);
        yield* revoke(kit, untyped);
        expect(yield* isWholeAgain(kit, untyped)).toBe(true);
      }
    });
  });

  it("stays when the capability outside is deleted", () => {
    scene(function* (kit) {
      const { untyped, nodes } = yield* cnodes(kit, 1);
      yield* copyInto(kit, nodes[0]!, 2, nodes[0]!);
      yield* remove(kit, nodes[0]!);
      expect(yield* isWholeAgain(kit, untyped)).toBe(false);
      yield* revoke(kit, untyped);
      expect(yield* isWholeAgain(kit, untyped)).toBe(true);
    });
  });
});

describe("CNodes that hold each other", () => {
  it("go with their memory", () => {
    scene(function* (kit) {
      const { untyped, nodes } = yield* cnodes(kit, 2);
      const [a, b] = nodes as [number, number];
      yield* copyInto(kit, a, 1, b);
      yield* moveInto(kit, b, 2, a);
      yield* remove(kit, b);
      expect(yield* isWholeAgain(kit, untyped)).toBe(false);
      yield* revoke(kit, untyped);
      expect(yield* isWholeAgain(kit, untyped)).toBe(true);
    });
  });

  it("and the one that is deleted has the other's last capability, and that one a copy of the first", () => {
    scene(function* (kit) {
      const { untyped, nodes } = yield* cnodes(kit, 2);
      const [a, b] = nodes as [number, number];
      yield* copyInto(kit, b, 0, a);
      yield* moveInto(kit, a, 0, b);
      yield* remove(kit, a);
      yield* revoke(kit, untyped);
      expect(yield* isWholeAgain(kit, untyped)).toBe(true);
    });
  });

  it.each([1, 2, 3, 4, 5, 6])("in any tangle: deletions end, and revoking gets all back (seed %i)", (seed) => {
    scene(function* (kit) {
      const dice = new Dice(seed);
      for (let round = 0; round < 8; round++) {
        const { untyped, nodes } = yield* cnodes(kit, 5);
        for (let i = 0; i < 12; i++) {
          const [into, source, index] = [dice.pick(nodes), dice.pick(nodes), dice.below(4)];
          // A slot may be taken: then nothing happens.
          yield* seL4_CNode_Copy(into, index, RADIX, kit.cnode, source, kit.depth, seL4_AllRights);
        }
        for (const node of nodes) {
          if (dice.chance(70)) yield* remove(kit, node);
          else if (dice.chance(50)) yield* seL4_CNode_Delete(node, dice.below(4), RADIX);
        }
        yield* revoke(kit, untyped);
        expect(yield* isWholeAgain(kit, untyped)).toBe(true);
      }
    });
  });
});
