import { describe, expect, it } from "vitest";
import type { Fact } from "../src/transcript/facts.js";
import { of, play } from "./play.js";
import { runLecture } from "./process.js";

describe("the lecture's exchange", () => {
  const { facts, text, json, reason, console } = play();

  it("is the transcript that expect.txt holds, byte for byte", async () => {
    await expect(text).toMatchFileSnapshot("../expect.txt");
  });

  it("ends with everybody waiting and nothing printed", () => {
    expect([reason, console]).toEqual(["idle", ""]);
    expect(facts.at(-1)).toMatchObject({ kind: "ends", how: "idle" });
  });

  it("builds a server and a client with a CSpace, a VSpace, a thread and time of their own", () => {
    const builds = of(facts, "builds");
    expect(builds.map(({ who, thread }) => [who, thread])).toEqual([
      ["rootserver", "server"],
      ["rootserver", "client"],
    ]);
    for (const { objects } of builds) {
      expect(objects).toEqual(expect.arrayContaining(["CNode", "page table", "TCB", "scheduling context", "frame"]));
    }
  });

  it("the server makes a reply object, and mints badge 0xff for the client", () => {
    const server = facts.filter((fact) => "who" in fact && fact.who === "server");
    expect(server).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: "makes", object: "server's reply object", bytes: 32 }),
        expect.objectContaining({ kind: "capability", call: "CNode_Mint", object: "server's endpoint", badge: "0xff" }),
        expect.objectContaining({ kind: "capability", call: "CNode_Move", badge: "0xff", into: "client" }),
      ]),
    );
  });

  it("two calls of one word are answered, by NBSend and by ReplyRecv", () => {
    const messages = of(facts, "message").map(({ who, to, call, badge, words }) => [who, to, call, badge, words]);
    expect(messages.slice(0, 4)).toEqual([
      ["client", "server", "Call", "0xff", ["0x2a"]],
      ["server", "client", "NBSend", "0x0", ["0x50000"]],
      ["client", "server", "Call", "0xff", ["0x2b"]],
      ["server", "client", "ReplyRecv", "0x0", ["0x50010"]],
    ]);
  });

  it("the client reads the server's address and faults; the root task is told, by badge", () => {
    const fault = { who: "client", fault: "VMFault", access: "reading", address: "0x50010", from: "server" };
    expect(of(facts, "faults")).toMatchObject([fault]);
    expect(of(facts, "message").at(-1)).toMatchObject({ who: "client", to: "rootserver", how: "fault", badge: "0x2" });
    expect(of(facts, "suspends")).toMatchObject([{ who: "rootserver", thread: "client" }]);
  });

  it("text and JSON hold the same facts", () => {
    const document = JSON.parse(json()) as { facts: Fact[]; threads: string[]; hash: string };
    expect(document.facts).toEqual(facts);
    expect(document.threads).toEqual(["rootserver", "server", "client"]);
    const ticks = text.split("\n\n", 1)[0]!.match(/^ *\d+(?= )/gm);
    expect(ticks?.map(Number)).toEqual(facts.map(({ tick }) => tick));
    expect(text).toContain(document.hash);
  });
});

describe("another badge", () => {
  const usual = play();
  const other = play({ badge: 0x1234 });

  it("is in the transcript wherever 0xff was", () => {
    const lines = (played: typeof usual) => played.text.split("\n").slice(0, -2);
    expect(lines(other)).toEqual(lines(usual).map((line) => line.replace("0xff", "0x1234")));
    expect(other.text.match(/badge 0x1234/g)).toHaveLength(4);
    expect(other.text).not.toContain("0xff");
  });

  it("is another run", () => {
    expect(other.hash).not.toBe(usual.hash);
  });

  it("of 53 bits arrives as it was minted", () => {
    const { facts } = play({ badge: Number.MAX_SAFE_INTEGER });
    expect(of(facts, "message")[0]).toMatchObject({ badge: "0x1fffffffffffff" });
  });
});

describe("a run", () => {
  it("is the same twice in one process and once in another", () => {
    const first = play();
    expect(play().json()).toBe(first.json());
    const { stdout, status } = runLecture("--json");
    expect(status).toBe(0);
    expect(stdout).toBe(first.json());
  });

  it("is the same with invariants checked or not", () => {
    expect(play({ checkInvariants: false }).hash).toBe(play().hash);
  });

  it("needs no seed: the lecture has no randomness in it", () => {
    expect(play({ seed: 99 }).hash).toBe(play().hash);
  });
});
