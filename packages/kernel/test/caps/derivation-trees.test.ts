/**
 * Every tree of a few capabilities that Copy and Mint can build, under every operation, against the model of parent
 * pointers. Small enough to be tried completely.
 */
import { seL4_Yield } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { KernelState } from "../../src/model/state.js";
import { DerivationModel } from "../support/derivation-model.js";
import { bootScene } from "../support/scene.js";
import { type Growth, type Operation, SmallWorld } from "../support/small-world.js";

/** Badges: none, so a copy; and two to mint. */
const BADGES = [0, 1, 2];

function kernelState(): KernelState {
  return bootScene(function* () {
    yield* seL4_Yield();
  }).kernel.state;
}

/** All ways to add `steps` capabilities to `first` that are there, each from any slot in use. */
function* growths(first: number, steps: number): Generator<readonly Growth[], void, void> {
  if (steps === 0) {
    yield [];
    return;
  }
  for (const before of growths(first, steps - 1)) {
    for (let source = 0; source < first + before.length; source++) {
      for (const badge of BADGES) yield [...before, { source, badge }];
    }
  }
}

function operations(caps: number): Operation[] {
  const all: Operation[] = [];
  const slots = Array.from({ length: caps }, (_, i) => i);
  for (const slot of slots) {
    for (const op of ["delete", "revoke", "move"] as const) all.push({ op, slot });
    for (const pivot of slots) {
      if (pivot > slot) all.push({ op: "swap", slot, pivot });
      if (pivot !== slot) all.push({ op: "rotate", slot, pivot });
    }
  }
  return all;
}

/** The tree grown by `steps` in a new world; null when the rules do not allow it. */
function grown(
  k: KernelState,
  steps: readonly Growth[],
  hasUntyped: boolean,
  model?: DerivationModel,
): SmallWorld | null {
  const first = hasUntyped ? 2 : 1;
  const world = new SmallWorld(k, first + steps.length + 1, hasUntyped, model);
  return steps.every((step) => world.grow(step)) ? world : null;
}

/** Try `after` on every tree of `caps` capabilities, named in a failure by how it was grown and what was done. */
function forAllTrees(
  caps: number,
  hasUntyped: boolean,
  sequences: (caps: number) => readonly Operation[][],
  newModel = () => new DerivationModel(),
): number {
  const k = kernelState();
  const first = hasUntyped ? 2 : 1;
  let tried = 0;
  for (const steps of growths(first, caps - first)) {
    const tree = grown(k, steps, hasUntyped, newModel());
    if (tree === null) continue;
    tree.compare();
    for (const sequence of sequences(caps)) {
      const world = grown(k, steps, hasUntyped, newModel())!;
      try {
        for (const operation of sequence) {
          world.apply(operation);
          world.compare();
        }
      } catch (error) {
        throw new Error(`${JSON.stringify({ hasUntyped, steps, sequence })}: ${(error as Error).message}`);
      }
      tried++;
    }
  }
  return tried;
}

const one = (caps: number) => operations(caps).map((operation) => [operation]);
const two = (caps: number) => operations(caps).flatMap((a) => operations(caps + 1).map((b) => [a, b]));

describe("Every tree of up to four capabilities", () => {
  it.each([1, 2, 3, 4])("is as the model after any two operations, %i of an endpoint", (caps) => {
    expect(forAllTrees(caps, false, two)).toBeGreaterThan(0);
  });

  it.each([2, 3, 4])("is as the model after any two operations, %i with the untyped it is made of", (caps) => {
    expect(forAllTrees(caps, true, two)).toBeGreaterThan(0);
  });
});

describe("Every tree of five capabilities", () => {
  it.each([false, true])("is as the model after any operation (made of an untyped: %s)", (hasUntyped) => {
    expect(forAllTrees(5, hasUntyped, one)).toBeGreaterThan(1000);
  });
});

describe("The comparison of trees", () => {
  it("finds a model in which nobody inherits the children of what is deleted", () => {
    class Heartless extends DerivationModel {
      override delete(slot: number): void {
        for (const child of this.descendants(slot)) super.delete(child);
        super.delete(slot);
      }
    }
    expect(() => forAllTrees(3, false, one, () => new Heartless())).toThrow(/"op":"delete"/);
  });

  it("finds a model in which copies of copies are children of the copies", () => {
    class Nested extends DerivationModel {
      override derive(source: number, dest: number, badge: number): void {
        super.derive(source, dest, badge);
        this.adopt(source, dest);
      }
    }
    expect(() => forAllTrees(3, false, one, () => new Nested())).toThrow(/expected/);
  });
});
