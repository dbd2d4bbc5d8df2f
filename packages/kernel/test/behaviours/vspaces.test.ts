/** VSpaces and the pools that name them: 128 pools of 512 address spaces. */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapASIDControl,
  seL4_CapInitThreadVSpace,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_DeleteFirst,
  seL4_InvalidCapability,
  seL4_NoError,
  seL4_RISCV_ASIDControl_MakePool,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_PageTableObject,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { DATA } from "../support/process.js";
import { behaviour, CHECKED_AT_END, type TestThread } from "./test-thread.js";

/** One of the 128 pools exists from boot. */
const FREE_POOLS = 127;
const POOL_SPACES = 512;
const PAGE_BITS = 12;
const MANY = { ...CHECKED_AT_END, memoryBits: 22, machine: { ramBytes: 16 * 2 ** 20 } };

function* makePool({ kit }: TestThread, slot: number): Thread<{ readonly error: number; readonly untyped: number }> {
  const untyped = yield* kit.untyped(PAGE_BITS);
  const error = yield* seL4_RISCV_ASIDControl_MakePool(seL4_CapASIDControl, untyped, kit.cnode, slot, kit.depth);
  return { error, untyped };
}

/** Pools until one is refused; the errors. */
function* makePools(t: TestThread, count: number): Thread<{ errors: number[]; untypeds: number[] }> {
  const [errors, untypeds]: [number[], number[]] = [[], []];
  for (let i = 0; i < count; i++) {
    const { error, untyped } = yield* makePool(t, t.kit.slots());
    errors.push(error);
    untypeds.push(untyped);
  }
  return { errors, untypeds };
}

const allWell = (count: number) => Array.from({ length: count }, () => seL4_NoError);

describe("A process of its own", () => {
  it("VSPACE0000: runs, and its result comes back", () => {
    const { value } = behaviour(
      function* (t) {
        return yield* t.wait(yield* t.start("process", { process: [] }));
      },
      {
        // biome-ignore lint/correctness/useYield: all it does is to return
        *process() {
          return 42;
        },
      },
    );
    expect(value).toBe(42);
  });

  it("VSPACE0006: keeps what it writes at one address apart from all others, in 127 pools", () => {
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        const results: number[] = [];
        for (let i = 0; i < FREE_POOLS; i++) {
          const pool = kit.slots();
          must((yield* makePool(t, pool)).error, "MakePool");
          const options = { argument: i, process: [], pool, data: yield* kit.frame() };
          results.push(yield* t.wait(yield* t.start("writer", options)));
        }
        return results;
      },
      {
        *writer(i) {
          yield* store(DATA, i);
          return yield* load(DATA);
        },
      },
      { ...CHECKED_AT_END, memoryBits: 25, machine: { ramBytes: 128 * 2 ** 20 } },
    );
    expect(value).toEqual(Array.from({ length: FREE_POOLS }, (_, i) => i));
  });
});

describe("An ASID pool", () => {
  it("VSPACE0002: takes a fresh root table, and none that has an address space already (InvalidCapability)", () => {
    const { value } = behaviour(function* (t) {
      const { kit } = t;
      const pool = kit.slots();
      const { error } = yield* makePool(t, pool);
      const fresh = yield* kit.pageTable();
      return [
        error,
        yield* seL4_RISCV_ASIDPool_Assign(pool, seL4_CapInitThreadVSpace),
        yield* seL4_RISCV_ASIDPool_Assign(pool, fresh),
        yield* seL4_RISCV_ASIDPool_Assign(pool, fresh),
      ];
    });
    expect(value).toEqual([seL4_NoError, seL4_InvalidCapability, seL4_NoError, seL4_InvalidCapability]);
  });

  it("VSPACE0003: can be made 127 times, and again after the memory was revoked", () => {
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        const { errors, untypeds } = yield* makePools(t, FREE_POOLS);
        for (const untyped of untypeds) must(yield* seL4_CNode_Revoke(kit.cnode, untyped, kit.depth));
        for (const untyped of untypeds) must(yield* seL4_CNode_Delete(kit.cnode, untyped, kit.depth));
        return [errors, (yield* makePools(t, FREE_POOLS)).errors];
      },
      {},
      MANY,
    );
    expect(value).toEqual([allWell(FREE_POOLS), allWell(FREE_POOLS)]);
  });

  it("VSPACE0004: is the last after 127: one more is refused (DeleteFirst)", () => {
    const { value } = behaviour((t) => makePools(t, FREE_POOLS + 1), {}, MANY);
    expect(value.errors).toEqual([...allWell(FREE_POOLS), seL4_DeleteFirst]);
  });

  it("VSPACE0005: takes 512 root tables: one more is refused (DeleteFirst)", () => {
    const { value } = behaviour(
      function* (t) {
        const pool = t.kit.slots();
        must((yield* makePool(t, pool)).error, "MakePool");
        const errors: number[] = [];
        for (let i = 0; i <= POOL_SPACES; i++) {
          const table = yield* t.kit.make(seL4_RISCV_PageTableObject);
          errors.push(yield* seL4_RISCV_ASIDPool_Assign(pool, table));
        }
        return errors;
      },
      {},
      MANY,
    );
    expect(value).toEqual([...allWell(POOL_SPACES), seL4_DeleteFirst]);
  });
});
