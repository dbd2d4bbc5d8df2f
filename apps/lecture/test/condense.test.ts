import { describe, expect, it } from "vitest";
import { condense } from "../src/transcript/condense.js";
import type { Fact } from "../src/transcript/facts.js";

const at = { tick: 1, record: 1, who: "parent" };

function made(type: string, bytes: number, object = type): Fact {
  return { ...at, kind: "makes", call: "Untyped_Retype", object, type, bytes };
}

const WRITTEN: Fact = { ...at, kind: "invokes", call: "TCB_WriteRegisters", object: "child", error: null };

describe("condense", () => {
  it("tells cuts that follow one another once, with the smallest piece", () => {
    const facts = [made("untyped memory", 64), made("untyped memory", 64), made("untyped memory", 32)];
    expect(condense(facts)).toEqual([{ ...at, kind: "cuts", bytes: 32, calls: 3 }]);
  });

  it("tells the making of a thread once, with what was made and every call", () => {
    const facts = [made("untyped memory", 64), made("CNode", 4096), made("TCB", 2048, "child"), WRITTEN];
    expect(condense(facts)).toEqual([{ ...at, kind: "builds", thread: "child", objects: ["CNode", "TCB"], calls: 4 }]);
  });

  it("keeps what concerns others, before and in between", () => {
    const endpoint = made("endpoint", 16);
    const other: Fact = { ...at, who: "somebody", kind: "lends", to: "parent" };
    const facts = [made("frame", 4096), endpoint, other, made("TCB", 2048, "child"), WRITTEN];
    expect(condense(facts).map(({ kind }) => kind)).toEqual(["makes", "makes", "lends", "builds"]);
  });

  it("leaves alone the registers of a thread that was made elsewhere", () => {
    expect(condense([made("frame", 4096), WRITTEN])).toHaveLength(2);
  });

  const given = (into: string | null, object: string, badge: string | null = null): Fact => ({
    ...at,
    kind: "capability",
    call: "CNode_Copy",
    object,
    type: "endpoint",
    badge,
    into,
  });

  it("tells once what somebody is given, in order; one's own, and another's, are told apart", () => {
    const facts = [given("child", "A", "0x7"), given("child", "B"), given(null, "C"), given("other", "D")];
    const told = condense(facts);
    expect(told.map(({ kind }) => kind)).toEqual(["gives", "capability", "capability"]);
    expect(told[0]).toMatchObject({
      into: "child",
      capabilities: [
        { object: "A", badge: "0x7" },
        { object: "B", badge: null },
      ],
    });
  });

  const destroyed = (object: string, type: string): Fact => ({
    ...at,
    kind: "destroys",
    call: "CNode_Revoke",
    object,
    type,
  });
  const taken: Fact = { ...at, kind: "takes", call: "CNode_Revoke", object: "E", badge: null, from: ["child"] };

  it("tells once what is destroyed together, with the capabilities in it; memory is only memory again", () => {
    const facts = [destroyed("U", "untyped memory"), destroyed("N", "CNode"), taken, destroyed("T", "TCB")];
    expect(condense(facts)).toEqual([
      { ...at, kind: "clears", call: "CNode_Revoke", objects: ["U", "N", "T"], types: ["CNode", "TCB"] },
    ]);
  });

  it("keeps what is taken from those who live on", () => {
    expect(condense([taken, destroyed("N", "CNode"), taken]).map(({ kind }) => kind)).toEqual([
      "takes",
      "destroys",
      "takes",
    ]);
  });
});
