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
});
