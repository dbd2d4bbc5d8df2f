/** Mappings that change under the capabilities that made them: remapped, lost, moved, copied, deleted. */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  FaultStatus,
  seL4_CanRead,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadVSpace,
  type seL4_CapRights_t,
  seL4_CNode_Delete,
  seL4_CNode_Move,
  seL4_CNode_Revoke,
  type seL4_Fault_t,
  seL4_getFault,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_NoError,
  seL4_NoRights,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTable_Unmap,
  seL4_TCB_WriteRegisters,
  seL4_WordBits,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Child, type Kit, must } from "../support/kit.js";
import { makeVspace, PROGRAM } from "../support/process.js";
import { scene } from "../support/scene.js";

const VSPACE = seL4_CapInitThreadVSpace;
/** 2 MiB without a table, and pages in them. */
const REGION = 0x800000;
const PAGE = REGION + 0x5000;
const OTHER = REGION + 0x6000;

function map(frame: number, address: number, rights: seL4_CapRights_t = seL4_ReadWrite, attributes = 0) {
  return seL4_RISCV_Page_Map(frame, VSPACE, address, rights, attributes);
}

/** A leaf table for REGION. */
function* tableFor(kit: Kit, address = REGION): Thread<number> {
  const table = yield* kit.pageTable();
  must(yield* seL4_RISCV_PageTable_Map(table, VSPACE, address, seL4_RISCV_Default_VMAttributes), "PageTable_Map");
  return table;
}

/** A mapped frame whose first word is `value`. */
function* frameWith(kit: Kit, value: number, address: number): Thread<number> {
  const frame = yield* kit.frame();
  must(yield* map(frame, address), "Page_Map");
  yield* store(address, value);
  return frame;
}

/** A thread that reads or writes where its argument says, again and again; what became of one access. */
class Prober {
  readonly at = { faults: 0, reply: 0, child: null as Child | null };
  readonly seen: number[] = [];
  readonly programs = {
    loader: (argument: number) => this.#loader(argument),
    storer: (argument: number) => this.#storer(argument),
  };

  *prepare(kit: Kit): Thread {
    this.at.faults = yield* kit.endpoint();
    this.at.reply = yield* kit.reply();
  }

  /** Runs the program once with `address`; its fault, or null when there was none. */
  *try(kit: Kit, name: "loader" | "storer", address: number): Thread<seL4_Fault_t> {
    const child = yield* kit.start(name, { faultHandler: this.at.faults, stopped: true });
    const registers = { pc: child.entry, a0: address, a1: child.bufferAddress };
    must(yield* seL4_TCB_WriteRegisters(child.tcb, true, 0, 18, registers));
    const { info } = yield* seL4_Recv(this.at.faults, this.at.reply);
    const fault = seL4_getFault(info);
    for (const slot of [child.tcb, child.sc]) must(yield* seL4_CNode_Delete(kit.cnode, slot, kit.depth));
    return fault;
  }

  // Both end by a return to address 0, which faults as a fetch.
  *#loader(address: number): Thread {
    this.seen.push(yield* load(address));
  }
  *#storer(address: number): Thread {
    yield* store(address, 1);
  }
}

const refused = (address: number, status: number) => ({
  type: "VMFault",
  Addr: address,
  FSR: status,
  PrefetchFault: false,
});
const GOT_THROUGH = { type: "VMFault", Addr: 0, PrefetchFault: true };

