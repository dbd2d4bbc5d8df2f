import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expectCannotReach, expectLeastRights, matchPlan, planSvg } from "@tessera/personality";
import { expect, test } from "vitest";
import { fileServer } from "../src/personality.js";

const file = new URL("../authority.txt", import.meta.url);

test("the authority of the file server is the one that was reviewed", () => {
  matchPlan(fileServer().plan(), {
    reviewed: existsSync(file) ? readFileSync(file, "utf8") : null,
    env: process.env,
    write: (text) => writeFileSync(file, text),
  });
});

test("clients outside have what the reviewed plan of a server that listens gives them", () => {
  const reviewed = new URL("../authority-listening.txt", import.meta.url);
  matchPlan(fileServer({ listens: true }).plan(), {
    reviewed: existsSync(reviewed) ? readFileSync(reviewed, "utf8") : null,
    env: process.env,
    write: (text) => writeFileSync(reviewed, text),
  });
});

test("nobody has more rights than its needs", () => {
  expectLeastRights(fileServer().plan(), fileServer().components());
});

test("the picture is the one that the README shows", async () => {
  await expect(planSvg(fileServer().plan())).toMatchFileSnapshot("../file-server.svg");
});

test.each(["admin", "guest", "reader"])("%s has files by an offer of its own, and nothing below it", (name) => {
  const plan = fileServer().plan();
  const { slots = [], memory = [] } = plan.components.find((each) => each.name === name) ?? {};
  const calls = slots.flatMap((slot) => (slot.what === "calls" ? [`${slot.server}.${slot.offer}`] : []));
  expect([calls.toSorted(), memory]).toEqual([["stage.stage", `vfs.${name}`], []]);
  for (const server of ["ext2", "block", "console"]) expectCannotReach(plan, name, server, { directly: true });
});

test("one component reaches the disk, and one the volume on it", () => {
  const { components } = fileServer().plan();
  const callers = (server: string) =>
    components
      .filter(({ slots }) => slots.some((slot) => slot.what === "calls" && slot.server === server))
      .map(({ name }) => name);
  expect([callers("block"), callers("ext2")]).toEqual([["ext2"], ["vfs"]]);
});
