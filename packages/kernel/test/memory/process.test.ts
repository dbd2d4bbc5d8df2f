/** A process in a VSpace of its own: what it can reach, and what it cannot. */
import { load, store } from "@tessera/hal-sim/isa";
import {
  FaultStatus,
  seL4_CanRead,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  type seL4_Fault_t,
  seL4_getFault,
  type seL4_MessageInfo_t,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Page_Unmap,
  seL4_Send,
  seL4_Signal,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { BUFFER, DATA, mapCopy, PROGRAM, startProcess, UNMAPPED } from "../support/process.js";
import { scene } from "../support/scene.js";

/** Capabilities of these scenes. */
const slots = () => ({ faults: 0, reply: 0, ntfn: 0, go: 0, ep: 0 });

/** What the handler reads from a fault message. */
function faultOf({ info }: { readonly info: seL4_MessageInfo_t }): seL4_Fault_t {
  return seL4_getFault(info);
}

describe("A process", () => {
  it("sees its own pages, in which another one has others at the same addresses", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.ntfn = yield* kit.notification();
        for (const [name, value] of [
          ["first", 11],
          ["second", 22],
        ] as const) {
          const { frame, address } = yield* kit.mappedFrame();
          yield* store(address, value);
          const { vspace } = yield* startProcess(kit, name);
          yield* mapCopy(kit, vspace, frame, DATA);
          yield* seL4_Wait(at.ntfn);
          seen.push(["now", yield* load(address)]);
        }
      },
      {
        *first() {
          seen.push(["first", yield* load(DATA)]);
          yield* store(DATA, 12);
          yield* seL4_Signal(at.ntfn);
        },
        *second() {
          seen.push(["second", yield* load(DATA)]);
          yield* store(DATA, 23);
          yield* seL4_Signal(at.ntfn);
        },
      },
    );
    expect(seen).toEqual([
      ["first", 11],
      ["now", 12],
      ["second", 22],
      ["now", 23],
    ]);
  });

  it("sends and receives long messages through a buffer at an address of its own", () => {
    const seen: unknown[] = [];
    const at = slots();
    const long = Array.from({ length: 60 }, (_, i) => i + 1);
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* startProcess(kit, "client");
        const { info } = yield* seL4_Recv(at.ep, at.reply);
        seen.push(words(info));
      },
      {
        *client() {
          yield* seL4_Send(at.ep, message(long));
        },
      },
    );
    expect(seen).toEqual([long]);
    expect(BUFFER).not.toBe(0);
  });

  it("cannot read what it has not mapped: a VMFault with the address, and the load is made again after the reply", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const { frame, address } = yield* kit.mappedFrame();
        yield* store(address, 99);
        const { vspace } = yield* startProcess(kit, "reader", { faultHandler: at.faults });
        seen.push(faultOf(yield* seL4_Recv(at.faults, at.reply)));
        yield* mapCopy(kit, vspace, frame, UNMAPPED);
        yield* seL4_Send(at.reply, EMPTY);
      },
      {
        *reader() {
          seen.push(yield* load(UNMAPPED + 8 - 8));
        },
      },
    );
    expect(seen).toEqual([
      { type: "VMFault", IP: PROGRAM + 0x10, Addr: UNMAPPED, PrefetchFault: false, FSR: FaultStatus.Load },
      99,
    ]);
  });

  it("cannot write what is mapped for reading only", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.go = yield* kit.notification();
        const { vspace } = yield* startProcess(kit, "writer", { faultHandler: at.faults });
        const frame = yield* kit.frame();
        yield* mapCopy(kit, vspace, frame, DATA, seL4_CanRead);
        yield* seL4_Signal(at.go);
        seen.push(faultOf(yield* seL4_Recv(at.faults, at.reply)));
      },
      {
        *writer() {
          yield* seL4_Wait(at.go);
          seen.push(yield* load(DATA + 16));
          yield* store(DATA + 16, 1);
          seen.push("written");
        },
      },
    );
    expect(seen).toEqual([
      0,
      { type: "VMFault", IP: PROGRAM + 0x14, Addr: DATA + 16, PrefetchFault: false, FSR: FaultStatus.Store },
    ]);
  });

  it("cannot write what is mapped through a capability for reading, whatever rights are asked for", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.go = yield* kit.notification();
        const { vspace } = yield* startProcess(kit, "writer", { faultHandler: at.faults });
        const readOnly = yield* kit.copy(yield* kit.frame(), seL4_CanRead);
        yield* mapCopy(kit, vspace, readOnly, DATA, seL4_ReadWrite);
        yield* seL4_Signal(at.go);
        seen.push(faultOf(yield* seL4_Recv(at.faults, at.reply)));
      },
      {
        *writer() {
          yield* seL4_Wait(at.go);
          yield* store(DATA, 1);
        },
      },
    );
    expect(seen).toMatchObject([{ type: "VMFault", Addr: DATA, FSR: FaultStatus.Store }]);
  });

  it("does not start on a page that is mapped ExecuteNever: its fetch faults", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* startProcess(kit, "program", { faultHandler: at.faults, attributes: seL4_RISCV_ExecuteNever });
        seen.push(faultOf(yield* seL4_Recv(at.faults, at.reply)));
      },
      {
        *program() {
          seen.push("runs");
          yield* seL4_Signal(0);
        },
      },
    );
    expect(seen).toEqual([
      { type: "VMFault", IP: PROGRAM, Addr: PROGRAM, PrefetchFault: true, FSR: FaultStatus.Instruction },
    ]);
  });
});

