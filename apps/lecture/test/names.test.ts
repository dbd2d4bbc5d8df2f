import { describe, expect, it } from "vitest";
import { hexWord } from "../src/transcript/names.js";

describe("names for numbers", () => {
  it("words are shown with all their 64 bits", () => {
    expect([hexWord(0, 0), hexWord(-1, 0), hexWord(1, 2), hexWord(-1, -1)]).toEqual([
      "0x0",
      "0xffffffff",
      "0x200000001",
      "0xffffffffffffffff",
    ]);
  });
});
