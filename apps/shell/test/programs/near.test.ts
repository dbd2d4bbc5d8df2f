import { expect, it } from "vitest";
import { meant } from "../../src/programs/shell/near.js";

const NAMES = ["cat", "caps", "ls", "history", "sleep", "msleep"];

it.each([
  ["cta", "; did you mean cat?"],
  ["hsitory", "; did you mean history?"],
  ["slep", "; did you mean sleep or msleep?"],
  ["hist", "; did you mean history?"],
  ["xyzzy", ""],
  ["", ""],
])("%j%s", (typed, sentence) => {
  expect(meant(typed, NAMES)).toBe(sentence);
});
