/** Planted bugs in page tables: a page that nobody says is mapped, and a table that is gone. */
import { expect, it } from "vitest";
import { bootScene } from "../support/scene.js";

function* nothing() {}

function rootTable() {
  const { machine, kernel } = bootScene(nothing);
  machine.run();
  expect(kernel.checkInvariants()).toEqual([]);
  const root = kernel.state.asidPools[0]?.root(1);
  if (root == null) throw new Error("the root task has a VSpace");
  return { kernel, words: kernel.state.words, first: kernel.state.memory.index(root.paddr) };
}

it("a leaf that no frame capability knows is found", () => {
  const { kernel, words, first } = rootTable();
  words[first + 2 * 5] = (0x80000 << 10) | 0xdf;
  expect(kernel.checkInvariants()).toContainEqual("VSpaces: ASID 1 maps 0x140000000, which no frame capability says");
});

it("a pointer to a table that does not exist is found", () => {
  const { kernel, words, first } = rootTable();
  words[first + 2 * 7] = (0x80250 << 10) | 1;
  expect(kernel.checkInvariants()).toContainEqual("VSpaces: the table at 0x80250000 of ASID 1 exists no longer");
});
