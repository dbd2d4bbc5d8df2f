import {
  seL4_CanRead,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
  seL4_CNode_CapData_new,
  seL4_CNode_Delete,
  seL4_RISCV_4K_Page,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Unbind,
  seL4_SchedContext_UnbindObject,
  seL4_SchedControl_Configure,
  seL4_TCB_BindNotification,
  seL4_TCB_Configure,
  seL4_TCB_SetFlags,
  seL4_TCB_SetIPCBuffer,
  seL4_TCB_SetMCPriority,
  seL4_TCB_SetPriority,
  seL4_TCB_SetSchedParams,
  seL4_TCB_SetSpace,
  seL4_TCB_SetTimeoutEndpoint,
  seL4_TCB_UnbindNotification,
  seL4_TCBObject,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { Kit } from "../support/kit.js";
import { must } from "../support/kit.js";
import { answerOf } from "../support/refusal.js";
import { scene } from "../support/scene.js";

const SELF = seL4_CapInitThreadTCB;
const VSPACE = seL4_CapInitThreadVSpace;

function* thread(kit: Kit) {
  return yield* kit.make(seL4_TCBObject);
}

describe("TCB_Configure", () => {
  const configure = (tcb: number, cspace: number, data: number, vspace: number, at: number, frame: number) =>
    answerOf(seL4_TCB_Configure(tcb, cspace, data, vspace, 0, at, frame));

  it("refuses a buffer that is no page (IllegalOperation), a device's, or not aligned to 1024 (AlignmentError)", () => {
    scene(function* (kit) {
      const tcb = yield* thread(kit);
      const frame = yield* kit.frame();
      const { untyped, untypedList } = kit.bootinfo;
      const device = untyped.start + untypedList.findIndex(({ isDevice, sizeBits }) => isDevice && sizeBits >= 13);
      must(yield* seL4_Untyped_Retype(device, seL4_RISCV_4K_Page, 0, kit.cnode, 0, 0, 4000, 1));
      expect(yield* configure(tcb, kit.cnode, 0, VSPACE, 4096, tcb)).toBe("IllegalOperation");
      expect(yield* configure(tcb, kit.cnode, 0, VSPACE, 4096, 4000)).toBe("IllegalOperation");
      expect(yield* configure(tcb, kit.cnode, 0, VSPACE, 4096 + 512, frame)).toBe("AlignmentError");
      expect(yield* configure(tcb, kit.cnode, 0, VSPACE, 4096 + 1024, frame)).toBe("NoError");
      expect(yield* configure(tcb, kit.cnode, 0, VSPACE, 0, tcb)).toBe("NoError");
    });
  });

  it("refuses a CSpace that is no CNode or whose guard does not fit, and a VSpace without ASID (IllegalOperation)", () => {
    scene(function* (kit) {
      const tcb = yield* thread(kit);
      const table = yield* kit.pageTable();
      const guard = seL4_CNode_CapData_new(0, 60);
      expect(yield* configure(tcb, tcb, 0, VSPACE, 0, 0)).toBe("IllegalOperation");
      expect(yield* configure(tcb, kit.cnode, guard, VSPACE, 0, 0)).toBe("IllegalOperation");
      expect(yield* configure(tcb, kit.cnode, 0, table, 0, 0)).toBe("IllegalOperation");
      expect(yield* configure(tcb, kit.cnode, 0, kit.cnode, 0, 0)).toBe("IllegalOperation");
    });
  });

  it("refuses to replace a CSpace whose last capability the thread has (IllegalOperation)", () => {
    scene(function* (kit) {
      const tcb = yield* thread(kit);
      const cnode = yield* kit.cnodeOf(4);
      expect(yield* configure(tcb, cnode, 0, VSPACE, 0, 0)).toBe("NoError");
      expect(yield* configure(tcb, kit.cnode, 0, VSPACE, 0, 0)).toBe("NoError");
      expect(yield* configure(tcb, cnode, 0, VSPACE, 0, 0)).toBe("NoError");
      must(yield* seL4_CNode_Delete(kit.cnode, cnode, kit.depth));
      expect(yield* configure(tcb, kit.cnode, 0, VSPACE, 0, 0)).toBe("IllegalOperation");
      expect(yield* answerOf(seL4_TCB_SetSpace(tcb, seL4_CapNull, kit.cnode, 0, VSPACE, 0))).toBe("IllegalOperation");
    });
  });
});

describe("Fault and timeout handlers", () => {
  it("are endpoints that can be sent to and answered, or nothing; else InvalidCapability with their number", () => {
    scene(function* (kit) {
      const tcb = yield* thread(kit);
      const endpoint = yield* kit.endpoint();
      const mute = yield* kit.copy(endpoint, seL4_CanRead);
      const sc = yield* kit.schedContext();
      const space = (handler: number) => answerOf(seL4_TCB_SetSpace(tcb, handler, kit.cnode, 0, VSPACE, 0));
      const params = (handler: number) => answerOf(seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, sc, handler));
      const timeout = (handler: number) => answerOf(seL4_TCB_SetTimeoutEndpoint(tcb, handler));
      for (const bad of [mute, tcb]) {
        expect(yield* space(bad)).toBe("InvalidCapability 1");
        expect(yield* params(bad)).toBe("InvalidCapability 3");
        expect(yield* timeout(bad)).toBe("InvalidCapability 1");
      }
      for (const good of [endpoint, seL4_CapNull]) {
        for (const set of [space, params, timeout]) expect(yield* set(good)).toBe("NoError");
      }
    });
  });
});

