/** Every tree of up to five capabilities under every operation of a CNode, against the model of parent pointers. */
import { CapTag } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { untypedCap } from "../../src/caps/cap.js";
import { afterEntries } from "../support/damage.js";
import { UNIVERSES } from "./tree-kinds.js";
import { type Node, TreeModel } from "./tree-model.js";
import { exploreTrees } from "./tree-worlds.js";

describe("Every tree of capabilities, under every operation,", () => {
  const all = UNIVERSES.map((universe) => [universe.name, universe.caps, universe] as const);
  it.each(all)("is as the model, to the result: %s, %i at most", { timeout: 120_000 }, (_, __, universe) => {
    expect(exploreTrees(universe)).toEqual({ trees: universe.trees, worlds: universe.worlds });
  });
});

describe("The exploration of trees finds", () => {
  const [badges] = UNIVERSES;
  const memory = UNIVERSES.find(({ name }) => name.startsWith("memory in memory"));

  it("a model in which nobody inherits the children of what is deleted", () => {
    class Heartless extends TreeModel {
      protected override delete(slot: number): void {
        this.revoke(slot);
        super.delete(slot);
      }
    }
    expect(() => exploreTrees(badges!, () => new Heartless())).toThrow(/"op":"delete"/);
  });

  it("a model in which copies of copies are children of the copies", () => {
    class Nested extends TreeModel {
      protected override parentOfCopy(source: Node): Node {
        return source;
      }
    }
    expect(() => exploreTrees(badges!, () => new Nested())).toThrow(/descends.*the kernel has/);
  });

  it("a model in which Rotate gives badges", () => {
    class Lax extends TreeModel {
      protected override updated(node: Node, word: number, _preserve: boolean) {
        return super.updated(node, word, false);
      }
    }
    expect(() => exploreTrees(badges!, () => new Lax())).toThrow(/IllegalOperation, the model NoError/);
  });

  it("a kernel in which a badged capability begins no family", () => {
    const plant = afterEntries(({ state }) => {
      for (const [, slot] of state.rootCNode!.occupied()) {
        if (slot.cap.type === CapTag.endpoint && slot.cap.badgeLo !== 0) slot.firstBadged = false;
      }
    });
    expect(() => exploreTrees(badges!, undefined, plant)).toThrow(/"op":"mint"/);
  });

  it("a kernel in which the memory that was copied can still be given out", () => {
    const plant = afterEntries(({ state }) => {
      for (const [, slot] of state.rootCNode!.occupied()) {
        const { cap, next } = slot;
        if (cap.type !== CapTag.untyped || next?.cap.type !== CapTag.untyped || next.cap.object !== cap.object)
          continue;
        slot.cap = untypedCap(cap.object, 0);
      }
    });
    expect(() => exploreTrees(memory!, undefined, plant)).toThrow(/"op":"copy"/);
  });
});
