/** ASID pools: making them, using them up, and what stays of a VSpace whose pool is gone. */
import { ProgramOffset, type Thread } from "@tessera/hal-sim/isa";
import {
  errorName,
  seL4_CapASIDControl,
  seL4_CapInitThreadASIDPool,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_DeleteFirst,
  seL4_EndpointObject,
  seL4_FailedLookup,
  seL4_GetMR,
  seL4_getFault,
  seL4_InvalidCapability,
  seL4_InvalidRoot,
  seL4_NoError,
  seL4_NotEnoughMemory,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RevokeFirst,
  seL4_RISCV_ASIDControl_MakePool,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTable_Unmap,
  seL4_RISCV_PageTableObject,
  seL4_Signal,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { PageTableCap } from "../../src/caps/cap.js";
import { capAt } from "../support/kernel-view.js";
import { type Kit, must } from "../support/kit.js";
import { mapCopy, PROGRAM } from "../support/process.js";
import { scene } from "../support/scene.js";

const ATTRIBUTES = seL4_RISCV_Default_VMAttributes;
const POOLS = 128;
/** Invariants are checked at every exit, which makes thousands of calls slow. */
const UNCHECKED = { kernel: { checkInvariants: false }, machine: { ramBytes: 16 * 2 ** 20 } };

const makePool = (kit: Kit, untyped: number, slot: number) =>
  seL4_RISCV_ASIDControl_MakePool(seL4_CapASIDControl, untyped, kit.cnode, slot, kit.depth);

/** A pool, and the untyped it was made of. */
function* pool(kit: Kit): Thread<{ readonly pool: number; readonly untyped: number }> {
  const [untyped, slot] = [yield* kit.untyped(12), kit.slots()];
  must(yield* makePool(kit, untyped, slot), "MakePool");
  return { pool: slot, untyped };
}

/** A VSpace of `from` with tables around PROGRAM. */
function* vspaceOf(kit: Kit, from: number): Thread<number> {
  const vspace = yield* kit.pageTable();
  must(yield* seL4_RISCV_ASIDPool_Assign(from, vspace), "Assign");
  for (let level = 0; level < 2; level++) {
    must(yield* seL4_RISCV_PageTable_Map(yield* kit.pageTable(), vspace, PROGRAM, ATTRIBUTES), "PageTable_Map");
  }
  return vspace;
}

describe("MakePool", () => {
  it("takes an untyped of 4 KiB whole", () => {
    const { value } = scene(function* (kit) {
      const { untyped } = yield* pool(kit);
      return yield* seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, kit.cnode, 0, 0, kit.slots(), 1);
    });
    expect(value).toBe(seL4_NotEnoughMemory);
  });

  it("refuses another size, what is no untyped (InvalidCapability 1), one in use (RevokeFirst), a full slot", () => {
    const { value } = scene(function* (kit) {
      const used = yield* kit.untyped(12);
      yield* kit.make(seL4_EndpointObject, 0, 1, used);
      const [slot, good] = [kit.slots(), yield* kit.untyped(12)];
      return [
        yield* makePool(kit, yield* kit.untyped(13), slot),
        yield* makePool(kit, kit.cnode, slot),
        yield* makePool(kit, used, slot),
        yield* makePool(kit, good, used),
        yield* makePool(kit, good, slot),
      ].map(errorName);
    });
    const answers = [seL4_InvalidCapability, seL4_InvalidCapability, seL4_RevokeFirst, seL4_DeleteFirst, seL4_NoError];
    expect(value).toEqual(answers.map(errorName));
  });

  it("gives 127 pools beside the first, then DeleteFirst, and the number of a deleted one again", () => {
    const { value, kernel } = scene(
      function* (kit) {
        const untypeds = yield* kit.make(seL4_UntypedObject, 12, POOLS);
        const slots = kit.slots(POOLS);
        const errors: number[] = [];
        for (let i = 0; i < POOLS; i++) errors.push(yield* makePool(kit, untypeds + i, slots + i));
        must(yield* seL4_CNode_Delete(kit.cnode, slots + 40, kit.depth));
        const again = yield* makePool(kit, untypeds + POOLS - 1, slots + 40);
        return { errors, again, slot: slots + 40 };
      },
      {},
      UNCHECKED,
    );
    expect(value.errors).toEqual([...new Array(POOLS - 1).fill(seL4_NoError), seL4_DeleteFirst]);
    expect(value.again).toBe(seL4_NoError);
    expect(kernel.state.asidPools.filter((one) => one !== null)).toHaveLength(POOLS);
    expect((capAt(kernel, value.slot).object as { number: number }).number).toBe(41);
    expect(kernel.checkInvariants()).toEqual([]);
  });

  it("is undone when the untyped is revoked", () => {
    const { value, kernel } = scene(function* (kit) {
      const { pool: slot, untyped } = yield* pool(kit);
      must(yield* seL4_CNode_Revoke(kit.cnode, untyped, kit.depth));
      return [yield* makePool(kit, untyped, slot)];
    });
    expect(value).toEqual([seL4_NoError]);
    expect(kernel.state.asidPools.filter((one) => one !== null)).toHaveLength(2);
  });
});

