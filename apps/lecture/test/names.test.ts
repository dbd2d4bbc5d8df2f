import * as abi from "@tessera/libsel4/abi";
import { describe, expect, it } from "vitest";
import { hexWord, methodName, syscallName } from "../src/transcript/names.js";

describe("names for numbers", () => {
  it("every invocation label has the name of its method", () => {
    const known = Array.from({ length: abi.nArchInvocationLabels - 1 }, (_, i) => methodName(i + 1));
    expect(known.filter((name) => name.startsWith("method"))).toEqual([]);
    expect(new Set(known).size).toBe(known.length);
    expect(methodName(abi.nArchInvocationLabels)).toBe(`method ${abi.nArchInvocationLabels}`);
    expect([
      methodName(abi.UntypedRetype),
      methodName(abi.TCBSetFlags),
      methodName(abi.CNodeMint),
      methodName(abi.IRQSetIRQHandler),
      methodName(abi.SchedContextYieldTo),
      methodName(abi.RISCVPageMap),
      methodName(abi.RISCVIRQIssueIRQHandlerTrigger),
    ]).toEqual([
      "Untyped_Retype",
      "TCB_SetFlags",
      "CNode_Mint",
      "IRQHandler_SetNotification",
      "SchedContext_YieldTo",
      "Page_Map",
      "IRQControl_GetTrigger",
    ]);
  });

  it("every system call has its name", () => {
    for (const [name, number] of Object.entries(abi)) {
      if (name.startsWith("seL4_Sys")) expect(syscallName(number as number)).toBe(name.slice("seL4_Sys".length));
    }
  });

  it("words are shown with all their 64 bits", () => {
    expect([hexWord(0, 0), hexWord(-1, 0), hexWord(1, 2), hexWord(-1, -1)]).toEqual([
      "0x0",
      "0xffffffff",
      "0x200000001",
      "0xffffffffffffffff",
    ]);
  });
});
