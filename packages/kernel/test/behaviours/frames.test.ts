/** Frames: cleared when they are made, mapped in every size, and no use as IPC buffers when they are a device's. */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AlignmentError,
  seL4_CapInitThreadVSpace,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_getFault,
  seL4_IllegalOperation,
  seL4_NoError,
  seL4_NotEnoughMemory,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  seL4_RISCV_PageTable_Map,
  seL4_Send,
  seL4_TCB_Configure,
  seL4_TCB_SetIPCBuffer,
  seL4_TCBObject,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { message, words } from "../support/message.js";
import { deviceFrame } from "../unrecorded/device.js";
import { behaviour, type TestThread } from "./test-thread.js";

/** A gigabyte of T's VSpace that holds nothing yet. */
const RANGE = 3 * 2 ** 30;
const VSPACE = seL4_CapInitThreadVSpace;
/** The head of RAM, which is the firmware's, and a device's. */
const DEVICE = 0x8000_0000;
const TOUCHES = 16;

const map = (frame: number, address: number) =>
  seL4_RISCV_Page_Map(frame, VSPACE, address, seL4_ReadWrite, seL4_RISCV_Default_VMAttributes);

/** The words at evenly spaced places of a mapping. */
function* read(address: number, bytes: number): Thread<number[]> {
  const found: number[] = [];
  for (let i = 0; i < TOUCHES; i++) found.push(yield* load(address + (i * bytes) / TOUCHES));
  return found;
}

function* write(address: number, bytes: number): Thread {
  for (let i = 0; i < TOUCHES; i++) yield* store(address + (i * bytes) / TOUCHES, i + 1);
}

const ZEROS = Array.from({ length: TOUCHES }, () => 0);
const WRITTEN = Array.from({ length: TOUCHES }, (_, i) => i + 1);

/** Frames out of one untyped until it is used up, all at one address: what each had to say. */
function* inTurn({ kit }: TestThread, untyped: number, type: number, bytes: number): Thread<unknown[]> {
  const seen: unknown[] = [];
  for (;;) {
    const slot = kit.slots();
    const error = yield* seL4_Untyped_Retype(untyped, type, 0, kit.cnode, 0, 0, slot, 1);
    if (error !== seL4_NoError) return [...seen, error];
    const fresh = [yield* map(slot, RANGE), yield* read(RANGE, bytes)];
    yield* write(RANGE, bytes);
    const again = [yield* map(slot, RANGE), yield* read(RANGE, bytes), yield* seL4_RISCV_Page_Unmap(slot)];
    seen.push([...fresh, ...again]);
  }
}

describe("A frame", () => {
  it("FRAMEEXPORTS0001: of each size is zero when made, though its memory was written before, and maps twice", () => {
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        must(yield* seL4_RISCV_PageTable_Map(yield* kit.pageTable(), VSPACE, RANGE, seL4_RISCV_Default_VMAttributes));
        const { slot: untyped, bits } = kit.untypedOf(22, [kit.memory]);
        const seen = [yield* inTurn(t, untyped, seL4_RISCV_Mega_Page, 2 ** 21)];
        must(yield* seL4_CNode_Revoke(kit.cnode, untyped, kit.depth));
        const table = yield* kit.pageTable();
        must(yield* seL4_RISCV_PageTable_Map(table, VSPACE, RANGE, seL4_RISCV_Default_VMAttributes));
        // The memory that the large frames have filled, as small ones.
        const small = kit.slots();
        must(yield* seL4_Untyped_Retype(untyped, 0, 15, kit.cnode, 0, 0, small, 1));
        seen.push(yield* inTurn(t, small, seL4_RISCV_4K_Page, 4096));
        return { seen, megas: 2 ** (bits - 21) };
      },
      {},
      { machine: { ramBytes: 16 * 2 ** 20 } },
    );
    const one = [seL4_NoError, ZEROS, seL4_NoError, WRITTEN, seL4_NoError];
    const all = (count: number) => [...Array.from({ length: count }, () => one), seL4_NotEnoughMemory];
    expect(value.seen).toEqual([all(value.megas), all(8)]);
  });

  it("FRAMEDIPC0001: of a device cannot be the IPC buffer that a thread is configured with (IllegalOperation)", () => {
    const { value } = behaviour(function* ({ kit }) {
      const tcb = yield* kit.make(seL4_TCBObject);
      const frame = yield* kit.copy(yield* deviceFrame(kit, DEVICE));
      return yield* seL4_TCB_Configure(tcb, kit.cnode, 0, VSPACE, 0, 0x1f0000, frame);
    });
    expect(value).toBe(seL4_IllegalOperation);
  });

  it("FRAMEDIPC0002: of a device cannot replace a thread's IPC buffer, which goes on with the one it had", () => {
    const LONG = Array.from({ length: 100 }, (_, i) => i + 1);
    const at = { ep: 0 };
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        at.ep = yield* kit.endpoint();
        const helper = yield* t.start("sender");
        const first = words((yield* seL4_Recv(at.ep, t.reply)).info);
        const device = yield* deviceFrame(kit, DEVICE);
        const frame = yield* kit.frame();
        const errors = [
          // No frame, then a device, then a bad address: in this order they are looked at.
          yield* seL4_TCB_SetIPCBuffer(helper.tcb, 0x1f0001, kit.cnode),
          yield* seL4_TCB_SetIPCBuffer(helper.tcb, 0x1f0001, device),
          yield* seL4_TCB_SetIPCBuffer(helper.tcb, 0x1f0001, frame),
          yield* seL4_TCB_SetIPCBuffer(helper.tcb, 0x1f0000, device),
        ];
        const second = words((yield* seL4_Recv(at.ep, t.reply)).info);
        return [errors, first, second];
      },
      {
        *sender() {
          yield* seL4_Send(at.ep, message(LONG));
          yield* seL4_Send(at.ep, message(LONG.map((word) => 1000 + word)));
        },
      },
    );
    expect(value).toEqual([
      [seL4_IllegalOperation, seL4_IllegalOperation, seL4_AlignmentError, seL4_IllegalOperation],
      LONG,
      LONG.map((word) => 1000 + word),
    ]);
  });

  it("FRAMEDIPC0003: is unmapped when the capability it was mapped with is deleted, though others remain", () => {
    const at = { address: 0, faults: 0 };
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        const { frame: spare, address } = yield* kit.mappedFrame();
        must(yield* seL4_RISCV_Page_Unmap(spare));
        at.address = address;
        at.faults = yield* kit.endpoint();
        const frame = yield* kit.frame();
        const copy = yield* kit.copy(frame);
        must(yield* map(copy, address));
        yield* store(address, 0x5eed);
        must(yield* seL4_CNode_Delete(kit.cnode, copy, kit.depth));
        const handler = yield* t.start("handler", { priority: 100 });
        yield* t.start("writer", { priority: 100, faultHandler: at.faults });
        const faulted = (yield* t.wait(handler)) - address;
        // The frame is there still, with what was written to it.
        must(yield* map(frame, address));
        return [faulted, yield* load(address)];
      },
      {
        *writer() {
          yield* store(at.address, 1);
        },
        *handler(_, { reply }) {
          const fault = seL4_getFault((yield* seL4_Recv(at.faults, reply)).info);
          return fault.type === "VMFault" ? fault.Addr : 0;
        },
      },
    );
    expect(value).toEqual([0, 0x5eed]);
  });
});
