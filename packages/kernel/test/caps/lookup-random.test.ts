import {
  seL4_DepthMismatch,
  seL4_FailedLookup,
  seL4_GuardMismatch,
  seL4_InvalidRoot,
  seL4_RangeError,
} from "@tessera/libsel4";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cap, type CNodeCap, cnodeCap, endpointCap, nullCap } from "../../src/caps/cap.js";
import { CNode } from "../../src/caps/cnode.js";
import { lookupSlot, lookupTarget, quickLookup } from "../../src/caps/lookup.js";
import { insertNew } from "../../src/caps/mdb.js";
import { Right } from "../../src/caps/rights.js";
import type { Slot } from "../../src/caps/slot.js";
import { Endpoint } from "../../src/ipc/endpoint.js";
import { LookupFailure, SyscallError } from "../../src/model/result.js";
import { bitsOf, type ModelCNode, type ModelResult, resolveBits } from "../support/resolve-model.js";

const low = (word: bigint) => Number(BigInt.asIntN(32, word));
const high = (word: bigint) => Number(BigInt.asIntN(32, word >> 32n));

/** A CNode with a guard of any size that leaves room, and children down to a depth of four. */
const { node } = fc.letrec<{ node: ModelCNode; content: ModelCNode | "object" }>((tie) => ({
  content: fc.oneof({ depthSize: "small", withCrossShrink: true }, fc.constant("object" as const), tie("node")),
  node: fc
    .record({ radix: fc.integer({ min: 1, max: 4 }), guard: fc.bigInt(0n, 2n ** 64n - 1n), guardSize: guardSizes() })
    .chain(({ radix, guard, guardSize }) =>
      fc
        .array(fc.tuple(fc.integer({ min: 0, max: 2 ** radix - 1 }), tie("content")), { maxLength: 4 })
        .map((slots) => ({ radix, guard: bitsOf(guard, guardSize), slots: new Map(slots) })),
    ),
}));

function guardSizes(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }) },
    { weight: 1, arbitrary: fc.integer({ min: 5, max: 60 }) },
  );
}

let id = 0;

/** The kernel's CNodes for a model's. */
function build(model: ModelCNode): CNodeCap {
  const cnode = new CNode(id++, 0, model.radix);
  for (const [index, content] of model.slots) {
    const cap = content === "object" ? endpointCap(new Endpoint(id++, 0), Right.All, 0, 0) : build(content);
    insertNew(cnode.slot(index), cap, null);
  }
  const guard = model.guard === "" ? 0n : BigInt(`0b${model.guard}`);
  return cnodeCap(cnode, model.guard.length, low(guard), high(guard));
}

/** The slot at the end of a path of indexes. */
function slotAt(root: CNodeCap, path: readonly number[]): Slot {
  let cnode: CNodeCap = root;
  for (const index of path.slice(0, -1)) cnode = cnode.object.slot(index).cap as CNodeCap;
  return cnode.object.slot(path.at(-1) as number);
}

interface Address {
  readonly word: bigint;
  readonly depth: number;
}

/** The bits that lead along `turns` to what is there. */
function pathBits(root: ModelCNode, turns: readonly number[]): string {
  let bits = "";
  let at: ModelCNode | "object" | undefined = root;
  for (const turn of turns) {
    if (at === undefined || at === "object") break;
    const entries: [number, ModelCNode | "object"][] = [...at.slots];
    const [index, next] = entries[turn % Math.max(1, entries.length)] ?? [0, undefined];
    bits += at.guard + bitsOf(BigInt(index), at.radix);
    at = next;
  }
  return bits;
}

