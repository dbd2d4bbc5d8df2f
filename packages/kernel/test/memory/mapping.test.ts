/** The refusals of mapping, in the words of the ABI. */
import {
  seL4_AlignmentError,
  seL4_AllRights,
  seL4_ASIDPoolBits,
  seL4_CapASIDControl,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadVSpace,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_DeleteFirst,
  seL4_FailedLookup,
  seL4_GetMR,
  seL4_IllegalOperation,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_NoError,
  seL4_ReadWrite,
  seL4_RevokeFirst,
  seL4_RISCV_ASIDControl_MakePool,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTable_Unmap,
  seL4_RISCV_PageTableObject,
  seL4_UserTop,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { makeVspace, PROGRAM } from "../support/process.js";
import { scene } from "../support/scene.js";

const RW = seL4_ReadWrite;
const FAR = 2 ** 31;

describe("Page_Map", () => {
  it("names the level at which a page table is missing", () => {
    scene(function* (kit) {
      const vspace = yield* makeVspace(kit);
      const frame = yield* kit.frame();
      const levels: number[] = [];
      for (let i = 0; i < 3; i++) {
        const error = yield* seL4_RISCV_Page_Map(frame, vspace, FAR, RW, 0);
        if (error === seL4_NoError) break;
        expect([error, seL4_GetMR(1)]).toEqual([seL4_FailedLookup, 2]);
        levels.push(seL4_GetMR(2));
        must(yield* seL4_RISCV_PageTable_Map(yield* kit.pageTable(), vspace, FAR, 0));
      }
      expect(levels).toEqual([30, 21]);
    });
  });

  it("refuses an address that is not aligned, and one beyond the user's", () => {
    scene(function* (kit) {
      const vspace = yield* makeVspace(kit);
      const frame = yield* kit.frame();
      expect(yield* seL4_RISCV_Page_Map(frame, vspace, PROGRAM + 8, RW, 0)).toBe(seL4_AlignmentError);
      for (const vaddr of [seL4_UserTop, 2n ** 63n, 2n ** 64n - 4096n]) {
        expect(yield* seL4_RISCV_Page_Map(frame, vspace, vaddr, RW, 0)).toBe(seL4_InvalidArgument);
        expect(seL4_GetMR(0)).toBe(0);
      }
      // Neither aligned nor the user's: the end of user memory is looked at first.
      expect(yield* seL4_RISCV_Page_Map(frame, vspace, seL4_UserTop + 8, RW, 0)).toBe(seL4_InvalidArgument);
      // The last byte's address wraps around: what is left to complain about is the alignment.
      expect(yield* seL4_RISCV_Page_Map(frame, vspace, 2n ** 64n - 1n, RW, 0)).toBe(seL4_AlignmentError);
    });
  });

  it("refuses a place that is taken, and a second place for one capability", () => {
    scene(function* (kit) {
      const vspace = yield* makeVspace(kit);
      const frame = yield* kit.frame();
      must(yield* seL4_RISCV_Page_Map(frame, vspace, PROGRAM, RW, 0));
      expect(yield* seL4_RISCV_Page_Map(yield* kit.frame(), vspace, PROGRAM, RW, 0)).toBe(seL4_DeleteFirst);
      expect(yield* seL4_RISCV_Page_Map(frame, vspace, PROGRAM + 4096, RW, 0)).toBe(seL4_InvalidArgument);
      expect(yield* seL4_RISCV_Page_Map(frame, vspace, PROGRAM, RW, 1)).toBe(seL4_NoError);
      const other = yield* makeVspace(kit);
      expect(yield* seL4_RISCV_Page_Map(frame, other, PROGRAM, RW, 0)).toBe(seL4_InvalidCapability);
      expect(seL4_GetMR(0)).toBe(1);
    });
  });

  it("refuses what is no VSpace (InvalidCapability 1)", () => {
    scene(function* (kit) {
      const frame = yield* kit.frame();
      for (const vspace of [kit.cnode, yield* kit.pageTable(), kit.bootinfo.userImagePaging.start]) {
        expect(yield* seL4_RISCV_Page_Map(frame, vspace, PROGRAM, RW, 0)).toBe(seL4_InvalidCapability);
        expect(seL4_GetMR(0)).toBe(1);
      }
    });
  });

  it("refuses a VSpace whose ASID is gone (FailedLookup, InvalidRoot)", () => {
    scene(function* (kit) {
      const frame = yield* kit.frame();
      const pool = kit.slots();
      const untyped = yield* kit.untyped(seL4_ASIDPoolBits);
      must(yield* seL4_RISCV_ASIDControl_MakePool(seL4_CapASIDControl, untyped, kit.cnode, pool, kit.depth));
      const vspace = yield* kit.pageTable();
      must(yield* seL4_RISCV_ASIDPool_Assign(pool, vspace));
      must(yield* seL4_CNode_Delete(kit.cnode, pool, kit.depth));
      expect(yield* seL4_RISCV_Page_Map(frame, vspace, PROGRAM, RW, 0)).toBe(seL4_FailedLookup);
      expect([seL4_GetMR(0), seL4_GetMR(1)]).toEqual([0, 1]);
    });
  });

  it("maps a page of 2 MiB where no table is, and refuses small ones in it (FailedLookup 21)", () => {
    scene(
      function* (kit) {
        const { slot } = kit.untypedOf(22, [kit.memory]);
        const mega = yield* kit.make(seL4_RISCV_Mega_Page, 0, 1, slot);
        const vspace = yield* makeVspace(kit);
        expect(yield* seL4_RISCV_Page_Map(mega, vspace, PROGRAM, RW, 0)).toBe(seL4_FailedLookup);
        expect(seL4_GetMR(2)).toBe(12);
        must(yield* seL4_RISCV_Page_Map(mega, vspace, PROGRAM + 2 ** 21, RW, 0));
        expect(yield* seL4_RISCV_Page_Map(yield* kit.frame(), vspace, PROGRAM + 2 ** 21, RW, 0)).toBe(
          seL4_FailedLookup,
        );
        expect(seL4_GetMR(2)).toBe(21);
      },
      {},
      { machine: { ramBytes: 32 * 2 ** 20 } },
    );
  });
});

describe("A page table", () => {
  it("that is mapped cannot be mapped again (InvalidCapability 0), and needs a place (DeleteFirst)", () => {
    scene(function* (kit) {
      const vspace = yield* makeVspace(kit);
      const table = yield* kit.pageTable();
      expect(yield* seL4_RISCV_PageTable_Map(table, vspace, PROGRAM, 0)).toBe(seL4_DeleteFirst);
      must(yield* seL4_RISCV_PageTable_Map(table, vspace, FAR, 0));
      expect(yield* seL4_RISCV_PageTable_Map(table, vspace, FAR, 0)).toBe(seL4_InvalidCapability);
      expect(seL4_GetMR(0)).toBe(0);
    });
  });

  it("can be copied when it is mapped (not before: IllegalOperation), and then not unmapped (RevokeFirst)", () => {
    scene(function* (kit) {
      const vspace = yield* makeVspace(kit);
      const table = yield* kit.pageTable();
      const copy = kit.slots();
      const copied = () => seL4_CNode_Copy(kit.cnode, copy, kit.depth, kit.cnode, table, kit.depth, seL4_AllRights);
      expect(yield* copied()).toBe(seL4_IllegalOperation);
      must(yield* seL4_RISCV_PageTable_Map(table, vspace, FAR, 0));
      must(yield* copied());
      expect(yield* seL4_RISCV_PageTable_Unmap(table)).toBe(seL4_RevokeFirst);
      must(yield* seL4_CNode_Delete(kit.cnode, copy, kit.depth));
      must(yield* seL4_RISCV_PageTable_Unmap(table));
      must(yield* seL4_RISCV_PageTable_Map(table, vspace, FAR, 0));
    });
  });

  it("that is a VSpace is not unmapped (RevokeFirst)", () => {
    scene(function* () {
      expect(yield* seL4_RISCV_PageTable_Unmap(seL4_CapInitThreadVSpace)).toBe(seL4_RevokeFirst);
    });
  });
});

describe("An ASID pool", () => {
  it("gives 511 ASIDs behind the root task's, takes back what is deleted, and then says DeleteFirst", () => {
    scene(
      function* (kit) {
        const { slot } = kit.untypedOf(22, [kit.memory]);
        const tables: number[] = [];
        for (let i = 0; i < 2; i++) tables.push(yield* kit.make(seL4_RISCV_PageTableObject, 0, 256, slot));
        const all = tables.flatMap((first) => Array.from({ length: 256 }, (_, i) => first + i));
        const pool = seL4_CapInitThreadASIDPool;
        for (const table of all.slice(0, 510)) must(yield* seL4_RISCV_ASIDPool_Assign(pool, table));
        expect(yield* seL4_RISCV_ASIDPool_Assign(pool, all[510]!)).toBe(seL4_DeleteFirst);
        must(yield* seL4_CNode_Delete(kit.cnode, all[100]!, kit.depth));
        must(yield* seL4_RISCV_ASIDPool_Assign(pool, all[510]!));
        expect(yield* seL4_RISCV_ASIDPool_Assign(pool, all[510]!)).toBe(seL4_InvalidCapability);
      },
      {},
      { machine: { ramBytes: 16 * 2 ** 20 } },
    );
  });
});
