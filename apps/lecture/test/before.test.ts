/** What was wrong before, shown by programs on this kernel, and that the answer answers it. */
import { TICKS_PER_MS } from "@tessera/hal-sim";
import { describe, expect, it } from "vitest";
import { messages, of, playNamed, refusalsOf } from "./play.js";

describe("global names", () => {
  const report = (name: string) => of(playNamed(name).facts, "message").find(({ to }) => to === "root")?.words;

  it("before: mallory reads what alice keeps, and hears mole's secret through names that exist or do not", () => {
    expect(report("names-before")).toEqual(["0x1267", "0x5"]);
  });

  it("the answer: with a badge for each, the same clients get nothing", () => {
    expect(report("names-answer")).toEqual(["0x0", "0x0"]);
    const badges = of(playNamed("names-answer").facts, "message").filter(({ to }) => to === "directory");
    expect(new Set(badges.map(({ who, badge }) => `${who} ${badge}`)).size).toBe(3);
  });
});

describe("threads as targets", () => {
  it("before: with the thread goes its name, and the client cannot reach the other one", () => {
    const { facts } = playNamed("threads-before");
    expect(refusalsOf(facts, "client")).toEqual([
      {
        outcome: "InvalidCapability: the invoked capability",
        why: "there is nothing to invoke",
        history: expect.stringMatching(
          /^its capability, endpoint \d+ of `root`, was taken away at tick \d+ by `root`$/,
        ),
      },
    ]);
    expect(messages(facts).filter((line) => line.includes("-> client"))).toEqual(["worker1 -> client: 0x2a"]);
    expect(of(facts, "waits")).toContainEqual(expect.objectContaining({ who: "worker2" }));
  });

  it("the answer: the other worker answers at the same endpoint", () => {
    const { facts } = playNamed("threads-answer");
    expect(refusalsOf(facts, "client")).toEqual([]);
    expect(messages(facts).filter((line) => line.includes("-> client"))).toEqual([
      "worker1 -> client: 0x2a",
      "worker2 -> client: 0x8",
    ]);
  });
});

describe("one pool of memory", () => {
  it("before: greedy takes all of it, and alice is refused though she has had nothing", () => {
    const { facts } = playNamed("pool-before");
    const why = "1 × 1024 bytes do not fit the 0 bytes that are left of 4096";
    expect(refusalsOf(facts, "pool").map((refusal) => [refusal.outcome, refusal.why])).toEqual([
      ["NotEnoughMemory", why],
      ["NotEnoughMemory", why],
    ]);
    expect(messages(facts).at(-1)).toBe("pool -> alice: seL4_NotEnoughMemory");
    expect(messages(facts).filter((line) => line === "pool -> greedy:")).toHaveLength(4);
  });

  it("the answer: greedy meets the end of its own memory, and alice has her object", () => {
    const { facts } = playNamed("pool-answer");
    expect(refusalsOf(facts, "greedy").map(({ outcome }) => outcome)).toEqual(["NotEnoughMemory"]);
    expect(refusalsOf(facts, "alice")).toEqual([]);
    const made = of(facts, "makes").map(({ who, type }) => `${who} ${type}`);
    expect(made.filter((line) => line === "alice CNode")).toHaveLength(1);
    expect(made.filter((line) => line === "greedy CNode")).toHaveLength(4);
  });
});

describe("no delegation", () => {
  it("before: bob is not on the list, and alice may not put him there", () => {
    expect(messages(playNamed("delegation-before").facts)).toEqual([
      "[0x2] alice -> server: READ",
      "server -> alice: 0x1267",
      "[0x0] alice -> bob:",
      "[0x3] bob -> server: READ",
      "server -> bob: DENIED",
      "[0x2] alice -> server: LET_IN 0x3",
      "server -> alice: DENIED",
    ]);
  });

  it("the answer: bob reads with what alice lent him, until she takes it back; hers still works", () => {
    const { facts } = playNamed("delegation-answer");
    expect(messages(facts).filter((line) => line.includes("0x1267"))).toEqual([
      "server -> alice: 0x1267",
      "server -> bob: 0x1267",
      "server -> alice: 0x1267",
    ]);
    expect(of(facts, "takes")).toMatchObject([{ who: "alice", from: ["bob"], badge: "0x2" }]);
    expect(refusalsOf(facts, "bob")).toMatchObject([
      { history: expect.stringMatching(/ with badge 0x2, was taken away at tick \d+ by `alice`$/) },
    ]);
  });
});

describe("unprincipled time", () => {
  /** Milliseconds at which the worker said that it was done, and at which the hog was. */
  const done = (name: string) => {
    const { facts } = playNamed(name);
    const worker = of(facts, "message").find(({ who }) => who === "worker")?.tick ?? 0;
    const hog = facts.find((fact) => fact.kind === "suspends" && fact.thread === "hog")?.tick ?? 0;
    return [worker, hog].map((tick) => Math.round(tick / TICKS_PER_MS));
  };

  it("before: 2 ms of work are done after 8 ms, since the hog's 6 come first", () => {
    expect(done("time-before")).toEqual([8, 6]);
  });

  it("the answer: they are done after 3 ms, since the hog has 1 ms in 4; it takes five periods longer", () => {
    expect(done("time-answer")).toEqual([3, 24]);
    const turns = of(playNamed("time-answer").facts, "interrupted");
    expect(turns[0]).toMatchObject({ who: "hog", next: "worker" });
    expect(turns.slice(1).every(({ who, next }) => who === "hog" && next === null)).toBe(true);
  });
});