describe("Mapping a capability again at its place", () => {
  it("changes the rights", () => {
    const prober = new Prober();
    const { value } = scene(function* (kit) {
      yield* prober.prepare(kit);
      yield* tableFor(kit);
      const frame = yield* frameWith(kit, 1, PAGE);
      const before = yield* prober.try(kit, "storer", PAGE);
      must(yield* map(frame, PAGE, seL4_CanRead));
      const readOnly = yield* prober.try(kit, "storer", PAGE);
      must(yield* map(frame, PAGE, seL4_ReadWrite, seL4_RISCV_ExecuteNever));
      return [before, readOnly, yield* prober.try(kit, "storer", PAGE)];
    }, prober.programs);
    expect(value).toMatchObject([GOT_THROUGH, refused(PAGE, FaultStatus.Store), GOT_THROUGH]);
  });

  it("is refused elsewhere (InvalidArgument 0) and in another VSpace (InvalidCapability 1)", () => {
    const { value } = scene(function* (kit) {
      yield* tableFor(kit);
      const frame = yield* frameWith(kit, 1, PAGE);
      const vspace = yield* makeVspace(kit);
      return [
        yield* map(frame, OTHER),
        yield* seL4_RISCV_Page_Map(frame, vspace, PROGRAM, seL4_ReadWrite, seL4_RISCV_Default_VMAttributes),
        yield* load(PAGE),
      ];
    });
    expect(value).toEqual([seL4_InvalidArgument, seL4_InvalidCapability, 1]);
  });

  it("takes the place back from a frame that came there after the mapping was lost", () => {
    const { value } = scene(function* (kit) {
      const table = yield* tableFor(kit);
      const first = yield* frameWith(kit, 1, PAGE);
      must(yield* seL4_RISCV_PageTable_Unmap(table), "PageTable_Unmap");
      must(yield* seL4_RISCV_PageTable_Map(table, VSPACE, REGION, seL4_RISCV_Default_VMAttributes));
      const second = yield* frameWith(kit, 2, PAGE);
      const seen = [yield* load(PAGE)];
      must(yield* map(first, PAGE), "remap");
      seen.push(yield* load(PAGE));
      // The second one's mapping is lost now: to unmap it does nothing.
      must(yield* seL4_RISCV_Page_Unmap(second));
      seen.push(yield* load(PAGE));
      return seen;
    });
    expect(value).toEqual([2, 1, 1]);
  });
});

describe("A thread that reads a page, takes it away and reads again, with nothing in between", () => {
  const READ_BEFORE = 7;

  function readsAgain(takeAway: (frame: number, table: number) => ReturnType<typeof map>): {
    seen: number[];
    fault: unknown;
  } {
    const at = { frame: 0, table: 0 };
    const seen: number[] = [];
    const { value } = scene(
      function* (kit) {
        const [faults, reply] = [yield* kit.endpoint(), yield* kit.reply()];
        at.table = yield* tableFor(kit);
        at.frame = yield* frameWith(kit, READ_BEFORE, PAGE);
        yield* kit.start("reader", { faultHandler: faults });
        const { info } = yield* seL4_Recv(faults, reply);
        return seL4_getFault(info);
      },
      {
        *reader() {
          seen.push(yield* load(PAGE));
          must(yield* takeAway(at.frame, at.table));
          seen.push(yield* load(PAGE));
        },
      },
    );
    return { seen, fault: value };
  }

  it.each([
    ["Page_Unmap", (frame: number) => seL4_RISCV_Page_Unmap(frame)],
    ["PageTable_Unmap", (_: number, table: number) => seL4_RISCV_PageTable_Unmap(table)],
    [
      "Delete of the page table",
      (_: number, table: number) => seL4_CNode_Delete(seL4_CapInitThreadCNode, table, seL4_WordBits),
    ],
    ["a mapping without rights", (frame: number) => map(frame, PAGE, seL4_NoRights)],
  ])("by %s faults at the second", (_name, takeAway) => {
    const { seen, fault } = readsAgain(takeAway);
    expect(seen).toEqual([READ_BEFORE]);
    expect(fault).toMatchObject(refused(PAGE, FaultStatus.Load));
  });
});

