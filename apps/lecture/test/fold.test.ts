import { describe, expect, it } from "vitest";
import { fold, foldText } from "../src/transcript/fold.js";

describe("fold", () => {
  it("cuts between words, and indents what comes behind", () => {
    expect(fold("waits for a message at its endpoint", 16, 2)).toEqual([
      "waits for a",
      "  message at its",
      "  endpoint",
    ]);
  });

  it("cuts a word only when it fits nowhere", () => {
    expect(fold("a 0123456789 b", 6, 0)).toEqual(["a", "012345", "6789 b"]);
  });

  it("leaves alone what fits", () => {
    expect([fold("", 5, 2), fold("12345", 5, 2)]).toEqual([[""], ["12345"]]);
  });

  it("does not count colours, ends them with the line and begins them again on the next", () => {
    const red = (text: string) => `\u001b[31m${text}\u001b[0m`;
    expect(fold(red("no such page"), 7, 2)).toEqual([red("no such"), `  ${red("page")}`]);
    expect(fold(`${red("no")} such page`, 7, 0)).toEqual([`${red("no")} such`, "page"]);
  });
});

describe("foldText", () => {
  it("goes on where the second column begins, and leaves short lines alone", () => {
    const list = "usage: list\n  --name  a rather long line about it";
    expect(foldText(list, 31)).toBe("usage: list\n  --name  a rather long line\n          about it");
  });

  it("goes on below the first letter when there is no second column", () => {
    expect(foldText("  one two three four five six seven", 25)).toBe("  one two three four five\n  six seven");
  });
});
