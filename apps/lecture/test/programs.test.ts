import { cspace_alloc_slot, type cspace_t } from "@tessera/cspace-lib";
import { copyOut, load, store } from "@tessera/hal-sim/isa";
import {
  seL4_AlignmentError,
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
  seL4_NoError,
  seL4_NotEnoughMemory,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
} from "@tessera/libsel4";
import { world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { environment } from "../src/programs/environment.js";
import { make } from "../src/programs/make.js";
import { map_frame } from "../src/programs/map-frame.js";

/** An address for which neither table below the root exists. */
const FAR = 0x20_0000_0000;

function* mapFar(cspace: cspace_t, vaddr: number) {
  const frame = yield* make(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
  return {
    frame,
    map: () => map_frame(cspace, frame, seL4_CapInitThreadVSpace, vaddr, seL4_ReadWrite, seL4_RISCV_ExecuteNever),
  };
}

describe("map_frame", () => {
  it("makes the page tables that are missing", () => {
    world({
      *root(_, cspace) {
        const { map } = yield* mapFar(cspace, FAR);
        expect(yield* map()).toBe(seL4_NoError);
        yield* store(FAR, 7);
        expect(yield* load(FAR)).toBe(7);
      },
    });
  });

  it("returns any other error as it is", () => {
    world({
      *root(_, cspace) {
        const { map } = yield* mapFar(cspace, FAR + 8);
        expect(yield* map()).toBe(seL4_AlignmentError);
      },
    });
  });

  it("says NotEnoughMemory when no slot is left for a table", () => {
    world({
      *root(_, cspace) {
        const { map } = yield* mapFar(cspace, FAR);
        while ((yield* cspace_alloc_slot(cspace)) !== seL4_CapNull);
        expect(yield* map()).toBe(seL4_NotEnoughMemory);
      },
    });
  });
});

describe("an environment", () => {
  const Environment = environment("slot", "address");

  it("is read as it was written", () => {
    world({
      *root(_, cspace) {
        const { map } = yield* mapFar(cspace, FAR);
        yield* map();
        const words = { slot: 3, address: Number.MAX_SAFE_INTEGER };
        yield* copyOut(FAR, Environment.encode(words));
        expect(yield* Environment.read(FAR)).toEqual(words);
      },
    });
  });
});