describe("A page table that is taken out", () => {
  it("by Unmap loses its pages for good: mapped again it is empty", () => {
    const prober = new Prober();
    const { value } = scene(function* (kit) {
      yield* prober.prepare(kit);
      const table = yield* tableFor(kit);
      const frame = yield* frameWith(kit, 1, PAGE);
      must(yield* seL4_RISCV_PageTable_Unmap(table), "PageTable_Unmap");
      const without = yield* prober.try(kit, "loader", PAGE);
      must(yield* seL4_RISCV_PageTable_Map(table, VSPACE, REGION, seL4_RISCV_Default_VMAttributes));
      const empty = yield* prober.try(kit, "loader", PAGE);
      // The frame's capability still says where it was mapped.
      return { faults: [without, empty], elsewhere: yield* map(frame, OTHER), there: yield* map(frame, PAGE) };
    }, prober.programs);
    expect(value.faults).toMatchObject([refused(PAGE, FaultStatus.Load), refused(PAGE, FaultStatus.Load)]);
    expect([value.elsewhere, value.there]).toEqual([seL4_InvalidArgument, seL4_NoError]);
  });

  it("by the deletion of its last capability loses them too; of a copy it does not", () => {
    const prober = new Prober();
    const { value } = scene(function* (kit) {
      yield* prober.prepare(kit);
      const table = yield* tableFor(kit);
      const copy = yield* kit.copy(table);
      yield* frameWith(kit, 1, PAGE);
      must(yield* seL4_CNode_Delete(kit.cnode, table, kit.depth));
      const still = yield* prober.try(kit, "loader", PAGE);
      must(yield* seL4_CNode_Delete(kit.cnode, copy, kit.depth));
      return [still, yield* prober.try(kit, "loader", PAGE)];
    }, prober.programs);
    expect(prober.seen).toEqual([1]);
    expect(value).toMatchObject([GOT_THROUGH, refused(PAGE, FaultStatus.Load)]);
  });

  it("of the middle level takes all leaf tables below with it", () => {
    const prober = new Prober();
    const FAR = 7 * 2 ** 30;
    const { value } = scene(function* (kit) {
      yield* prober.prepare(kit);
      const middle = yield* tableFor(kit, FAR);
      yield* tableFor(kit, FAR);
      yield* tableFor(kit, FAR + 2 ** 21);
      yield* frameWith(kit, 1, FAR);
      yield* frameWith(kit, 2, FAR + 2 ** 21);
      must(yield* seL4_RISCV_PageTable_Unmap(middle));
      return [yield* prober.try(kit, "loader", FAR), yield* prober.try(kit, "loader", FAR + 2 ** 21)];
    }, prober.programs);
    expect(value).toMatchObject([refused(FAR, FaultStatus.Load), refused(FAR + 2 ** 21, FaultStatus.Load)]);
  });
});

describe("A copy of a mapped frame capability", () => {
  it("is not mapped itself, and may be mapped beside the original", () => {
    const { value } = scene(function* (kit) {
      yield* tableFor(kit);
      const frame = yield* frameWith(kit, 1, PAGE);
      const copy = yield* kit.copy(frame);
      must(yield* map(copy, OTHER));
      yield* store(OTHER, 2);
      return yield* load(PAGE);
    });
    expect(value).toBe(2);
  });

  it("takes only its own mapping with it when it is deleted", () => {
    const prober = new Prober();
    const { value } = scene(function* (kit) {
      yield* prober.prepare(kit);
      yield* tableFor(kit);
      const frame = yield* frameWith(kit, 3, PAGE);
      const [mapped, unmapped] = [yield* kit.copy(frame), yield* kit.copy(frame)];
      must(yield* map(mapped, OTHER));
      must(yield* seL4_CNode_Delete(kit.cnode, unmapped, kit.depth));
      const before = yield* prober.try(kit, "loader", OTHER);
      must(yield* seL4_CNode_Delete(kit.cnode, mapped, kit.depth));
      const after = yield* prober.try(kit, "loader", OTHER);
      return { faults: [before, after], original: yield* load(PAGE) };
    }, prober.programs);
    expect(value.faults).toMatchObject([GOT_THROUGH, refused(OTHER, FaultStatus.Load)]);
    expect(value.original).toBe(3);
  });

  it("goes with the revocation of the original, which stays mapped", () => {
    const prober = new Prober();
    const { value } = scene(function* (kit) {
      yield* prober.prepare(kit);
      yield* tableFor(kit);
      const frame = yield* frameWith(kit, 4, PAGE);
      must(yield* map(yield* kit.copy(frame), OTHER));
      must(yield* seL4_CNode_Revoke(kit.cnode, frame, kit.depth));
      return { fault: yield* prober.try(kit, "loader", OTHER), original: yield* load(PAGE) };
    }, prober.programs);
    expect(value.fault).toMatchObject(refused(OTHER, FaultStatus.Load));
    expect(value.original).toBe(4);
  });
});

describe("A frame capability that is moved", () => {
  it("takes its mapping along: it ends with the moved one", () => {
    const prober = new Prober();
    const { value } = scene(function* (kit) {
      yield* prober.prepare(kit);
      yield* tableFor(kit);
      const frame = yield* frameWith(kit, 5, PAGE);
      const moved = kit.slots();
      must(yield* seL4_CNode_Move(kit.cnode, moved, kit.depth, kit.cnode, frame, kit.depth));
      const original = yield* load(PAGE);
      must(yield* seL4_CNode_Delete(kit.cnode, moved, kit.depth));
      return { original, fault: yield* prober.try(kit, "loader", PAGE) };
    }, prober.programs);
    expect(value.original).toBe(5);
    expect(value.fault).toMatchObject(refused(PAGE, FaultStatus.Load));
  });
});
