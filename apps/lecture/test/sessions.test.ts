/** The server with state: who is who, who is refused what and why, and what is left of a client that died. */
import { createImage } from "@tessera/hal-sim";
import { ThreadState } from "@tessera/kernel";
import {
  program,
  rootTask,
  seL4_AllRights,
  seL4_Call,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MessageInfo_new,
  seL4_Send,
  seL4_SetMR,
  seL4_TCB_Suspend,
  seL4_Wait,
} from "@tessera/libsel4";
import { findLeaks } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { stageScene } from "../src/machine.js";
import { client } from "../src/programs/client.js";
import { create_client, create_server } from "../src/programs/door.js";
import { make } from "../src/programs/make.js";
import * as protocol from "../src/programs/sessions/protocol.js";
import { server } from "../src/programs/sessions/server.js";
import { add, await_any, open } from "../src/programs/sessions/session.js";
import { destroy, give, start, start_system } from "../src/programs/system.js";
import { namesOf } from "../src/scenes/scene.js";
import { messages, of, playedScene, playNamed, refusalsOf, sceneNamed } from "./play.js";

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
        why: "there is nothing to invoke",
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

describe("a client that dies while it waits", () => {
  /** The root task waits until the bell is rung, which happens when the waiter has nothing left to do but wait. */
  const root = rootTask(function* (bootinfo) {
    const system = yield* start_system(bootinfo);
    const bells = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
    const served = yield* create_server(system, { name: "server", number: 1, priority: 110 }, 2);
    yield* start(served, served.words);
    const waiter = yield* create_client(system, served.ep, { name: "waiter", number: 2, priority: 109 }, 2);
    yield* start(waiter, waiter.words);
    const ringer = yield* create_client(system, served.ep, { name: "ringer", number: 3, priority: 108 }, 3);
    yield* start(ringer, [...ringer.words, yield* give(system, ringer, bells, seL4_AllRights)]);
    yield* seL4_Wait(bells);
    yield* destroy(system, waiter);
    seL4_SetMR(0, 2);
    yield* seL4_Call(served.ep, seL4_MessageInfo_new(protocol.GONE, 0, 0, 1));
  });
  const waiter = program(function* ({ a0: door, a2: cnode }) {
    yield* open(door, cnode, 0x10);
    yield* await_any(0x10);
  });
  const ringer = program(function* ({ a0: door, a2: cnode, a3: tcb, a4: bell }) {
    yield* seL4_Send(bell, seL4_MessageInfo_new(0, 0, 0, 0));
    yield* open(door, cnode, 0x10);
    yield* add(0x10, 3);
    yield* open(door, cnode, 0x11);
    yield* seL4_TCB_Suspend(tcb);
  });
  const image = () => createImage({ root, server, waiter, ringer });
  const { facts, kernel } = playedScene({
    name: "waiter",
    title: "a waiter dies",
    takes: [],
    requests: namesOf(protocol),
    image,
  });

  it("is not answered any more, and its badge is used again", () => {
    expect(messages(facts)).toEqual([
      "[0x2] waiter -> server: OPEN",
      "server -> waiter:",
      "[0x101] waiter -> server: AWAIT",
      "[0x0] ringer -> root:",
      "[0x0] root -> server: GONE 0x2",
      "server -> root:",
      "[0x3] ringer -> server: OPEN",
      "server -> ringer:",
      "[0x101] ringer -> server: ADD 0x3",
      "server -> ringer: 0x3",
      "[0x3] ringer -> server: OPEN",
      "server -> ringer: REFUSED",
    ]);
    expect(kernel.explanations("server")).toEqual([]);
  });

  it("and a door opens one session", () => {
    expect(of(facts, "receives").filter(({ who }) => who === "ringer")).toHaveLength(1);
  });
});
