/** Threads whose VSpace changes or goes away under them: when that counts, and how a fault handler repairs it. */
import { load, ProgramOffset, store, type Thread } from "@tessera/hal-sim/isa";
import {
  FaultStatus,
  seL4_Call,
  seL4_CapInitThreadCNode,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_FailedLookup,
  type seL4_Fault_t,
  seL4_GetMR,
  seL4_getFault,
  seL4_NoError,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_Configure,
  seL4_TCB_SetSpace,
  seL4_TCB_WriteRegisters,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Kit, must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { BUFFER, makeVspace, mapCopy, PROGRAM } from "../support/process.js";
import { scene } from "../support/scene.js";

const ATTRIBUTES = seL4_RISCV_Default_VMAttributes;
const CNODE = seL4_CapInitThreadCNode;
const DEPTH = 64;
/** Behind a system call of a program at PROGRAM. */
const BEHIND_CALL = PROGRAM + ProgramOffset.Ecall + 4;
const DATA = PROGRAM + 0x8000;

interface At {
  faults: number;
  reply: number;
  ntfn: number;
  tcb: number;
  vspace: number;
  other: number;
  memory: number;
}
const nowhere = (): At => ({ faults: 0, reply: 0, ntfn: 0, tcb: 0, vspace: 0, other: 0, memory: 0 });

/** "child" in a VSpace of its own, which is all that `at.memory` holds; `at.other` is an empty VSpace. */
function* prepare(kit: Kit, at: At): Thread {
  at.faults = yield* kit.endpoint();
  at.reply = yield* kit.reply();
  at.ntfn = yield* kit.notification();
  at.memory = yield* kit.untyped(14);
  at.other = yield* makeVspace(kit);
  at.vspace = yield* kit.make(seL4_RISCV_PageTableObject, 0, 3, at.memory);
  must(yield* seL4_RISCV_ASIDPool_Assign(6, at.vspace), "Assign");
  for (const table of [at.vspace + 1, at.vspace + 2]) {
    must(yield* seL4_RISCV_PageTable_Map(table, at.vspace, PROGRAM, ATTRIBUTES), "PageTable_Map");
  }
  yield* mapCopy(kit, at.vspace, kit.frameOf("child"), PROGRAM);
  const child = yield* kit.start("child", { vspace: at.vspace, faultHandler: at.faults, stopped: true });
  yield* mapCopy(kit, at.vspace, child.buffer, BUFFER);
  at.tcb = child.tcb;
  must(yield* seL4_TCB_WriteRegisters(at.tcb, true, 0, 18, { pc: PROGRAM, a1: BUFFER }), "WriteRegisters");
}

function* fault(at: At): Thread<seL4_Fault_t> {
  return seL4_getFault((yield* seL4_Recv(at.faults, at.reply)).info);
}

describe("A thread that deletes the VSpace it runs in", () => {
  const cut = () => ({ at: nowhere(), seen: [] as unknown[] });

  it("goes on while its TCB still holds it", () => {
    const { at, seen } = cut();
    scene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* seL4_Wait(at.ntfn);
      },
      {
        *child() {
          seen.push(yield* seL4_CNode_Delete(CNODE, at.vspace, DEPTH));
          yield* seL4_Signal(at.ntfn);
        },
      },
    );
    expect(seen).toEqual([seL4_NoError]);
  });

  it("faults behind its call when it revokes the memory; a new VSpace and a reply let it go on with its variables", () => {
    const { at, seen } = cut();
    const { value } = scene(
      function* (kit) {
        yield* prepare(kit, at);
        const first = yield* fault(at);
        yield* mapCopy(kit, at.other, kit.frameOf("child"), PROGRAM);
        must(yield* seL4_TCB_SetSpace(at.tcb, at.faults, kit.cnode, 0, at.other, 0), "SetSpace");
        yield* seL4_Send(at.reply, EMPTY);
        yield* seL4_Wait(at.ntfn);
        return first;
      },
      {
        *child() {
          const mine = 42;
          const error = yield* seL4_CNode_Revoke(CNODE, at.memory, DEPTH);
          seen.push([mine, error]);
          yield* seL4_Signal(at.ntfn);
        },
      },
    );
    expect(value).toMatchObject({ type: "VMFault", PrefetchFault: true, Addr: BEHIND_CALL, IP: BEHIND_CALL });
    expect(seen).toEqual([[42, seL4_NoError]]);
  });

  it("faults again and again while nobody repairs it: the reply to a VMFault only tries again", () => {
    const { at, seen } = cut();
    const { value } = scene(
      function* (kit) {
        yield* prepare(kit, at);
        const faults: seL4_Fault_t[] = [];
        for (let i = 0; i < 3; i++) {
          faults.push(yield* fault(at));
          // Neither a label nor words change what the reply does.
          yield* seL4_Send(at.reply, message([PROGRAM, 1, 2], 7));
        }
        return faults.map((one) => (one.type === "VMFault" ? one.Addr : -1));
      },
      {
        *child() {
          yield* seL4_CNode_Revoke(CNODE, at.memory, DEPTH);
          seen.push("never");
        },
      },
    );
    expect(value).toEqual([BEHIND_CALL, BEHIND_CALL, BEHIND_CALL]);
    expect(seen).toEqual([]);
  });
});