/** An address that mostly follows the tree: to a slot exactly for `depth` 0, else with `depth` bits. */
const addresses = (root: ModelCNode, depths: fc.Arbitrary<number>): fc.Arbitrary<Address> =>
  fc
    .record({
      noise: fc.bigInt(0n, 2n ** 64n - 1n),
      turns: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }),
      flip: fc.nat(20),
      wanted: depths,
    })
    .map(({ noise, turns, flip, wanted }) => {
      const path = pathBits(root, turns);
      const depth = wanted === 0 ? Math.min(64, path.length) : wanted;
      let word = BigInt(`0b${(path + bitsOf(noise, 64)).slice(0, depth)}`);
      // One time in twenty a bit is wrong.
      if (flip === 0) word ^= 1n << BigInt(turns.length % depth);
      // What lies above the depth is ignored.
      if (depth < 64) word |= BigInt.asUintN(64 - depth, noise) << BigInt(depth);
      return { word, depth };
    });

const anyDepth = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 64 }));
const cases = node.chain((root) => fc.tuple(fc.constant(root), addresses(root, anyDepth)));

/** What the model's result is as the words of a lookup failure. */
function failureWords(model: ModelResult, root: ModelCNode, bits: string): number[] {
  if ("failure" in model && model.failure === "depth") return [seL4_DepthMismatch, 0, model.left, 0, model.found, 0];
  if ("failure" in model) {
    const guard = guardAt(root, bits, model.left);
    return [seL4_GuardMismatch, 0, model.left, 0, low(guard), high(guard), model.found, 0];
  }
  return [seL4_DepthMismatch, 0, model.left, 0, 0, 0];
}

/** The guard of the level that has `left` bits still to resolve. */
function guardAt(root: ModelCNode, bits: string, left: number): bigint {
  let cnode = root;
  let rest = bits;
  while (rest.length > left) {
    const index = Number.parseInt(rest.slice(cnode.guard.length, cnode.guard.length + cnode.radix), 2);
    rest = rest.slice(cnode.guard.length + cnode.radix);
    cnode = cnode.slots.get(index) as ModelCNode;
  }
  return cnode.guard === "" ? 0n : BigInt(`0b${cnode.guard}`);
}

/** A lookup whose depth is a number. */
function target(root: Cap, lo: number, hi: number, depth: number, isSource: boolean) {
  return lookupTarget(root, lo, hi, depth | 0, Math.floor(depth / 2 ** 32) | 0, isSource, "slot");
}

/** Compare one lookup with the model's; whether it found a slot. */
function compareTarget(model: ModelCNode, { word, depth }: Address, resolve: typeof resolveBits): boolean {
  const root = build(model);
  const bits = bitsOf(word, depth);
  const expected = resolve(model, bits);
  const result = target(root, low(word), high(word), depth, true);
  if ("found" in expected && expected.left === 0) {
    expect(result).toBe(slotAt(root, expected.found as number[]));
    return true;
  }
  expect(result).toBeInstanceOf(SyscallError);
  const { code, words } = result as SyscallError;
  expect(code).toBe(seL4_FailedLookup);
  expect(words).toEqual([1, 0, ...failureWords(expected, model, bits)]);
  return false;
}

describe("lookupTarget, at random depths", () => {
  it("finds the slot of the bit-string model, or fails as it does, with its words", () => {
    let found = 0;
    fc.assert(
      fc.property(cases, ([model, address]) => {
        if (compareTarget(model, address, resolveBits)) found++;
      }),
      { seed: 40, numRuns: 1500 },
    );
    expect(found).toBeGreaterThan(200);
  });

  it("is not that of a model that goes into the CNode at the end of its bits, or that ignores guards", () => {
    const further: typeof resolveBits = (root, bits) => resolveBits(root, `${bits}0`);
    const unguarded: typeof resolveBits = (root, bits) =>
      resolveBits({ ...root, guard: "0".repeat(root.guard.length) }, bits);
    for (const wrong of [further, unguarded]) {
      const { failed } = fc.check(
        fc.property(cases, ([model, address]) => {
          compareTarget(model, address, wrong);
        }),
        { seed: 40, numRuns: 200 },
      );
      expect(failed).toBe(true);
    }
  });
});

