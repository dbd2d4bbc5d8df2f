/** The server with state: who is who, who is refused what and why, and what is left of a client that died. */
import { ThreadState } from "@tessera/kernel";
import { findLeaks } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { stageScene } from "../src/machine.js";
import { client } from "../src/programs/client.js";
import { messages, of, playNamed, refusalsOf, sceneNamed } from "./play.js";

describe("three clients", () => {
  const { facts } = playNamed("sessions-badges");

  it("open through doors of one endpoint and are each sent a capability with a badge of its own", () => {
    expect(of(facts, "receives").map(({ who, object, badge }) => [who, object, badge])).toEqual([
      ["alice", "server's endpoint", "0x101"],
      ["bob", "server's endpoint", "0x102"],
      ["carol", "server's endpoint", "0x103"],
    ]);
  });

  it("are told their own totals, found by the badge: nobody says who they are", () => {
    expect(messages(facts)).toEqual([
      "[0x2] alice -> server: OPEN",
      "server -> alice:",
      "[0x101] alice -> server: ADD 0x5",
      "server -> alice: 0x5",
      "[0x101] alice -> server: ADD 0x7",
      "server -> alice: 0xc",
      "[0x101] alice -> server: AWAIT",
      "[0x3] bob -> server: OPEN",
      "server -> bob:",
      "[0x102] bob -> server: ADD 0x28",
      "server -> alice: 0x28",
      "server -> bob: 0x28",
      "[0x4] carol -> server: OPEN",
      "server -> carol:",
      "[0x103] carol -> server: ADD 0x1",
      "server -> carol: 0x1",
    ]);
  });

  it("the one who waits is found by its reply object while others are served with the other one", () => {
    const answers = of(facts, "message").filter(({ to, how }) => to === "alice" && how === "reply");
    expect(answers.at(-1)).toMatchObject({ call: "Send", reply: "server's reply object", words: ["0x28"] });
    const others = of(facts, "message").filter(({ to, how }) => to !== "alice" && how === "reply");
    expect(new Set(others.map(({ reply }) => reply))).toEqual(new Set(["server's reply object 2"]));
  });
});

describe("mallory is refused", () => {
  const { facts } = playNamed("sessions-forger");
  const refusals = refusalsOf(facts, "mallory");

  it("another badge: one is given once, and hers came from the server", () => {
    expect(refusals[0]).toEqual({
      outcome: "IllegalOperation",
      why: "a badge is given once, and the capability has badge 0x102 already",
      history: expect.stringMatching(/^the capability was put there at tick \d+ by `server`$/),
    });
  });

  it("alice's session by its address: in mallory's CSpace nothing was ever there", () => {
    expect(refusals[1]).toMatchObject({
      outcome: "InvalidCapability: the invoked capability",
      history: "nothing was ever put into it",
    });
  });

  it("a second answer: the reply object stands for nobody any more", () => {
    expect(refusals[2]).toMatchObject({
      outcome: "nothing happens",
      why: expect.stringContaining("stands for nobody"),
    });
  });

  it("a third one, when alice waits again: the server has taken the reply object back before it used it again", () => {
    expect(refusals[3]).toMatchObject({
      outcome: "InvalidCapability: the invoked capability",
      history: expect.stringMatching(
        /^its capability, reply object \d+ of `root`, was taken away at tick \d+ by `server`$/,
      ),
    });
    expect(refusals).toHaveLength(4);
  });

  it("and the server hears of none of it: alice is answered once by mallory, as agreed, and then by the server", () => {
    const toServer = messages(facts).filter((line) => line.includes("mallory -> server"));
    expect(toServer).toEqual(["[0x3] mallory -> server: OPEN", "[0x102] mallory -> server: TAKE_OVER"]);
    const toAlice = messages(facts).filter((line) => line.includes("-> alice: 0x"));
    expect(toAlice).toEqual(["mallory -> alice: 0x7", "server -> alice: 0x28"]);
  });

  it("each refusal stands in the transcript with file and line of the program", () => {
    const { wide } = playNamed("sessions-forger");
    expect(wide.match(/· sessions\/(forger|session)\.ts:\d+:\d+: seL4_(Call|NBSend) on 0x/g)).toHaveLength(4);
  });
});

