/**
 * What each operation on a CNode does to free, occupied and empty slots. The capabilities are to TCBs: two lead to the
 * same one when a pc written through the first is read through the second. Badges and derivation come along.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CNode_CancelBadgedSends,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  seL4_CNode_Mutate,
  seL4_CNode_Revoke,
  seL4_CNode_Rotate,
  seL4_DeleteFirst,
  seL4_FailedLookup,
  seL4_IllegalOperation,
  seL4_NBSend,
  seL4_NoError,
  seL4_Poll,
  seL4_Signal,
  seL4_TCB_ReadRegisters,
  seL4_TCB_WriteRegisters,
  seL4_TCBObject,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { EMPTY } from "../support/message.js";
import { behaviour, type TestThread } from "./test-thread.js";

const FULL = "full";
const FREE = "empty";

/** Operations on T's root CNode at full depth, and questions to its slots. */
class Slots {
  readonly t: TestThread;
  #pc = 0x1000;

  constructor(t: TestThread) {
    this.t = t;
  }

  free(): number {
    return this.t.kit.slots();
  }
  *tcb(): Thread<number> {
    return yield* this.t.kit.make(seL4_TCBObject);
  }

  copy(dest: number, src: number) {
    const { cnode, depth } = this.t.kit;
    return seL4_CNode_Copy(cnode, dest, depth, cnode, src, depth, seL4_AllRights);
  }
  mint(dest: number, src: number, badge = 0) {
    const { cnode, depth } = this.t.kit;
    return seL4_CNode_Mint(cnode, dest, depth, cnode, src, depth, seL4_AllRights, badge);
  }
  move(dest: number, src: number) {
    const { cnode, depth } = this.t.kit;
    return seL4_CNode_Move(cnode, dest, depth, cnode, src, depth);
  }
  mutate(dest: number, src: number, data = 0) {
    const { cnode, depth } = this.t.kit;
    return seL4_CNode_Mutate(cnode, dest, depth, cnode, src, depth, data);
  }
  rotate(dest: number, pivot: number, src: number) {
    const { cnode, depth } = this.t.kit;
    return seL4_CNode_Rotate(cnode, dest, depth, 0, cnode, pivot, depth, 0, cnode, src, depth);
  }
  delete(slot: number) {
    return seL4_CNode_Delete(this.t.kit.cnode, slot, this.t.kit.depth);
  }
  revoke(slot: number) {
    return seL4_CNode_Revoke(this.t.kit.cnode, slot, this.t.kit.depth);
  }
  cancel(slot: number) {
    return seL4_CNode_CancelBadgedSends(this.t.kit.cnode, slot, this.t.kit.depth);
  }

  /** What a slot holds: a move onto itself looks at the destination first. */
  *state(...slots: readonly number[]): Thread<string[]> {
    const states: string[] = [];
    for (const slot of slots) {
      const error = yield* this.move(slot, slot);
      states.push(error === seL4_FailedLookup ? FREE : error === seL4_DeleteFirst ? FULL : `error ${error}`);
    }
    return states;
  }

