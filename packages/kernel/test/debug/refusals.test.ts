/** What a refusal says: the value that was given, and the one that would do. */

import type { Syscall, Thread } from "@tessera/hal-sim/isa";
import type { Explanation } from "@tessera/kernel";
import {
  seL4_AllRights,
  seL4_Call,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  seL4_CapNull,
  seL4_CapTableObject,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_EndpointObject,
  type seL4_Error,
  seL4_IRQControl_Get,
  seL4_MessageInfo_new,
  seL4_MinSchedContextBits,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_SchedContext_NoFlag,
  seL4_SchedContextObject,
  seL4_SchedControl_ConfigureFlags,
  seL4_SetCap,
  seL4_TCB_ReadRegisters,
  seL4_TCB_SetPriority,
  seL4_TCB_SetSchedParams,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
} from "@tessera/libsel4";
import { TCBConfigure, TCBSetPriority } from "@tessera/libsel4/abi";
import { describe, expect, it } from "vitest";
import type { Kit } from "../support/kit.js";
import { scene } from "../support/scene.js";

/** The last explanation of what `main` did with a kit. */
function lastOf(main: (kit: Kit) => Thread<unknown>): Explanation {
  const { kernel } = scene(main, {}, { mayThrow: ["root"] });
  const last = kernel.explanations("rootserver").at(-1);
  if (last === undefined) throw new Error("nothing was refused");
  return last;
}

type Refused = (kit: Kit) => Thread;

const attributes = seL4_RISCV_Default_VMAttributes;
const VSPACE = seL4_CapInitThreadVSpace;
const OWN = seL4_CapInitThreadTCB;

function retype(kit: Kit, type: number, bits: number, count = 1, offset = kit.slots()): Syscall<seL4_Error> {
  return seL4_Untyped_Retype(kit.memory, type, bits, kit.cnode, 0, 0, offset, count);
}

const cases: readonly [sentence: string | RegExp, refused: Refused][] = [
  [
    "the number of objects must be from 1 to 256, not 300",
    function* (kit) {
      yield* retype(kit, seL4_EndpointObject, 0, 300);
    },
  ],
  [
    "the first slot must be from 0 to 4095, not 0x20000000000001",
    function* (kit) {
      yield* seL4_Untyped_Retype(kit.memory, seL4_EndpointObject, 0, kit.cnode, 0, 0, 2n ** 53n + 1n, 1);
    },
  ],
  [
    "there is no object type 99: types are 0 to 10",
    function* (kit) {
      yield* retype(kit, 99, 0);
    },
  ],
  [
    "a scheduling context has 128 bytes at least: its size in bits must be 7 or more, not 3",
    function* (kit) {
      yield* retype(kit, seL4_SchedContextObject, 3);
    },
  ],
  [
    "the size of the object in bits must be from 0 to 38, not 45",
    function* (kit) {
      yield* retype(kit, seL4_CapTableObject, 40);
    },
  ],
  [
    /^3 × 2147483648 bytes do not fit the \d+ bytes that are left of \d+$/,
    function* (kit) {
      yield* retype(kit, seL4_UntypedObject, 31, 3);
    },
  ],
  [
    "the priority, which the authority's MCP bounds, must be from 0 to 255, not 256",
    function* (kit) {
      yield* seL4_TCB_SetPriority(yield* kit.make(seL4_TCBObject), OWN, 256);
    },
  ],
  [
    "the interrupt number must be from 1 to 96, not 0xffffffffffffffff",
    function* (kit) {
      yield* seL4_IRQControl_Get(seL4_CapIRQControl, 2n ** 64n - 1n, kit.cnode, kit.slots(), 64);
    },
  ],
  [
    "the budget in microseconds must be from 20 to 0x333333333333333, not 3",
    function* (kit) {
      const sc = yield* kit.make(seL4_SchedContextObject, seL4_MinSchedContextBits);
      yield* seL4_SchedControl_ConfigureFlags(
        kit.bootinfo.schedcontrol.start,
        sc,
        3,
        100,
        0,
        0,
        seL4_SchedContext_NoFlag,
      );
    },
  ],
  [
    "the budget in microseconds, which the period bounds, must be from 20 to 100, not 101",
    function* (kit) {
      const sc = yield* kit.make(seL4_SchedContextObject, seL4_MinSchedContextBits);
      const control = kit.bootinfo.schedcontrol.start;
      yield* seL4_SchedControl_ConfigureFlags(control, sc, 101, 100, 0, 0, seL4_SchedContext_NoFlag);
    },
  ],
  [
    "a frame of 4096 bytes is mapped at a multiple of its size, as 0x100000 is and 0x100123 is not",
    function* (kit) {
      yield* seL4_RISCV_Page_Map(yield* kit.frame(), VSPACE, 0x100123, seL4_ReadWrite, attributes);
    },
  ],
  [
    "what is mapped at 0xffffffffff000000 would lie beyond user memory, which ends at 0x3ffffff000",
    function* (kit) {
      yield* seL4_RISCV_Page_Map(yield* kit.frame(), VSPACE, 0xffffffffff000000n, seL4_ReadWrite, attributes);
    },
  ],
  [
    "2 page tables, one in the other, are missing for the 2^30 bytes around 0x2000000000: map them first",
    function* (kit) {
      yield* seL4_RISCV_Page_Map(yield* kit.frame(), VSPACE, 0x20_0000_0000, seL4_ReadWrite, attributes);
    },
  ],
  [
    /^the frame at physical address 0x8[0-9a-f]+ is mapped at 0x10000 already$/,
    function* (kit) {
      yield* seL4_RISCV_Page_Map(yield* kit.frame(), VSPACE, 0x10000, seL4_ReadWrite, attributes);
    },
  ],
  [
    /^the frame is mapped at 0x100000, not at 0x102000: unmap it, or copy the capability$/,
    function* (kit) {
      const { frame } = yield* kit.mappedFrame();
      yield* seL4_RISCV_Page_Map(frame, VSPACE, 0x102000, seL4_ReadWrite, attributes);
    },
  ],
  [
    "the depth of the destination must be from 1 to 64, not 200",
    function* () {
      yield* seL4_CNode_Delete(seL4_CapInitThreadCNode, 1, 200);
    },
  ],
];