describe("A pool", () => {
  it("that is not the first gives all 512, from its first ASID on, then DeleteFirst", () => {
    const { value, kernel } = scene(
      function* (kit) {
        const { pool: slot } = yield* pool(kit);
        const memory = kit.untypedOf(22, [kit.memory]).slot;
        // 256 at a time is the most that a Retype makes.
        const tables = kit.slots(513);
        for (const [from, count] of [
          [0, 256],
          [256, 256],
          [512, 1],
        ] as const) {
          const made = tables + from;
          must(
            yield* seL4_Untyped_Retype(memory, seL4_RISCV_PageTableObject, 0, kit.cnode, 0, 0, made, count),
            "Retype",
          );
        }
        const errors: number[] = [];
        for (let i = 0; i < 513; i++) errors.push(yield* seL4_RISCV_ASIDPool_Assign(slot, tables + i));
        return { errors, tables };
      },
      {},
      { ...UNCHECKED, limit: { events: 5000 } },
    );
    expect(value.errors).toEqual([...new Array(512).fill(seL4_NoError), seL4_DeleteFirst]);
    const asidOf = (i: number) => (capAt(kernel, value.tables + i) as PageTableCap).asid;
    expect([asidOf(0), asidOf(511)]).toEqual([512, 1023]);
    expect(kernel.checkInvariants()).toEqual([]);
  });

  it("assigns no table twice, and none that is mapped as a lower one (InvalidCapability 1)", () => {
    const { value } = scene(function* (kit) {
      const vspace = yield* vspaceOf(kit, seL4_CapInitThreadASIDPool);
      const lower = yield* kit.pageTable();
      must(yield* seL4_RISCV_PageTable_Map(lower, vspace, 2 ** 30, ATTRIBUTES));
      const assign = (table: number) => seL4_RISCV_ASIDPool_Assign(seL4_CapInitThreadASIDPool, table);
      return [yield* assign(vspace), yield* assign(lower), yield* assign(kit.cnode)];
    });
    expect(value).toEqual([seL4_InvalidCapability, seL4_InvalidCapability, seL4_InvalidCapability]);
  });
});

describe("A pool whose last capability is deleted", () => {
  it("takes its VSpaces with it: a thread in one faults at its next instruction, one elsewhere goes on", () => {
    const at = { faults: 0, reply: 0, ntfn: 0, go: 0 };
    const seen: unknown[] = [];
    const program = (name: string) =>
      function* () {
        yield* seL4_Signal(at.ntfn);
        yield* seL4_Wait(at.go);
        seen.push(name);
        yield* seL4_Signal(at.ntfn);
      };
    const { value } = scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.ntfn = yield* kit.notification();
        at.go = yield* kit.notification();
        const made = yield* pool(kit);
        for (const [name, from] of [
          ["elsewhere", seL4_CapInitThreadASIDPool],
          ["inside", made.pool],
        ] as const) {
          const vspace = yield* vspaceOf(kit, from);
          yield* mapCopy(kit, vspace, kit.frameOf(name), PROGRAM);
          yield* kit.start(name, { vspace, pc: PROGRAM, faultHandler: at.faults });
          yield* seL4_Wait(at.ntfn);
        }
        must(yield* seL4_CNode_Delete(kit.cnode, made.pool, kit.depth));
        yield* seL4_Signal(at.go);
        yield* seL4_Wait(at.ntfn);
        yield* seL4_Signal(at.go);
        return seL4_getFault((yield* seL4_Recv(at.faults, at.reply)).info);
      },
      { elsewhere: program("elsewhere"), inside: program("inside") },
    );
    expect(seen).toEqual(["elsewhere"]);
    expect(value).toMatchObject({ type: "VMFault", PrefetchFault: true, Addr: PROGRAM + ProgramOffset.Ecall + 4 });
  });
});

