/** Frames of device memory: what they may not be, and what an access to them reaches. */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  FaultStatus,
  seL4_CapASIDControl,
  seL4_CapInitThreadVSpace,
  seL4_CNode_Revoke,
  seL4_EndpointObject,
  seL4_getFault,
  seL4_IllegalOperation,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_NoError,
  seL4_Recv,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ASIDControl_MakePool,
  seL4_RISCV_Giga_Page,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_Page_GetAddress,
  seL4_RISCV_PageTableObject,
  seL4_TCB_Configure,
  seL4_TCB_SetIPCBuffer,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { scene } from "../support/scene.js";
import { deviceFrame, deviceUntypedOf } from "./device.js";

/** The head of RAM, which the firmware keeps: a device range behind which there is memory. */
const FIRMWARE = 0x8000_0000;
const UART = 0x1000_0000;
const VADDR = 0x1f0000;

describe("A device frame", () => {
  it("is no IPC buffer (IllegalOperation)", () => {
    const { value } = scene(function* (kit) {
      const frame = yield* deviceFrame(kit, FIRMWARE);
      const tcb = yield* kit.make(seL4_TCBObject);
      return [
        yield* seL4_TCB_SetIPCBuffer(tcb, VADDR, frame),
        yield* seL4_TCB_Configure(tcb, kit.cnode, 0, seL4_CapInitThreadVSpace, 0, VADDR, frame),
        // Without an address nobody looks at it.
        yield* seL4_TCB_SetIPCBuffer(tcb, 0, frame),
      ];
    });
    expect(value).toEqual([seL4_IllegalOperation, seL4_IllegalOperation, seL4_NoError]);
  });

  it("has the address that was asked for, in each size", () => {
    const { value } = scene(function* (kit) {
      const seen: number[] = [];
      for (const [paddr, type] of [
        [UART, seL4_RISCV_4K_Page],
        [0x4000_0000, seL4_RISCV_Giga_Page],
        [FIRMWARE, seL4_RISCV_Mega_Page],
        [2 ** 38, seL4_RISCV_Giga_Page],
      ] as const) {
        seen.push((yield* seL4_RISCV_Page_GetAddress(yield* deviceFrame(kit, paddr, type))).paddr);
      }
      return seen;
    });
    expect(value).toEqual([UART, 0x4000_0000, FIRMWARE, 2 ** 38]);
  });

  it("is not zeroed when it is made, as other frames are", () => {
    const { value } = scene(function* (kit) {
      const { slot } = deviceUntypedOf(kit, FIRMWARE);
      const frame = yield* kit.make(seL4_RISCV_4K_Page, 0, 1, slot);
      yield* kit.map(frame, VADDR);
      yield* store(VADDR, 4711);
      must(yield* seL4_CNode_Revoke(kit.cnode, slot, kit.depth));
      const again = yield* kit.make(seL4_RISCV_4K_Page, 0, 1, slot);
      yield* kit.map(again, VADDR);
      return [yield* load(VADDR), (yield* seL4_RISCV_Page_GetAddress(again)).paddr];
    });
    expect(value).toEqual([4711, FIRMWARE]);
  });

  it("of memory that nobody answers in faults: a VMFault of an access", () => {
    const at = { faults: 0, reply: 0 };
    const { value } = scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* kit.map(yield* deviceFrame(kit, 0x4000_0000), VADDR);
        yield* kit.start("reader", { faultHandler: at.faults });
        return seL4_getFault((yield* seL4_Recv(at.faults, at.reply)).info);
      },
      {
        *reader() {
          yield* load(VADDR + 8);
        },
      },
    );
    expect(value).toMatchObject({ type: "VMFault", Addr: VADDR + 8, FSR: FaultStatus.Load, PrefetchFault: false });
  });
});

describe("A device untyped", () => {
  it("gives frames and untypeds only (InvalidArgument 1)", () => {
    const { value } = scene(function* (kit) {
      const { slot } = deviceUntypedOf(kit, FIRMWARE);
      const to = kit.slots(8);
      const types = [seL4_EndpointObject, seL4_TCBObject, seL4_RISCV_PageTableObject, seL4_UntypedObject];
      const seen: number[] = [];
      for (const [i, type] of types.entries()) {
        seen.push(yield* seL4_Untyped_Retype(slot, type, 12, kit.cnode, 0, 0, to + i, 1));
      }
      return seen;
    });
    expect(value).toEqual([seL4_InvalidArgument, seL4_InvalidArgument, seL4_InvalidArgument, seL4_NoError]);
  });

  it("of a page's size makes no ASID pool (InvalidCapability 1)", () => {
    const { value } = scene(function* (kit) {
      const { slot } = deviceUntypedOf(kit, FIRMWARE);
      const page = yield* kit.make(seL4_UntypedObject, 12, 1, slot);
      return yield* seL4_RISCV_ASIDControl_MakePool(seL4_CapASIDControl, page, kit.cnode, kit.slots(), kit.depth);
    });
    expect(value).toBe(seL4_InvalidCapability);
  });

  it("passes on to its children that it is a device's", () => {
    const { value } = scene(function* (kit): Thread<number> {
      const { slot } = deviceUntypedOf(kit, FIRMWARE);
      const child = yield* kit.make(seL4_UntypedObject, 14, 1, slot);
      const grandchild = yield* kit.make(seL4_UntypedObject, 13, 1, child);
      return yield* seL4_Untyped_Retype(grandchild, seL4_EndpointObject, 0, kit.cnode, 0, 0, kit.slots(), 1);
    });
    expect(value).toBe(seL4_InvalidArgument);
  });
});