  /** Whether two slots hold capabilities to one TCB. */
  *same(a: number, b: number): Thread<boolean> {
    this.#pc += 0x1000;
    if ((yield* seL4_TCB_WriteRegisters(a, false, 0, 1, { pc: this.#pc })) !== seL4_NoError) return false;
    const { error, regs } = yield* seL4_TCB_ReadRegisters(b, false, 0, 1);
    return error === seL4_NoError && regs.pc === this.#pc;
  }
}

const operations = <R>(body: (slots: Slots) => Thread<R>): R => behaviour((t) => body(new Slots(t))).value;

describe("A CNode operation that copies", () => {
  it("CNODEOP0001: Copy fills a free slot with the same TCB, and looks at the destination before the source", () => {
    const seen = operations(function* (s) {
      const [src, other] = [yield* s.tcb(), yield* s.tcb()];
      const [dest, empty, free] = [s.free(), s.free(), s.free()];
      return [
        yield* s.copy(dest, src),
        yield* s.same(src, dest),
        yield* s.same(src, other),
        yield* s.copy(other, src),
        yield* s.same(src, other),
        yield* s.copy(other, empty),
        yield* s.copy(free, empty),
        yield* s.state(src, dest, other, empty, free),
      ];
    });
    expect(seen).toEqual([
      ...[seL4_NoError, true, false],
      ...[seL4_DeleteFirst, false],
      ...[seL4_DeleteFirst, seL4_FailedLookup],
      [FULL, FULL, FULL, FREE, FREE],
    ]);
  });

  it("CNODEOP0003: Mint fills a free slot with the same TCB; a badge arrives with what is sent", () => {
    const seen = operations(function* (s) {
      const [src, other] = [yield* s.tcb(), yield* s.tcb()];
      const [dest, empty, free, badged] = [s.free(), s.free(), s.free(), s.free()];
      const ntfn = yield* s.t.kit.notification();
      const errors = [yield* s.mint(dest, src), yield* s.mint(other, src), yield* s.mint(free, empty)];
      const same = [yield* s.same(src, dest), yield* s.same(src, other)];
      errors.push(yield* s.mint(badged, ntfn, 0x77));
      yield* seL4_Signal(badged);
      return [errors, same, (yield* seL4_Poll(ntfn)).badge, yield* s.state(src, dest, other, empty, free)];
    });
    expect(seen).toEqual([
      [seL4_NoError, seL4_DeleteFirst, seL4_FailedLookup, seL4_NoError],
      [true, false],
      0x77,
      [FULL, FULL, FULL, FREE, FREE],
    ]);
  });
});

describe("A CNode operation that empties a slot", () => {
  it("CNODEOP0002: Delete empties an occupied slot, and an empty one stays empty without an error", () => {
    const seen = operations(function* (s) {
      const [slot, neighbour, empty] = [yield* s.tcb(), yield* s.tcb(), s.free()];
      return [yield* s.delete(slot), yield* s.delete(empty), yield* s.state(slot, empty, neighbour)];
    });
    expect(seen).toEqual([seL4_NoError, seL4_NoError, [FREE, FREE, FULL]]);
  });

  it("CNODEOP0007: Revoke leaves a capability without children, and an empty slot, as they are", () => {
    const seen = operations(function* (s) {
      const [slot, empty, child] = [yield* s.tcb(), s.free(), s.free()];
      const alone = [yield* s.revoke(slot), yield* s.revoke(empty), yield* s.state(slot, empty)];
      yield* s.copy(child, slot);
      return [...alone, yield* s.revoke(slot), yield* s.state(slot, child)];
    });
    // A TCB capability has no children: its copies are its siblings.
    expect(seen).toEqual([seL4_NoError, seL4_NoError, [FULL, FREE], seL4_NoError, [FULL, FREE]]);
  });

  it("CNODEOP0006: CancelBadgedSends takes an endpoint capability and leaves it; an empty slot is refused", () => {
    const seen = operations(function* (s) {
      const [ep, empty] = [yield* s.t.kit.endpoint(), s.free()];
      return [yield* s.cancel(ep), yield* s.cancel(empty), yield* s.state(ep, empty)];
    });
    expect(seen).toEqual([seL4_NoError, seL4_IllegalOperation, [FULL, FREE]]);
  });
});

describe("A CNode operation that moves", () => {
  /** The three cases of Move, which are Mutate's too. */
  function moved(move: (s: Slots) => (dest: number, src: number) => Iterable<void, number, void>): unknown {
    return operations(function* (s) {
      const [src, witness, other] = [yield* s.tcb(), s.free(), yield* s.tcb()];
      const [dest, empty, free] = [s.free(), s.free(), s.free()];
      yield* s.copy(witness, src);
      const call = move(s);
      return [
        [yield* call(dest, src), yield* s.state(src, dest), yield* s.same(witness, dest)],
        [yield* call(free, empty), yield* s.state(free, empty)],
        [yield* call(other, dest), yield* s.state(other, dest), yield* s.same(witness, other)],
      ];
    });
  }
  const THREE_CASES = [
    [seL4_NoError, [FREE, FULL], true],
    [seL4_FailedLookup, [FREE, FREE]],
    [seL4_DeleteFirst, [FULL, FULL], false],
  ];

  it("CNODEOP0004: Move takes the capability along, refuses an empty source and an occupied destination", () => {
    expect(moved((s) => (dest, src) => s.move(dest, src))).toEqual(THREE_CASES);
  });

  it("CNODEOP0005: Mutate with data 0 moves as Move does", () => {
    expect(moved((s) => (dest, src) => s.mutate(dest, src))).toEqual(THREE_CASES);
  });

  it("CNODEOP0004: Move keeps badge and place in the derivation", () => {
    const seen = operations(function* (s) {
      const ntfn = yield* s.t.kit.notification();
      const [badged, child, elsewhere] = [s.free(), s.free(), s.free()];
      yield* s.mint(badged, ntfn, 0x66);
      yield* s.copy(child, badged);
      yield* s.move(elsewhere, badged);
      yield* seL4_Signal(elsewhere);
      const { badge } = yield* seL4_Poll(ntfn);
      yield* s.revoke(elsewhere);
      const revoked = yield* s.state(ntfn, elsewhere, child);
      yield* s.revoke(ntfn);
      return [badge, revoked, yield* s.state(ntfn, elsewhere)];
    });
    expect(seen).toEqual([0x66, [FULL, FULL, FREE], [FULL, FREE]]);
  });

  it("CNODEOP0005: Mutate gives a CNode another guard, and it keeps its children", () => {
    const seen = operations(function* (s) {
      const { kit } = s.t;
      const cnode = yield* kit.cnodeOf(4);
      const [child, mutated] = [s.free(), s.free()];
      yield* s.copy(child, cnode);
      const error = yield* s.mutate(mutated, cnode, seL4_CNode_CapData_new(0, 60));
      // Slot 3 is reached with all 64 bits through the guard, with 4 bits through the copy.
      const ntfn = yield* kit.notification();
      const put = yield* seL4_CNode_Copy(mutated, 3, 64, kit.cnode, ntfn, kit.depth, seL4_AllRights);
      const found = yield* seL4_CNode_Move(child, 3, 4, child, 3, 4);
      yield* s.revoke(mutated);
      return [error, put, found, yield* s.state(cnode, mutated, child)];
    });
    expect(seen).toEqual([seL4_NoError, seL4_NoError, seL4_DeleteFirst, [FREE, FULL, FREE]]);
  });
});

describe("CNode_Rotate, which moves pivot to destination and source to pivot", () => {
  /** A rotation among free and full slots; `who` says whose TCB each of the slots leads to afterwards. */
  function rotated(fill: readonly string[], order: (a: number, b: number, c: number) => [number, number, number]) {
    return operations(function* (s) {
      const slots: number[] = [];
      const witnesses: Record<string, number> = {};
      for (const name of fill) {
        const slot = name === FREE ? s.free() : yield* s.tcb();
        slots.push(slot);
        if (name === FREE) continue;
        witnesses[name] = s.free();
        yield* s.copy(witnesses[name], slot);
      }
      const [a = 0, b = 0, c = 0] = slots;
      const error = yield* s.rotate(...order(a, b, c));
      const who: string[] = [];
      for (const slot of slots) {
        let found = FREE;
        for (const [name, witness] of Object.entries(witnesses)) if (yield* s.same(witness, slot)) found = name;
        who.push(found);
      }
      return [error, who];
    });
  }
  const inOrder = (a: number, b: number, c: number): [number, number, number] => [a, b, c];

  it("CNODEOP0008: to a free destination leaves the source empty", () => {
    expect(rotated([FREE, "pivot", "source"], inOrder)).toEqual([seL4_NoError, ["pivot", "source", FREE]]);
  });

  it("CNODEOP0008: to an occupied destination is refused (DeleteFirst) and changes nothing", () => {
    const fill = ["destination", "pivot", "source"];
    expect(rotated(fill, inOrder)).toEqual([seL4_DeleteFirst, fill]);
  });

  it("CNODEOP0008: with the source as destination swaps it with the pivot", () => {
    expect(rotated(["source", "pivot"], (a, b) => [a, b, a])).toEqual([seL4_NoError, ["pivot", "source"]]);
  });

  it("CNODEOP0008: with the pivot as source is refused (IllegalOperation)", () => {
    expect(rotated([FREE, "source"], (a, b) => [a, b, b])).toEqual([seL4_IllegalOperation, [FREE, "source"]]);
  });

  it("CNODEOP0008: of empty slots is refused (FailedLookup)", () => {
    expect(rotated([FREE, FREE, FREE], inOrder)).toEqual([seL4_FailedLookup, [FREE, FREE, FREE]]);
  });

  it("CNODEOP0008: keeps the children of both", () => {
    const seen = operations(function* (s) {
      const { kit } = s.t;
      const [first, second, dest] = [yield* kit.endpoint(), yield* kit.endpoint(), s.free()];
      const [ofFirst, ofSecond] = [s.free(), s.free()];
      yield* s.mint(ofFirst, first, 1);
      yield* s.mint(ofSecond, second, 2);
      // No badged capability moves this way, but an endpoint's original does not either: CNodes do.
      const [cnode, other] = [yield* kit.cnodeOf(2), yield* kit.cnodeOf(2)];
      const [child, otherChild] = [s.free(), s.free()];
      yield* s.copy(child, cnode);
      yield* s.copy(otherChild, other);
      const errors = [yield* s.rotate(dest, first, second), yield* s.rotate(dest, cnode, other)];
      yield* seL4_NBSend(ofFirst, EMPTY);
      yield* s.revoke(dest);
      return [errors, yield* s.state(child, otherChild, ofFirst, ofSecond, dest, cnode, other)];
    });
    expect(seen).toEqual([
      [seL4_IllegalOperation, seL4_NoError],
      [FREE, FULL, FULL, FULL, FULL, FULL, FREE],
    ]);
  });
});