describe("a client that dies in mid-session", () => {
  const { facts } = playNamed("sessions-death");

  it("takes its session along, wherever it is by now: carol's request is refused, and she is told who took it", () => {
    expect(of(facts, "takes").at(-1)).toMatchObject({ who: "server", badge: "0x101", from: ["carol"] });
    expect(refusalsOf(facts, "carol")).toEqual([
      {
        outcome: "InvalidCapability: the invoked capability",
        why: "the slot is empty",
        history: expect.stringMatching(/ with badge 0x101, was taken away at tick \d+ by `server`$/),
      },
    ]);
  });

  it("has its pending requests cancelled before its badge is used again", () => {
    const at = (what: (fact: (typeof facts)[number]) => boolean) => facts.findIndex(what);
    const pending = at((fact) => fact.kind === "waits" && fact.who === "carol" && fact.for === "a receiver");
    const cancelled = at((fact) => fact.kind === "invokes" && fact.call === "CNode_CancelBadgedSends");
    const again = facts.findLastIndex((fact) => fact.kind === "capability" && fact.call === "CNode_Mint");
    expect(facts[again]).toMatchObject({ who: "server", badge: "0x101" });
    expect(pending).toBeGreaterThan(0);
    expect(cancelled).toBeGreaterThan(pending);
    expect(again).toBeGreaterThan(cancelled);
    expect(messages(facts).filter((line) => line.startsWith("[0x101] carol"))).toEqual([
      "[0x101] carol -> server: ADD 0x2",
    ]);
  });

  it("leaves no state: the next session with its badge begins at nothing", () => {
    expect(messages(facts).slice(-2)).toEqual(["[0x101] carol -> server: ADD 0x2", "server -> carol: 0x2"]);
  });

  it("is taken back whole, in one call for what was made of its memory", () => {
    const [ruin] = of(facts, "clears");
    expect(ruin).toMatchObject({ who: "root", call: "CNode_Revoke" });
    expect(new Set(ruin?.types)).toEqual(new Set(["page table", "TCB", "scheduling context", "CNode"]));
  });
});

describe("nothing leaks when a client has died", () => {
  const { machine, kernel } = stageScene(sceneNamed("sessions-death"), { badge: 0, client, seed: 1 });
  const thread = (name: string) => [...kernel.state.threads].find((tcb) => tcb.name === name);
  const runUntil = (name: string, state: number) => {
    machine.run({ events: 10_000, until: () => thread(name)?.state === state });
    expect(thread(name)?.state).toBe(state);
  };

  // Carol may run, and nothing of bob's has been made yet.
  runUntil("carol", ThreadState.Restart);
  const before = kernel.snapshot();
  runUntil("bob", ThreadState.BlockedOnReply);
  const alive = findLeaks(kernel, before);
  // Bob's memory is taken back, and the server is to be told.
  runUntil("root", ThreadState.BlockedOnSend);
  const half = findLeaks(kernel, before);
  // All is done, and carol has not gone on yet.
  runUntil("root", ThreadState.Inactive);

  it("neither in the root task, nor in the server, nor where the session was handed on", () => {
    expect(findLeaks(kernel, before).text).toBe("");
  });

  it("and what is not cleaned up yet is seen: all of him while he lives, his session when only his memory is gone", () => {
    expect(alive.leaks.map(({ kind }) => kind)).toContain("thread");
    expect(half.leaks.map(({ kind }) => kind)).toEqual(["slot", "slot", "slot"]);
    expect(half.text.match(/endpoint capability .*badge 0x101/g)).toHaveLength(3);
  });
});