describe("Priorities", () => {
  it("need a TCB as authority (InvalidCapability 1) and are bounded by its MCP (RangeError)", () => {
    scene(function* (kit) {
      const tcb = yield* thread(kit);
      const weak = yield* thread(kit);
      for (const set of [seL4_TCB_SetPriority, seL4_TCB_SetMCPriority]) {
        expect(yield* answerOf(set(tcb, kit.cnode, 1))).toBe("InvalidCapability 1");
        expect(yield* answerOf(set(tcb, SELF, 256))).toBe("RangeError 0 255");
        expect(yield* answerOf(set(tcb, weak, 1))).toBe("RangeError 0 0");
        expect(yield* answerOf(set(tcb, weak, 2n ** 64n - 1n))).toBe("RangeError 0 0");
        expect(yield* answerOf(set(tcb, SELF, 255))).toBe("NoError");
      }
    });
  });
});

describe("SetSchedParams", () => {
  it("refuses a bound context or thread (IllegalOperation), what is no context (InvalidCapability 2), and to disarm itself", () => {
    scene(function* (kit) {
      const [a, b] = [yield* thread(kit), yield* thread(kit)];
      const [one, two] = [yield* kit.schedContext(), yield* kit.schedContext()];
      const set = (tcb: number, sc: number) => answerOf(seL4_TCB_SetSchedParams(tcb, SELF, 0, 0, sc, seL4_CapNull));
      expect(yield* set(a, one)).toBe("NoError");
      expect(yield* set(a, one)).toBe("NoError");
      expect(yield* set(a, two)).toBe("IllegalOperation");
      expect(yield* set(b, one)).toBe("IllegalOperation");
      expect(yield* set(b, kit.cnode)).toBe("InvalidCapability 2");
      expect(yield* set(a, seL4_CapNull)).toBe("NoError");
      expect(yield* set(b, one)).toBe("NoError");
      expect(yield* set(SELF, seL4_CapNull)).toBe("IllegalOperation");
    });
  });
});

describe("A notification", () => {
  it("is bound to one thread, which has one, with the Read right (IllegalOperation else)", () => {
    scene(function* (kit) {
      const [a, b] = [yield* thread(kit), yield* thread(kit)];
      const [one, two] = [yield* kit.notification(), yield* kit.notification()];
      const bind = (tcb: number, ntfn: number) => answerOf(seL4_TCB_BindNotification(tcb, ntfn));
      expect(yield* answerOf(seL4_TCB_UnbindNotification(a))).toBe("IllegalOperation");
      expect(yield* bind(a, yield* kit.endpoint())).toBe("IllegalOperation");
      expect(yield* bind(a, one)).toBe("NoError");
      expect(yield* bind(a, two)).toBe("IllegalOperation");
      expect(yield* bind(b, one)).toBe("IllegalOperation");
      expect(yield* answerOf(seL4_TCB_UnbindNotification(a))).toBe("NoError");
      expect(yield* bind(b, one)).toBe("NoError");
      must(yield* seL4_CNode_Delete(kit.cnode, one, kit.depth));
      expect(yield* answerOf(seL4_TCB_UnbindNotification(b))).toBe("IllegalOperation");
    });
  });
});

