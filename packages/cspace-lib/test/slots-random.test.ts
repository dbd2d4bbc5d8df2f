import { Prng } from "@tessera/hal-sim";
import { seL4_CapNull } from "@tessera/libsel4";
import { world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  cspace_alloc_slot,
  type cspace_alloc_t,
  cspace_create_one_level,
  cspace_create_two_level,
  cspace_free_slot,
  type cspace_t,
} from "../src/index.js";
import { withWindow } from "./support/window.js";

const ROUNDS = 60;
const CNODE = 128;

/** A naive CSpace: the slots that are taken, and how many CNodes there are. */
class Model {
  readonly taken = new Set<number>();
  readonly first: number;
  readonly end: number;
  cnodes = 1;

  constructor(first: number, end: number) {
    this.first = first;
    this.end = end;
  }

  /** The slot that comes next, 0 when there is none or memory for its CNode is refused. */
  alloc(refused: boolean): number {
    let slot = this.first;
    while (this.taken.has(slot)) slot++;
    const grows = slot >= this.cnodes * CNODE;
    if (slot >= this.end || (grows && refused)) return seL4_CapNull;
    if (grows) this.cnodes++;
    this.taken.add(slot);
    return slot;
  }
}

/** Bursts of allocations and frees, each compared with the model; memory is refused in one of three bursts. */
function compare(seed: number, levels: 1 | 2): number {
  let most = 0;
  let refused = false;
  world({
    kernel: { checkInvariants: false },
    *root(_, root) {
      const cspace = withWindow(root);
      const { alloc_4k_ut } = cspace.alloc;
      const memory: cspace_alloc_t = {
        ...cspace.alloc,
        *alloc_4k_ut() {
          return refused ? null : yield* alloc_4k_ut();
        },
      };
      const made =
        levels === 1 ? yield* cspace_create_one_level(cspace) : yield* cspace_create_two_level(cspace, memory);
      const c: cspace_t = made.target!;
      const model = levels === 1 ? new Model(1, CNODE) : new Model(6, CNODE * CNODE);
      const prng = new Prng(seed);
      for (let round = 0; round < ROUNDS; round++) {
        refused = prng.below(3) === 0;
        for (let i = prng.below(levels * 120); i > 0; i--) {
          expect(yield* cspace_alloc_slot(c)).toBe(model.alloc(refused));
        }
        most = Math.max(most, model.taken.size);
        for (const slot of [...model.taken]) {
          if (prng.below(4) !== 0) continue;
          yield* cspace_free_slot(c, slot);
          model.taken.delete(slot);
        }
      }
    },
  });
  return most;
}

describe("Slots handed out in any order of allocating and freeing are those of a naive model", () => {
  it.each([1, 2, 3])("one level (seed %i)", (seed) => {
    expect(compare(seed, 1)).toBeGreaterThan(100);
  });

  it.each([1, 2, 3])("two levels (seed %i)", (seed) => {
    expect(compare(seed, 2)).toBeGreaterThan(2 * CNODE);
  });
});
