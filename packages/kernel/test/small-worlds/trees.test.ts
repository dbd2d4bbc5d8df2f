/** Every tree of up to five capabilities under every operation of a CNode, against the model of parent pointers. */
import { CapTag } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { Kernel } from "../../src/kernel.js";
import { UNIVERSES } from "./tree-kinds.js";
import { type Node, TreeModel } from "./tree-model.js";
import { exploreTrees } from "./tree-worlds.js";

describe("Every tree of capabilities, under every operation,", () => {
  it.each(UNIVERSES)(
    "is as the model, to the result: $name ($caps at most, $trees trees, $worlds operations)",
    {
      timeout: 120_000,
    },
    (universe) => {
      expect(exploreTrees(universe)).toEqual({ trees: universe.trees, worlds: universe.worlds });
    },
  );
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
      for (const slot of state.rootCNode!.touched) {
        if (slot.cap.type === CapTag.endpoint && slot.cap.badgeLo !== 0) slot.firstBadged = false;
      }
    });
    expect(() => exploreTrees(badges!, undefined, plant)).toThrow(/"op":"mint"/);
  });

  it("a kernel in which the memory that was copied can still be given out", () => {
    const plant = afterEntries(({ state }) => {
      for (const { cap, next } of state.rootCNode!.touched) {
        if (cap.type === CapTag.untyped && next?.cap.type === CapTag.untyped && next.cap.object === cap.object)
          Object.assign(cap, { wide: 0 });
      }
    });
    expect(() => exploreTrees(memory!, undefined, plant)).toThrow(/"op":"copy"/);
  });
});

/** A kernel that is damaged behind each of its entries. */
function afterEntries(damage: (kernel: Kernel) => void) {
  return (kernel: Kernel): void => {
    const { cpu } = kernel.machine;
    const enter = cpu.onTrap;
    cpu.onTrap = (cause) => {
      enter(cause);
      damage(kernel);
    };
  };
}