describe("SetFlags", () => {
  it("clears, then sets, and knows one flag", () => {
    scene(function* (kit) {
      const tcb = yield* thread(kit);
      expect(yield* seL4_TCB_SetFlags(tcb, 0, 0xff)).toEqual({ error: 0, flags: 1 });
      expect(yield* seL4_TCB_SetFlags(tcb, 1, 0)).toEqual({ error: 0, flags: 0 });
      expect(yield* seL4_TCB_SetFlags(tcb, 1, 1)).toEqual({ error: 0, flags: 1 });
    });
  });
});

describe("SetIPCBuffer", () => {
  it("with address 0 takes the buffer away, whatever the capability is", () => {
    scene(function* (kit) {
      const tcb = yield* thread(kit);
      expect(yield* answerOf(seL4_TCB_SetIPCBuffer(tcb, 0, tcb))).toBe("NoError");
      expect(yield* answerOf(seL4_TCB_SetIPCBuffer(tcb, 1024, tcb))).toBe("IllegalOperation");
      expect(yield* answerOf(seL4_TCB_SetIPCBuffer(tcb, 1023, yield* kit.frame()))).toBe("AlignmentError");
    });
  });
});

describe("A scheduling context", () => {
  it("is configured with a budget of 20 us up to the period, and as many refills as it has room for", () => {
    scene(function* (kit) {
      const sc = yield* kit.schedContext();
      const control = kit.bootinfo.schedcontrol.start;
      const configure = (budget: number | bigint, period: number | bigint, extra = 0, cap = sc) =>
        answerOf(seL4_SchedControl_Configure(control, cap, budget, period, extra, 0));
      const most = 230584300921369395n;
      expect(yield* configure(19, 100)).toBe(`RangeError 20 ${Number(most)}`);
      expect(yield* configure(20, 19)).toBe(`RangeError 20 ${Number(most)}`);
      expect(yield* configure(most + 1n, most)).toBe(`RangeError 20 ${Number(most)}`);
      expect(yield* configure(101, 100)).toBe("RangeError 20 100");
      expect(yield* configure(20, 100, 0, kit.cnode)).toBe("InvalidCapability 1");
      // The times are looked at before what they are for.
      expect(yield* configure(19, 100, 0, kit.cnode)).toBe(`RangeError 20 ${Number(most)}`);
      expect(yield* configure(101, 100, 0, kit.cnode)).toBe("RangeError 20 100");
      expect(yield* configure(20, 100, 1)).toBe("RangeError 0 0");
      expect(yield* configure(20, 100)).toBe("NoError");
      expect(yield* configure(most, most)).toBe("NoError");
    });
  });

  it("is bound to one thread and one notification, and refuses a second of each (IllegalOperation)", () => {
    scene(function* (kit) {
      const [a, b] = [yield* thread(kit), yield* thread(kit)];
      const [sc, other] = [yield* kit.schedContext(), yield* kit.schedContext()];
      const ntfn = yield* kit.notification();
      const bind = (context: number, cap: number) => answerOf(seL4_SchedContext_Bind(context, cap));
      expect(yield* bind(sc, kit.cnode)).toBe("InvalidCapability 1");
      expect(yield* bind(sc, a)).toBe("NoError");
      expect(yield* bind(sc, b)).toBe("IllegalOperation");
      expect(yield* bind(other, a)).toBe("IllegalOperation");
      expect(yield* bind(sc, ntfn)).toBe("NoError");
      expect(yield* bind(other, ntfn)).toBe("IllegalOperation");
      expect(yield* answerOf(seL4_SchedContext_UnbindObject(sc, b))).toBe("IllegalOperation");
      expect(yield* answerOf(seL4_SchedContext_UnbindObject(other, ntfn))).toBe("IllegalOperation");
      expect(yield* answerOf(seL4_SchedContext_Unbind(sc))).toBe("NoError");
      expect(yield* bind(other, a)).toBe("NoError");
      expect(yield* bind(other, ntfn)).toBe("NoError");
      expect(yield* bind(14, ntfn)).toBe("IllegalOperation");
      expect(yield* answerOf(seL4_SchedContext_Unbind(14))).toBe("IllegalOperation");
    });
  });
});
