/**
 * Mega and Giga pages, which no recording maps. A Giga page of RAM would take a machine of 2 GiB; its rules are tried
 * with device memory, which costs none.
 */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  FaultStatus,
  seL4_AlignmentError,
  seL4_CapInitThreadVSpace,
  seL4_DeleteFirst,
  type seL4_Error,
  seL4_FailedLookup,
  seL4_GetMR,
  seL4_getFault,
  seL4_InvalidArgument,
  seL4_MissingCapability,
  seL4_NoError,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Giga_Page,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_Page_GetAddress,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  seL4_RISCV_PageTable_Map,
  seL4_TCB_SetIPCBuffer,
  seL4_TCBObject,
  seL4_UserTop,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Kit, must } from "../support/kit.js";
import { makeVspace, mapCopy, startProcess } from "../support/process.js";
import { scene } from "../support/scene.js";
import { deviceFrame } from "./device.js";

const MEGA = 2 ** 21;
const GIGA = 2 ** 30;
/** Gigabytes of the root task's VSpace that hold nothing yet. */
const EMPTY_GIGA = 3 * GIGA;
const OTHER_GIGA = 5 * GIGA;
const VSPACE = seL4_CapInitThreadVSpace;
const BIG = { machine: { ramBytes: 16 * 2 ** 20 } };

const map = (frame: number, address: number | bigint, vspace: number = VSPACE) =>
  seL4_RISCV_Page_Map(frame, vspace, address, seL4_ReadWrite, seL4_RISCV_Default_VMAttributes);
const mapTable = (table: number, address: number, vspace: number = VSPACE) =>
  seL4_RISCV_PageTable_Map(table, vspace, address, seL4_RISCV_Default_VMAttributes);

/** Error code; of a failed lookup also its kind and the bits that were left. */
function* outcome(call: Iterable<void, seL4_Error, void>): Thread<readonly number[]> {
  const error = yield* call;
  return error === seL4_FailedLookup ? [error, seL4_GetMR(1), seL4_GetMR(2)] : [error];
}

const lookupFailed = (bits: number) => [seL4_FailedLookup, seL4_MissingCapability, bits];

/** A 2 MiB frame of RAM. */
function* megaFrame(kit: Kit): Thread<number> {
  return yield* kit.make(seL4_RISCV_Mega_Page, 0, 1, kit.untypedOf(21, [kit.memory]).slot);
}

