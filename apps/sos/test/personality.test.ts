import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expectLeastRights, matchPlan } from "@tessera/personality";
import { printPlan } from "@tessera/servers";
import { expect, test } from "vitest";
import { sos } from "../src/personality.js";

const file = new URL("../authority.txt", import.meta.url);
const machine = { isTerminal: true, frames: 256 };

test("the authority of SOS is the one that was reviewed", () => {
  matchPlan(sos(machine).plan(), {
    reviewed: existsSync(file) ? readFileSync(file, "utf8") : null,
    env: process.env,
    write: (text) => writeFileSync(file, text),
  });
});

test("nobody has more rights than its needs", () => {
  expectLeastRights(sos(machine).plan(), sos(machine).components());
});

test("SOS drives no device but the switch of the machine, has no untyped memory, and gives no time", () => {
  const plan = sos(machine).plan();
  const server = plan.components.find(({ name }) => name === "sos");
  const kinds = new Set(server?.slots.map(({ what }) => what));
  for (const kind of ["untyped", "time", "priorities", "spaces", "programs"]) expect([...kinds]).not.toContain(kind);
  expect(server?.memory.filter(({ what }) => what === "device")).toMatchObject([{ physical: 0x10_0000 }]);
});

test("who feeds it with commands changes nobody's authority: the console shows nothing of them, and that is all", () => {
  const lines = (isTerminal: boolean) => printPlan(sos({ ...machine, isTerminal }).plan()).split("\n");
  expect(lines(false).filter((line) => line !== '  args "no echo"')).toEqual(lines(true));
});

test("fewer frames are less memory of the memory server, and change nothing else", () => {
  const lines = (frames: number) => printPlan(sos({ ...machine, frames }).plan()).split("\n");
  const all = lines(256);
  const others = lines(64).flatMap((line, i) => (line === all[i] ? [] : [`${ownerOf(all, i)}: ${line.trim()}`]));
  expect(lines(64).length).toBe(all.length);
  expect(others).toEqual(["memory: cnode (10 bits) {", "memory: 38: store = ut (20 bits)", "memory: 46..1023: free"]);
});

/** The component in whose block a line stands. */
function ownerOf(lines: readonly string[], line: number): string {
  const head = lines.slice(0, line + 1).findLast((each) => each.startsWith("component ")) ?? "";
  return head.split(" ")[1] ?? "";
}
