import { expect, it } from "vitest";
import { didYouMean, nearNames } from "../../src/index.js";

const NAMES = ["cat", "caps", "ls", "history", "sleep", "msleep"];

it.each([
  ["cta", ["cat"]],
  ["hsitory", ["history"]],
  ["slep", ["sleep", "msleep"]],
  ["hist", ["history"]],
  ["HISTORY", ["history"]],
  ["sleeping", ["sleep"]],
  ["sl", ["ls"]],
  ["xyzzy", []],
  ["at", ["cat"]],
  ["", []],
])("%j may be meant for %j", (typed, names) => {
  expect(nearNames(typed, NAMES)).toEqual(names);
});

it("a name is near once, however often there is one", () => {
  expect(nearNames("lsx", ["ls", "ls"])).toEqual(["ls"]);
});

it("who has named nothing that there is is asked about three names at most", () => {
  expect(didYouMean("slep", NAMES)).toBe("did you mean sleep or msleep?");
  expect(didYouMean("file", ["file1", "file2", "file3", "file4"])).toBe("did you mean file1 or file2 or file3?");
  expect(didYouMean("xyzzy", NAMES)).toBe("");
});
