import { describe, expect, it } from "vitest";
import * as abi from "../src/abi/index.js";

describe("names for numbers", () => {
  it("every invocation label has the name of its method", () => {
    const known = Array.from({ length: abi.nArchInvocationLabels - 1 }, (_, i) => abi.methodName(i + 1));
    expect(known.filter((name) => name.startsWith("method"))).toEqual([]);
    expect(new Set(known).size).toBe(known.length);
    expect(abi.methodName(abi.nArchInvocationLabels)).toBe(`method ${abi.nArchInvocationLabels}`);
    expect([
      abi.methodName(abi.UntypedRetype),
      abi.methodName(abi.TCBSetFlags),
      abi.methodName(abi.CNodeMint),
      abi.methodName(abi.IRQSetIRQHandler),
      abi.methodName(abi.SchedContextYieldTo),
      abi.methodName(abi.RISCVPageMap),
      abi.methodName(abi.RISCVIRQIssueIRQHandlerTrigger),
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
      if (name.startsWith("seL4_Sys")) expect(abi.syscallName(number as number)).toBe(name.slice("seL4_Sys".length));
    }
  });
});
