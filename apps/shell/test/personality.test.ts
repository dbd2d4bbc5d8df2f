import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expectLeastRights, matchPlan } from "@tessera/personality";
import { printPlan } from "@tessera/servers";
import { expect, test } from "vitest";
import { desk } from "../src/personality.js";

const file = new URL("../authority.txt", import.meta.url);

test("the desk's authority is the one that was reviewed", () => {
  matchPlan(desk({ isTerminal: true }).plan(), {
    reviewed: existsSync(file) ? readFileSync(file, "utf8") : null,
    env: process.env,
    write: (text) => writeFileSync(file, text),
  });
});

test("who feeds it with commands changes nobody's authority: the shell is told, and nothing else differs", () => {
  const lines = (isTerminal: boolean) => printPlan(desk({ isTerminal }).plan()).split("\n");
  expect(lines(false).filter((line) => line !== '  args "commands"')).toEqual(lines(true));
});

test("nobody has more rights than its needs", () => {
  expectLeastRights(desk({ isTerminal: true }).plan(), desk({ isTerminal: true }).components());
});

test("nobody but the shell reaches the host: neither ends the machine, nor asks the monitor", () => {
  const drives = (physical: number) =>
    desk({ isTerminal: true })
      .plan()
      .components.filter(({ memory }) => memory.some((part) => part.what === "device" && part.physical === physical))
      .map(({ name }) => name);
  expect([drives(0x10_0000), drives(0x10_2000)]).toEqual([["shell"], ["shell"]]);
});
