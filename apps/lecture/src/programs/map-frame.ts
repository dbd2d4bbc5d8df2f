/**
 * Mapping a page together with the page tables that its address needs, as the course's `map_frame` does it: try, make
 * the table that was missing, try again.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_CapRights_t,
  type seL4_Error,
  seL4_FailedLookup,
  seL4_NoError,
  seL4_NotEnoughMemory,
  seL4_PageTableBits,
  type seL4_RISCV_Default_VMAttributes,
  type seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  seL4_RISCV_Page_Map,
  type seL4_RISCV_PageTable,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
} from "@tessera/libsel4";
import { alloc_retype } from "@tessera/ut-alloc";

/** Sv39: a page lies below two tables under the root. */
const MAX_TABLES = 2;

/**
 * Map `frame_cap` at `vaddr`.
 * @param cspace the CSpace that the caller runs on; a missing table costs 4 KiB of its memory and a slot
 * @returns the error of the mapping, or NotEnoughMemory when memory or slots for a table have run out
 */
export function* map_frame(
  cspace: cspace_t,
  frame_cap: seL4_RISCV_Page,
  vspace: seL4_RISCV_PageTable,
  vaddr: number,
  rights: seL4_CapRights_t,
  attr: typeof seL4_RISCV_Default_VMAttributes | typeof seL4_RISCV_ExecuteNever,
): Thread<seL4_Error> {
  let err = yield* seL4_RISCV_Page_Map(frame_cap, vspace, vaddr, rights, attr);
  for (let tables = 0; err === seL4_FailedLookup && tables < MAX_TABLES; tables++) {
    const { ut, cptr } = yield* alloc_retype(seL4_RISCV_PageTableObject, seL4_PageTableBits, cspace);
    if (ut === null) return seL4_NotEnoughMemory;
    err = yield* seL4_RISCV_PageTable_Map(cptr, vspace, vaddr, attr);
    if (err === seL4_NoError) err = yield* seL4_RISCV_Page_Map(frame_cap, vspace, vaddr, rights, attr);
  }
  return err;
}
