/** The tests of running out catch a call that does not give everything back. */
import { cspace_alloc_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadVSpace,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_NoError,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { alloc_retype, map_frame } from "../src/index.js";
import { runOut, runOutBySeed, type Work } from "./run-out.js";

describe("The planted bug", () => {
  it("of a call that keeps its first object when there is no memory for its second: the object is named", () => {
    // biome-ignore lint/correctness/useYield: there is nothing to prepare
    const forgetful: Work = function* (cspace) {
      return function* () {
        const first = yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
        const second = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);
        return first.ut !== null && second.ut !== null;
      };
    };
    expect(() => runOut(forgetful)).toThrow(/frame \d+: 4096 bytes of untyped .* are in use by it, made at tick/);
    expect(() => runOutBySeed(forgetful, 1, 20, { pages: 2, slots: 40 })).toThrow(/^seed 1, round \d+: \d+ pages/);
  });

  it("of a call that keeps a page table when it cannot map: the table is named", () => {
    const forgetful: Work = function* (cspace) {
      const pages = [yield* page(cspace), yield* page(cspace)];
      return function* () {
        const access = [seL4_ReadWrite, seL4_RISCV_ExecuteNever] as const;
        for (const [i, cptr] of pages.entries()) {
          const vaddr = (0x10 + i) * 2 ** 32;
          const err = yield* map_frame(cspace, cptr, seL4_CapInitThreadVSpace, vaddr, ...access);
          if (err !== seL4_NoError) return false;
        }
        return true;
      };
    };
    expect(() => runOut(forgetful)).toThrow(/page table \d+: 4096 bytes of untyped .* are in use by it/);
  });

  it("of a call that keeps the slot for an object when there is no memory for it: the slot is counted", () => {
    // biome-ignore lint/correctness/useYield: there is nothing to prepare
    const forgetful: Work = function* (cspace) {
      return function* () {
        yield* cspace_alloc_slot(cspace);
        return (yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace)).ut !== null;
      };
    };
    expect(() => runOut(forgetful)).toThrow("1 slots are taken and hold nothing");
  });
});

function* page(cspace: cspace_t): Thread<seL4_RISCV_Page> {
  return (yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace)).cptr;
}