describe("What is left of a VSpace without its pool", () => {
  interface Left {
    readonly vspace: number;
    readonly frame: number;
    readonly lower: number;
    readonly untyped: number;
    readonly slot: number;
  }
  /** A page at PROGRAM in a VSpace whose pool has been deleted. */
  function* leftOver(kit: Kit): Thread<Left> {
    const made = yield* pool(kit);
    const vspace = yield* vspaceOf(kit, made.pool);
    const frame = yield* kit.frame();
    must(yield* seL4_RISCV_Page_Map(frame, vspace, PROGRAM, seL4_ReadWrite, ATTRIBUTES));
    const lower = yield* kit.pageTable();
    must(yield* seL4_RISCV_PageTable_Map(lower, vspace, 2 ** 30, ATTRIBUTES));
    must(yield* seL4_CNode_Delete(kit.cnode, made.pool, kit.depth));
    return { vspace, frame, lower, untyped: made.untyped, slot: made.pool };
  }
  const map = (frame: number, vspace: number) =>
    seL4_RISCV_Page_Map(frame, vspace, PROGRAM + 0x1000, seL4_ReadWrite, ATTRIBUTES);

  it("is no VSpace to map in: FailedLookup, InvalidRoot", () => {
    const { value } = scene(function* (kit) {
      const { vspace } = yield* leftOver(kit);
      const error = yield* map(yield* kit.frame(), vspace);
      const lookup = seL4_GetMR(1);
      const table = yield* seL4_RISCV_PageTable_Map(yield* kit.pageTable(), vspace, 2 ** 31, ATTRIBUTES);
      return [error, lookup, table, seL4_GetMR(1)];
    });
    expect(value).toEqual([seL4_FailedLookup, seL4_InvalidRoot, seL4_FailedLookup, seL4_InvalidRoot]);
  });

  it("is unmapped without an effect or an error", () => {
    const { value } = scene(function* (kit) {
      const { vspace, frame, lower } = yield* leftOver(kit);
      return [
        yield* seL4_RISCV_Page_Unmap(frame),
        yield* seL4_RISCV_PageTable_Unmap(lower),
        // It is the root of nothing any more: unmapping it makes it a fresh table.
        yield* seL4_RISCV_PageTable_Unmap(vspace),
        yield* seL4_RISCV_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace),
      ];
    });
    expect(value).toEqual([seL4_NoError, seL4_NoError, seL4_NoError, seL4_NoError]);
  });

  it("is InvalidCapability 1 when its ASID has another root", () => {
    const { value } = scene(function* (kit) {
      const { vspace, untyped, slot, frame } = yield* leftOver(kit);
      must(yield* seL4_CNode_Revoke(kit.cnode, untyped, kit.depth));
      must(yield* makePool(kit, untyped, slot), "MakePool");
      const heir = yield* vspaceOf(kit, slot);
      const errors = [yield* map(yield* kit.frame(), vspace), yield* seL4_RISCV_PageTable_Unmap(vspace)];
      // The old frame's capability names the same ASID and address: in the new VSpace it counts as mapped there.
      errors.push(
        yield* map(frame, heir),
        yield* seL4_RISCV_Page_Map(frame, heir, PROGRAM, seL4_ReadWrite, ATTRIBUTES),
      );
      return errors;
    });
    expect(value).toEqual([seL4_InvalidCapability, seL4_NoError, 1, seL4_NoError]);
  });
});
