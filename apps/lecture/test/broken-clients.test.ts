/** Whatever a client's program does, the transcript says so in a sentence, and everybody else goes on. */
import { expect, it } from "vitest";
import type { ClientName } from "../src/scenes/exchange.js";
import { play } from "./play.js";
import { runLecture } from "./process.js";

const PROGRAMS = "apps/lecture/src/programs/broken";

const FAILURES: readonly [ClientName, RegExp][] = [
  ["throws", new RegExp(`✗ +program threw: what shall I do with 327680\\? \\(${PROGRAMS}/throws\\.ts:9:\\d+\\)$`, "m")],
  [
    "recurses",
    new RegExp(`✗ +program threw: it calls itself without end.* \\(${PROGRAMS}/recurses\\.ts:(?:9|10):\\d+\\)$`, "m"),
  ],
  [
    "yields",
    /✗ +program "client" yielded by itself after copyIn at apps\/lecture\/src\/programs\/environment\.ts:\d+:\d+: only the result of a system call may be yielded, by `yield\*`/m,
  ],
  [
    "forgets",
    new RegExp(
      `✗ +program "client" forgot yield\\*: the result of seL4_Call at ${PROGRAMS}/forgets\\.ts:8:\\d+ was`,
      "m",
    ),
  ],
];

it.each(FAILURES)("a client that %s is told about, and stopped by the root task", (client, sentence) => {
  const { text, wide, facts, reason, console } = play({ client });
  expect(wide).toMatch(sentence);
  expect(text).toContain("UserException: illegal instruction");
  expect(facts.filter(({ kind }) => kind === "fails")).toMatchObject([{ who: "client" }]);
  expect(facts.filter(({ kind }) => kind === "suspends")).toMatchObject([{ who: "rootserver", thread: "client" }]);
  expect([reason, console]).toEqual(["idle", ""]);
});

it("a client that calls through no capability faults, and its program has not failed", () => {
  const { text, facts } = play({ client: "strays" });
  expect(text).toContain("CapFault: no capability at 0x1000 to invoke");
  expect(facts.filter(({ kind }) => kind === "fails")).toEqual([]);
});

it("a failed program is a fact of a run that has succeeded: exit code 0, the same words from a bundle", () => {
  const { status, stdout, stderr } = runLecture("--client", "forgets");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(play({ client: "forgets" }).text);
});

it("a client that catches everything ends the command, with a sentence: exit code 1", () => {
  const { status, stdout, stderr } = runLecture("--client", "catches");
  expect(status).toBe(1);
  expect(stdout).toContain("the run was cut off here");
  expect(stderr).toMatch(/^The machine is stopped: program "client" catches every error and never yields: .*\n$/);
  expect(stderr).toContain(`${PROGRAMS}/catches.ts:9:`);
});