describe("A Mega page", () => {
  it("maps 2 MiB in one piece: a store at its end is seen through a small page of the same memory", () => {
    const { value } = scene(
      function* (kit) {
        must(yield* mapTable(yield* kit.pageTable(), EMPTY_GIGA));
        const frame = yield* megaFrame(kit);
        const { paddr } = yield* seL4_RISCV_Page_GetAddress(frame);
        must(yield* map(frame, EMPTY_GIGA + MEGA));
        yield* store(EMPTY_GIGA + MEGA, 1);
        yield* store(EMPTY_GIGA + 2 * MEGA - 8, 2);
        yield* store(EMPTY_GIGA + MEGA + 0x12340, 3);
        const copy = yield* kit.copy(frame);
        must(yield* map(copy, EMPTY_GIGA + 8 * MEGA));
        return [
          paddr % MEGA,
          yield* load(EMPTY_GIGA + 8 * MEGA),
          yield* load(EMPTY_GIGA + 9 * MEGA - 8),
          yield* load(EMPTY_GIGA + 8 * MEGA + 0x12340),
          yield* load(EMPTY_GIGA + 8 * MEGA + 0x12348),
        ];
      },
      {},
      BIG,
    );
    expect(value).toEqual([0, 1, 2, 3, 0]);
  });

  it("needs one table above it, an aligned address, and an end below the user's", () => {
    const { value } = scene(
      function* (kit) {
        const frame = yield* megaFrame(kit);
        const seen = [yield* outcome(map(frame, EMPTY_GIGA))];
        must(yield* mapTable(yield* kit.pageTable(), EMPTY_GIGA));
        seen.push(yield* outcome(map(frame, EMPTY_GIGA + 0x1000)), yield* outcome(map(frame, EMPTY_GIGA + MEGA / 2)));
        seen.push(yield* outcome(map(frame, 2 ** 38 - MEGA)), yield* outcome(map(frame, 2n ** 64n - BigInt(MEGA))));
        seen.push(yield* outcome(map(frame, EMPTY_GIGA)));
        return seen;
      },
      {},
      BIG,
    );
    expect(seL4_UserTop).toBe(2 ** 38 - 0x1000);
    expect(value).toEqual([
      lookupFailed(30),
      [seL4_AlignmentError],
      [seL4_AlignmentError],
      [seL4_InvalidArgument],
      [seL4_InvalidArgument],
      [seL4_NoError],
    ]);
  });

  it("and a table exclude each other: FailedLookup 12 for the page, 21 for small pages, DeleteFirst for the table", () => {
    const { value } = scene(
      function* (kit) {
        must(yield* mapTable(yield* kit.pageTable(), EMPTY_GIGA));
        const table = yield* kit.pageTable();
        must(yield* mapTable(table, EMPTY_GIGA));
        const [frame, small] = [yield* megaFrame(kit), yield* kit.frame()];
        const other = yield* kit.copy(frame);
        return [
          yield* outcome(map(frame, EMPTY_GIGA)),
          yield* outcome(map(frame, EMPTY_GIGA + MEGA)),
          yield* outcome(map(other, EMPTY_GIGA + MEGA)),
          yield* outcome(map(small, EMPTY_GIGA + MEGA)),
          yield* outcome(mapTable(yield* kit.pageTable(), EMPTY_GIGA + MEGA)),
          yield* outcome(map(small, EMPTY_GIGA)),
          yield* outcome(mapTable(yield* kit.pageTable(), EMPTY_GIGA)),
        ];
      },
      {},
      BIG,
    );
    expect(value).toEqual([
      lookupFailed(12),
      [seL4_NoError],
      [seL4_DeleteFirst],
      lookupFailed(21),
      [seL4_DeleteFirst],
      [seL4_NoError],
      [seL4_DeleteFirst],
    ]);
  });

  it("gives way to a table once it is unmapped", () => {
    const { value } = scene(
      function* (kit) {
        must(yield* mapTable(yield* kit.pageTable(), EMPTY_GIGA));
        const [frame, small] = [yield* megaFrame(kit), yield* kit.frame()];
        must(yield* map(frame, EMPTY_GIGA));
        must(yield* seL4_RISCV_Page_Unmap(frame));
        const seen = [
          yield* outcome(mapTable(yield* kit.pageTable(), EMPTY_GIGA)),
          yield* outcome(map(small, EMPTY_GIGA)),
        ];
        return [...seen, [yield* load(EMPTY_GIGA)]];
      },
      {},
      BIG,
    );
    expect(value).toEqual([[seL4_NoError], [seL4_NoError], [0]]);
  });

  it("is unmapped in the VSpace that has it: an access then faults", () => {
    const at = { faults: 0, reply: 0 };
    const { value } = scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const frame = yield* megaFrame(kit);
        const { vspace } = yield* startProcess(kit, "reader", { faultHandler: at.faults });
        must(yield* mapTable(yield* kit.pageTable(), EMPTY_GIGA, vspace));
        const copy = yield* mapCopy(kit, vspace, frame, EMPTY_GIGA);
        must(yield* seL4_RISCV_Page_Unmap(copy));
        return seL4_getFault((yield* seL4_Recv(at.faults, at.reply)).info);
      },
      {
        *reader() {
          yield* load(EMPTY_GIGA + 0x80000);
        },
      },
      BIG,
    );
    expect(value).toMatchObject({ type: "VMFault", Addr: EMPTY_GIGA + 0x80000, FSR: FaultStatus.Load });
  });

  it("may hold an IPC buffer at any 1 KiB of it", () => {
    const seen: unknown[] = [];
    scene(
      function* (kit) {
        const frame = yield* megaFrame(kit);
        const tcb = yield* kit.make(seL4_TCBObject);
        seen.push(yield* seL4_TCB_SetIPCBuffer(tcb, EMPTY_GIGA + MEGA - 0x400, frame));
        seen.push(yield* seL4_TCB_SetIPCBuffer(tcb, EMPTY_GIGA + MEGA - 0x200, frame));
      },
      {},
      BIG,
    );
    expect(seen).toEqual([seL4_NoError, seL4_AlignmentError]);
  });
});

