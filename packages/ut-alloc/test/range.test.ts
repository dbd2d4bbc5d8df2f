import { seL4_CapNull, seL4_PageBits } from "@tessera/libsel4";
import { world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  ut_add_untyped_range,
  ut_alloc_4k_untyped,
  ut_bootstrap,
  ut_init,
  ut_size,
  type ut_table_t,
} from "../src/index.js";
import { oneBlock } from "./one-block.js";

const REGION = { start: 0x8000_0000, end: 0x8010_0000 };
const PAGE = 2 ** seL4_PageBits;

describe("ut_add_untyped_range", () => {
  it("hands out the highest page of what came in last first", () => {
    world({
      *root(bootinfo) {
        const cspace = ut_bootstrap({ ...oneBlock(bootinfo, 12), untypedList: [] });
        const table = cspace.alloc!.cookie as ut_table_t;
        ut_add_untyped_range(0x8000_0000, 500, 2, false, table);
        ut_add_untyped_range(0x8000_8000, 600, 2, false, table);
        const seen: unknown[] = [];
        for (let i = 0; i < 4; i++) {
          const ut = yield* ut_alloc_4k_untyped(cspace);
          seen.push([ut!.paddr, ut!.cap]);
        }
        expect(seen).toEqual([
          [0x8000_9000, 601],
          [0x8000_8000, 600],
          [0x8000_1000, 501],
          [0x8000_0000, 500],
        ]);
        expect(yield* ut_alloc_4k_untyped(cspace)).toBe(null);
        expect(ut_size(cspace)).toBe(4 * PAGE);
      },
    });
  });

  it("refuses what lies outside of the region, or is there already", () => {
    const table = ut_init(REGION);
    const add = (paddr: number, n: number, cap = 500) => ut_add_untyped_range(paddr, cap, n, false, table);
    expect(() => add(REGION.start - PAGE, 1)).toThrow(/does not lie in the table's 0x80000000 to 0x80100000/);
    expect(() => add(REGION.end - PAGE, 2)).toThrow(/does not lie in/);
    add(REGION.start + PAGE, 3);
    expect(() => add(REGION.start, 2)).toThrow(/overlaps 0x80001000 to 0x80004000/);
    add(REGION.start, 1);
    add(REGION.start + 4 * PAGE, 1);
  });

  it("refuses what is no range of pages", () => {
    const table = ut_init(REGION);
    for (const [paddr, cap, n] of [
      [REGION.start + 16, 500, 1],
      [REGION.start, 500, 0],
      [REGION.start, 500, Number.NaN],
      [REGION.start, seL4_CapNull, 1],
    ] as const) {
      expect(() => ut_add_untyped_range(paddr, cap, n, false, table)).toThrow(/are no range of pages/);
    }
    expect(() => ut_init({ start: 1, end: PAGE })).toThrow(/not the bounds/);
    expect(() => ut_init({ start: PAGE, end: 0 })).toThrow(/not the bounds/);
  });
});