describe("A thread that gives itself another VSpace", () => {
  /** The child puts itself into `at.other`, where nothing is mapped, loads, and calls the root task, which answers. */
  function changed(change: (at: At) => Iterable<void, number, void>) {
    const at = nowhere();
    const seen: unknown[] = [];
    const { value } = scene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* mapCopy(kit, at.vspace, (yield* kit.mappedFrame()).frame, DATA);
        const first = yield* fault(at);
        if (first.type === "VMFault") return first;
        yield* seL4_Send(at.reply, EMPTY);
        return yield* fault(at);
      },
      {
        *child() {
          seen.push(yield* change(at));
          seen.push(yield* load(DATA));
          yield* seL4_Call(at.faults, EMPTY);
          seen.push("answered");
        },
      },
    );
    return { seen, fault: value };
  }
  const behindCall = { type: "VMFault", PrefetchFault: true, Addr: BEHIND_CALL };

  it("by SetSpace goes on in the old one until it is switched to again", () => {
    const { seen, fault } = changed((at) => seL4_TCB_SetSpace(at.tcb, at.faults, CNODE, 0, at.other, 0));
    expect(seen).toEqual([seL4_NoError, 0]);
    expect(fault).toMatchObject(behindCall);
  });

  it("by Configure is in the new one behind that call", () => {
    const { seen, fault } = changed((at) => seL4_TCB_Configure(at.tcb, CNODE, 0, at.other, 0, 0, 0));
    expect(seen).toEqual([]);
    expect(fault).toMatchObject(behindCall);
  });
});

describe("A thread whose VSpace is a lower page table", () => {
  it("is accepted, and faults at its first fetch", () => {
    const at = nowhere();
    const { value } = scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const lower = yield* kit.pageTable();
        must(yield* seL4_RISCV_PageTable_Map(lower, 3, 2 ** 31, ATTRIBUTES), "PageTable_Map");
        yield* kit.start("child", { vspace: lower, faultHandler: at.faults });
        return { fault: yield* fault(at), entry: kit.entryOf("child") };
      },
      {
        *child() {
          yield* seL4_Signal(0);
        },
      },
    );
    expect(value.fault).toMatchObject({ type: "VMFault", PrefetchFault: true, Addr: value.entry });
  });
});

describe("A pager", () => {
  it("builds a VSpace out of faults alone: program, IPC buffer and data, each when it is wanted", () => {
    const at = nowhere();
    const paged: string[] = [];
    const seen: unknown[] = [];
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.vspace = yield* kit.pageTable();
        must(yield* seL4_RISCV_ASIDPool_Assign(6, at.vspace), "Assign");
        const child = yield* kit.start("child", { vspace: at.vspace, faultHandler: at.faults, stopped: true });
        must(yield* seL4_TCB_Configure(child.tcb, kit.cnode, 0, at.vspace, 0, BUFFER, child.buffer), "Configure");
        const pages = new Map([
          [PROGRAM, yield* kit.copy(kit.frameOf("child"))],
          [BUFFER, yield* kit.copy(child.buffer)],
          [DATA, yield* kit.frame()],
        ]);
        must(yield* seL4_TCB_WriteRegisters(child.tcb, true, 0, 18, { pc: PROGRAM, a1: BUFFER }), "WriteRegisters");
        for (;;) {
          const { info } = yield* seL4_Recv(at.faults, at.reply);
          const what = seL4_getFault(info);
          if (what.type !== "VMFault") {
            seen.push(words(info));
            return;
          }
          const page = what.Addr - (what.Addr % 0x1000);
          paged.push(`${(page - PROGRAM).toString(16)} ${what.PrefetchFault ? "fetch" : what.FSR}`);
          yield* mapWithTables(kit, at.vspace, pages.get(page) ?? 0, page);
          yield* seL4_Send(at.reply, EMPTY);
        }
      },
      {
        *child() {
          yield* store(DATA, 6);
          yield* seL4_Send(at.faults, message([1, 2, 3, 4, 5, yield* load(DATA)]));
        },
      },
    );
    expect(paged).toEqual(["0 fetch", `8000 ${FaultStatus.Store}`, `1000 ${FaultStatus.Store}`]);
    expect(seen).toEqual([[1, 2, 3, 4, 5, 6]]);
  });
});

/** Map a frame, and first the tables that are missing, as the error says. */
function* mapWithTables(kit: Kit, vspace: number, frame: number, address: number): Thread {
  for (;;) {
    const error = yield* seL4_RISCV_Page_Map(frame, vspace, address, seL4_ReadWrite, ATTRIBUTES);
    if (error === seL4_NoError) return;
    expect([error, seL4_GetMR(2) > 12]).toEqual([seL4_FailedLookup, true]);
    must(yield* seL4_RISCV_PageTable_Map(yield* kit.pageTable(), vspace, address, ATTRIBUTES), "PageTable_Map");
  }
}
