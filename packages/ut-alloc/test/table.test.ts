import { expect, it } from "vitest";
import { ut_pages_for_region } from "../src/index.js";

it("ut_pages_for_region is C's size of the table: 16 bytes a page, in whole pages", () => {
  expect(ut_pages_for_region({ start: 0, end: 0 })).toBe(0);
  expect(ut_pages_for_region({ start: 0x80000000, end: 0x80001000 })).toBe(1);
  expect(ut_pages_for_region({ start: 0x80000000, end: 0x80100000 })).toBe(1);
  expect(ut_pages_for_region({ start: 0x80000000, end: 0x80101000 })).toBe(2);
  expect(ut_pages_for_region({ start: 0x80000000, end: 0x84000000 })).toBe(64);
});