describe("A mapping ends", () => {
  /** A child that reads DATA, waits, and reads it again; `end` takes the mapping away meanwhile. */
  function twice(
    end: (caps: { kitSlot: number; original: number; cnode: number; depth: number }) => Ending,
  ): unknown[] {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.ntfn = yield* kit.notification();
        at.go = yield* kit.notification();
        const { vspace } = yield* startProcess(kit, "reader", { faultHandler: at.faults });
        const original = yield* kit.frame();
        const kitSlot = yield* mapCopy(kit, vspace, original, DATA);
        yield* seL4_Signal(at.go);
        yield* seL4_Wait(at.ntfn);
        yield* end({ kitSlot, original, cnode: kit.cnode, depth: kit.depth });
        yield* seL4_Signal(at.go);
        seen.push(faultOf(yield* seL4_Recv(at.faults, at.reply)).type);
      },
      {
        *reader() {
          yield* seL4_Wait(at.go);
          seen.push(yield* load(DATA));
          yield* seL4_Signal(at.ntfn);
          yield* seL4_Wait(at.go);
          seen.push(yield* load(DATA));
        },
      },
    );
    return seen;
  }
  type Ending = Generator<void, void, void>;

  it("when its frame capability is deleted", () => {
    const seen = twice(function* ({ kitSlot, cnode, depth }) {
      must(yield* seL4_CNode_Delete(cnode, kitSlot, depth));
    });
    expect(seen).toEqual([0, "VMFault"]);
  });

  it("when the original capability to the frame is revoked", () => {
    const seen = twice(function* ({ original, cnode, depth }) {
      must(yield* seL4_CNode_Revoke(cnode, original, depth));
    });
    expect(seen).toEqual([0, "VMFault"]);
  });

  it("when it is unmapped", () => {
    const seen = twice(function* ({ kitSlot }) {
      must(yield* seL4_RISCV_Page_Unmap(kitSlot));
    });
    expect(seen).toEqual([0, "VMFault"]);
  });
});

describe("A process whose program or VSpace is taken away", () => {
  it("faults at its next instruction when its page is unmapped", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.ntfn = yield* kit.notification();
        at.go = yield* kit.notification();
        const { page } = yield* startProcess(kit, "program", { faultHandler: at.faults });
        yield* seL4_Wait(at.ntfn);
        must(yield* seL4_RISCV_Page_Unmap(page));
        yield* seL4_Signal(at.go);
        seen.push(faultOf(yield* seL4_Recv(at.faults, at.reply)));
      },
      {
        *program() {
          yield* seL4_Signal(at.ntfn);
          yield* seL4_Wait(at.go);
          seen.push("goes on");
        },
      },
    );
    // Behind the ecall in which it waited.
    expect(seen).toMatchObject([{ type: "VMFault", Addr: PROGRAM + 0xc, PrefetchFault: true }]);
  });

  it("faults at its next instruction when the last capability to its VSpace is deleted", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.ntfn = yield* kit.notification();
        at.go = yield* kit.notification();
        const { vspace } = yield* startProcess(kit, "program", { faultHandler: at.faults });
        yield* seL4_Wait(at.ntfn);
        must(yield* seL4_CNode_Revoke(kit.cnode, vspace, kit.depth));
        must(yield* seL4_CNode_Delete(kit.cnode, vspace, kit.depth));
        yield* seL4_Signal(at.go);
        seen.push(faultOf(yield* seL4_Recv(at.faults, at.reply)));
      },
      {
        *program() {
          yield* seL4_Signal(at.ntfn);
          yield* seL4_Wait(at.go);
          seen.push("goes on");
        },
      },
    );
    expect(seen).toMatchObject([{ type: "VMFault", PrefetchFault: true, FSR: FaultStatus.Instruction }]);
  });
});
