/**
 * A place in the root task's address space where book-keeping is mapped, and an allocator that maps there. When the last
 * page is unmapped the page tables go back too, so that whoever gives everything back leaves nothing behind.
 */
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
  cspace_free_slot,
  type cspace_mapped,
  type cspace_t,
  cspace_untyped_retype,
} from "../../src/index.js";

export const WINDOW = 0x20_0000_0000;

/** The part of an allocator that knows of memory only. */
type Memory = Pick<cspace_alloc_t, "alloc_4k_ut" | "free_4k_ut" | "cookie">;

interface Table {
  readonly untyped: backing_ut;
  readonly slot: seL4_CPtr;
}

/** `cspace`, the one that its caller runs on, with an allocator that can also map: from WINDOW upward. */
export function withWindow(cspace: cspace_t): cspace_t & { readonly alloc: cspace_alloc_t } {
  return { ...cspace, alloc: mappingFrom(WINDOW, cspace.alloc!, () => cspace) };
}

/** `memory`, with call-backs that map at `start` and upward for who runs on the CSpace. */
export function mappingFrom(start: number, memory: Memory, cspace: () => cspace_t): cspace_alloc_t {
  const free: number[] = [];
  const standing: Table[] = [];
  let next = start;

  function* remove({ untyped, slot }: Table): Thread {
    yield* cspace_delete(cspace(), slot);
    yield* memory.free_4k_ut(untyped);
  }

  function* addTable({ untyped, slot }: Table, vaddr: number): Thread<number> {
    const err = yield* cspace_untyped_retype(
      cspace(),
      untyped.cap,
      slot,
      seL4_RISCV_PageTableObject,
      seL4_PageTableBits,
    );
    if (err !== seL4_NoError) return err;
    return yield* seL4_RISCV_PageTable_Map(slot, seL4_CapInitThreadVSpace, vaddr, seL4_RISCV_ExecuteNever);
  }

  function* map_frame(frame: seL4_CPtr<"Page">, free_slots: readonly seL4_CPtr[]): Thread<cspace_mapped> {
    const vaddr = free.at(-1) ?? next;
    const map = () =>
      seL4_RISCV_Page_Map(frame, seL4_CapInitThreadVSpace, vaddr, seL4_ReadWrite, seL4_RISCV_ExecuteNever);
    const tables: Table[] = [];
    let err: number = yield* map();
    while (err === seL4_FailedLookup && tables.length < free_slots.length) {
      const untyped = yield* memory.alloc_4k_ut();
      if (untyped === null) break;
      const table = { untyped, slot: free_slots[tables.length]! };
      tables.push(table);
      err = yield* addTable(table, vaddr);
      if (err === seL4_NoError) err = yield* map();
    }
    if (err !== seL4_NoError) {
      for (const table of tables.reverse()) yield* remove(table);
      return { vaddr: 0, used: 0 };
    }
    if (free.length > 0) free.pop();
    else next += 2 ** seL4_PageBits;
    standing.push(...tables);
    return { vaddr, used: 2 ** tables.length - 1 };
  }

  function* unmap_frame(vaddr: number): Thread {
    free.push(vaddr);
    const pages = (next - start) / 2 ** seL4_PageBits;
    if (free.length < pages) return;
    for (const table of standing.reverse()) {
      yield* remove(table);
      yield* cspace_free_slot(cspace(), table.slot);
    }
    standing.length = 0;
  }

  const { alloc_4k_ut, free_4k_ut, cookie } = memory;
  return { alloc_4k_ut, free_4k_ut, cookie, map_frame, unmap_frame };
}
