/** A place in the root task's address space where book-keeping is mapped, and an allocator that maps there. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  seL4_FailedLookup,
  seL4_NoError,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_ReadWrite,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
} from "@tessera/libsel4";
import {
  type backing_ut,
  type cspace_alloc_t,
  cspace_delete,
  type cspace_mapped,
  type cspace_t,
  cspace_untyped_retype,
} from "../../src/index.js";

export const WINDOW = 0x20_0000_0000;

interface Table {
  readonly untyped: backing_ut;
  readonly slot: seL4_CPtr;
}

/** `cspace`, the one that its caller runs on, with an allocator that can also map: from WINDOW upward. */
export function withWindow(cspace: cspace_t): cspace_t & { readonly alloc: cspace_alloc_t } {
  const alloc = cspace.alloc!;
  const free: number[] = [];
  let next = WINDOW;

  function* undo(tables: Table[]): Thread {
    for (const { untyped, slot } of tables.reverse()) {
      yield* cspace_delete(cspace, slot);
      yield* alloc.free_4k_ut(untyped);
    }
  }

  function* map_frame(frame: seL4_CPtr<"Page">, free_slots: readonly seL4_CPtr[]): Thread<cspace_mapped> {
    const vaddr = free.at(-1) ?? next;
    const vspace = seL4_CapInitThreadVSpace;
    const map = () => seL4_RISCV_Page_Map(frame, vspace, vaddr, seL4_ReadWrite, seL4_RISCV_ExecuteNever);
    const tables: Table[] = [];
    let err = yield* map();
    while (err === seL4_FailedLookup && tables.length < free_slots.length) {
      const untyped = yield* alloc.alloc_4k_ut();
      if (untyped === null) break;
      const slot = free_slots[tables.length]!;
      tables.push({ untyped, slot });
      err = yield* cspace_untyped_retype(cspace, untyped.cap, slot, seL4_RISCV_PageTableObject, seL4_PageTableBits);
      if (err === seL4_NoError) err = yield* seL4_RISCV_PageTable_Map(slot, vspace, vaddr, seL4_RISCV_ExecuteNever);
      if (err === seL4_NoError) err = yield* map();
    }
    if (err !== seL4_NoError) {
      yield* undo(tables);
      return { vaddr: 0, used: 0 };
    }
    if (free.length > 0) free.pop();
    else next += 2 ** seL4_PageBits;
    return { vaddr, used: 2 ** tables.length - 1 };
  }

  // biome-ignore lint/correctness/useYield: call-backs may trap, this one need not
  function* unmap_frame(vaddr: number): Thread {
    free.push(vaddr);
  }

  return { ...cspace, alloc: { ...alloc, map_frame, unmap_frame } };
}