describe("lookupSlot, with 64 bits", () => {
  it("finds the slot of the model whatever is left over, or fails as it does", () => {
    const deep = node.chain((root) => fc.tuple(fc.constant(root), addresses(root, fc.constant(64))));
    let leftOver = 0;
    fc.assert(
      fc.property(deep, ([model, { word: address }]) => {
        const root = build(model);
        const bits = bitsOf(address, 64);
        const expected = resolveBits(model, bits);
        const result = lookupSlot(root, low(address), high(address));
        if ("failure" in expected) {
          expect(result).toBeInstanceOf(LookupFailure);
          expect((result as LookupFailure).words()).toEqual(failureWords(expected, model, bits));
        } else {
          expect(result).toBe(slotAt(root, expected.found as number[]));
          if (expected.left > 0) leftOver++;
        }
      }),
      { seed: 41, numRuns: 1000 },
    );
    expect(leftOver).toBeGreaterThan(200);
  });
});

describe("A lookup", () => {
  const root = build({ guard: "", radix: 4, slots: new Map() });

  it("from something that is no CNode is an InvalidRoot, also when the depth is out of range", () => {
    const error = target(nullCap, 0, 0, 99, false) as SyscallError;
    expect([error.code, error.words]).toEqual([seL4_FailedLookup, [0, 0, seL4_InvalidRoot, 0]]);
    expect((lookupSlot(nullCap, 0, 0) as LookupFailure).type).toBe(seL4_InvalidRoot);
  });

  it.each([0, 65, 2 ** 32, 2 ** 64])("to a depth of %d bits is a RangeError 1..64", (depth) => {
    const error = target(root, 0, 0, depth, true) as SyscallError;
    expect([error.code, error.words]).toEqual([seL4_RangeError, [1, 0, 64, 0]]);
  });

  it("that uses up its bits on a CNode is that slot and does not go in", () => {
    const outer = build({ guard: "", radix: 4, slots: new Map([[3, { guard: "", radix: 4, slots: new Map() }]]) });
    expect(target(outer, 3, 0, 4, false)).toBe(outer.object.slot(3));
    const inner = outer.object.slot(3).cap as CNodeCap;
    expect(target(outer, 0x35, 0, 8, false)).toBe(inner.object.slot(5));
  });
});

/** A common CSpace: zeros before addresses of less than 32 bits, and zeros for guards further down. */
function common(model: ModelCNode, prefix = 40 + (model.guard.length % 20)): ModelCNode {
  const slots = [...model.slots].map(([index, content]) => {
    return [index, content === "object" ? content : common(content, content.guard.length % 5)] as const;
  });
  return { radix: model.radix, guard: "0".repeat(prefix), slots: new Map(slots) };
}

describe("quickLookup, in common CSpaces", () => {
  it("finds what the model finds or finds nothing, and mostly finds it", () => {
    const spaces = node.map((root) => common(root));
    const depths = fc.constantFrom(0, 64);
    const cases = spaces.chain((root) => fc.tuple(fc.constant(root), addresses(root, depths)));
    const seen = { found: 0, missed: 0, nothing: 0 };
    fc.assert(
      fc.property(cases, fc.boolean(), ([model, { word: noisy, depth }], exact) => {
        const root = build(model);
        // Common addresses have nothing above their depth.
        const word = BigInt.asUintN(depth, noisy);
        const expected = resolveBits(model, bitsOf(word, depth));
        const slot = quickLookup(root, low(word), high(word), depth, exact);
        if (slot === null) {
          if ("found" in expected && (expected.left === 0 || !exact)) seen.missed++;
          else seen.nothing++;
          return;
        }
        expect(expected).toHaveProperty("found");
        const { found, left } = expected as { found: readonly number[]; left: number };
        expect(slot).toBe(slotAt(root, found));
        if (exact) expect(left).toBe(0);
        seen.found++;
      }),
      { seed: 41, numRuns: 2000 },
    );
    expect(seen.found).toBeGreaterThan(10 * seen.missed);
    expect(seen.nothing).toBeGreaterThan(50);
  });
});