describe("A Giga page", () => {
  it("is mapped in the root, where neither table nor page may be", () => {
    const { value } = scene(function* (kit) {
      const frame = yield* deviceFrame(kit, 2 ** 38, seL4_RISCV_Giga_Page);
      const other = yield* kit.copy(frame);
      const small = yield* kit.frame();
      must(yield* mapTable(yield* kit.pageTable(), EMPTY_GIGA));
      return [
        yield* outcome(map(frame, EMPTY_GIGA)),
        yield* outcome(map(frame, OTHER_GIGA + MEGA)),
        yield* outcome(map(frame, 255 * GIGA)),
        yield* outcome(map(frame, OTHER_GIGA)),
        yield* outcome(map(other, OTHER_GIGA)),
        yield* outcome(map(small, OTHER_GIGA)),
        yield* outcome(mapTable(yield* kit.pageTable(), OTHER_GIGA)),
        yield* outcome(seL4_RISCV_Page_Unmap(frame)),
        yield* outcome(mapTable(yield* kit.pageTable(), OTHER_GIGA)),
      ];
    });
    expect(value).toEqual([
      lookupFailed(21),
      [seL4_AlignmentError],
      [seL4_InvalidArgument],
      [seL4_NoError],
      [seL4_DeleteFirst],
      lookupFailed(30),
      [seL4_DeleteFirst],
      [seL4_NoError],
      [seL4_NoError],
    ]);
  });

  it("is mapped in another VSpace through a copy", () => {
    const { value } = scene(function* (kit) {
      const frame = yield* deviceFrame(kit, 0x4000_0000, seL4_RISCV_Giga_Page);
      must(yield* map(frame, OTHER_GIGA));
      const vspace = yield* makeVspace(kit);
      const copy = yield* kit.copy(frame);
      return [yield* outcome(map(copy, OTHER_GIGA, vspace)), (yield* seL4_RISCV_Page_GetAddress(copy)).paddr];
    });
    expect(value).toEqual([[seL4_NoError], 0x4000_0000]);
  });

  it("of memory in which nobody answers faults as an access, not as a page", () => {
    const at = { faults: 0, reply: 0 };
    const { value } = scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const frame = yield* deviceFrame(kit, 0x4000_0000, seL4_RISCV_Giga_Page);
        must(yield* map(frame, OTHER_GIGA));
        yield* kit.start("writer", { faultHandler: at.faults });
        const address = OTHER_GIGA + GIGA - 8;
        const fault = seL4_getFault((yield* seL4_Recv(at.faults, at.reply)).info);
        return { fault, address };
      },
      {
        *writer() {
          yield* store(OTHER_GIGA + GIGA - 8, 1);
        },
      },
    );
    expect(value.fault).toMatchObject({ type: "VMFault", Addr: value.address, FSR: FaultStatus.Store });
  });
});

describe("The highest small page", () => {
  it("is 0x3fffffe000: the one behind it is refused", () => {
    const { value } = scene(function* (kit) {
      const frame = yield* kit.make(seL4_RISCV_4K_Page);
      const last = 0x3f_ffff_e000;
      const seen = [yield* outcome(map(frame, last + 0x1000)), yield* outcome(map(frame, last))];
      must(yield* mapTable(yield* kit.pageTable(), last));
      seen.push(yield* outcome(map(frame, last)));
      must(yield* mapTable(yield* kit.pageTable(), last));
      seen.push(yield* outcome(map(frame, last)));
      yield* store(last + 0xff8, 99);
      return [...seen, [yield* load(last + 0xff8)]];
    });
    expect(value).toEqual([[seL4_InvalidArgument], lookupFailed(30), lookupFailed(21), [seL4_NoError], [99]]);
  });
});