describe("A refusal states the value that was given", () => {
  it.each(cases)("%s", (sentence, refused) => {
    const { why } = lastOf(function* (kit) {
      yield* refused(kit);
    });
    if (typeof sentence === "string") expect(why).toBe(sentence);
    else expect(why).toMatch(sentence);
  });

  it("and how much of a message came", () => {
    const { why } = lastOf(function* (kit) {
      yield* seL4_Call(yield* kit.make(seL4_TCBObject), seL4_MessageInfo_new(TCBConfigure, 0, 0, 2));
    });
    expect(why).toBe(
      "the method takes 3 message words and 3 extra capabilities; 2 message words and no extra capabilities came",
    );
  });

  it("the range of ReadRegisters too", () => {
    const { why } = lastOf(function* (kit) {
      yield* seL4_TCB_ReadRegisters(yield* kit.make(seL4_TCBObject), false, 0, 33);
    });
    expect(why).toBe("the number of registers must be from 1 to 32, not 33");
  });
});

describe("A refusal shows the capability that it is about", () => {
  it("the scheduling context of SetSchedParams", () => {
    const e = lastOf(function* (kit) {
      const endpoint: number = yield* kit.endpoint();
      yield* seL4_TCB_SetSchedParams(yield* kit.make(seL4_TCBObject), OWN, 0, 0, endpoint, seL4_CapNull);
    });
    expect(e.outcome).toBe("InvalidCapability: extra capability 2");
    expect(e.path.at(-1)).toMatch(/^slot \d+ of CNode `rootserver.cspace` holds endpoint \d+ of `rootserver`/);
  });

  it("a badge that it has already", () => {
    const e = lastOf(function* (kit) {
      const badged = yield* kit.mint(yield* kit.endpoint(), 0x103);
      yield* seL4_CNode_Mint(kit.cnode, kit.slots(), kit.depth, kit.cnode, badged, kit.depth, seL4_AllRights, 0x104);
    });
    expect(e.why).toBe("a badge is given once, and the capability has badge 0x103 already");
  });
});

describe("A failed lookup names the capability that was invoked, and the address that failed", () => {
  it("when that is an extra capability's", () => {
    const e = lastOf(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      seL4_SetCap(0, 0x4000_0000_0000);
      yield* seL4_Call(tcb, seL4_MessageInfo_new(TCBSetPriority, 0, 1, 1));
    });
    expect(e.call).toMatch(/^seL4_Call, sending, on 0x[0-9a-f]{2}$/);
    expect(e.path[0]).toBe("the address 0x400000000000:");
    expect(e.why).toBe("extra capability 1 of the message does not resolve");
  });

  it("when that is the reply object's of a receive", () => {
    const e = lastOf(function* (kit) {
      yield* seL4_Recv(yield* kit.endpoint(), 0xfff);
    });
    expect(e.call).toMatch(/^seL4_Recv, receiving, on 0x[0-9a-f]{2}$/);
    expect(e.path[0]).toBe("the address 0xfff:");
    expect(e.why).toBe("the address in a6 is to name a reply object for callers");
  });
});
