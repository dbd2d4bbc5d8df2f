/**
 * Mapping a page together with the page tables that its address needs: try, make the table that was missing, try again.
 *
 * Sv39 has two levels below the root, so a page costs at most two tables. When the mapping fails in the end, the
 * tables made on the way are given back; the error is the one that ended it.
 *
 * Source of names and behaviour: `sos/src/mapping.h` of the course's system.
 */
import {
  cspace_alloc_slot,
  cspace_delete,
  cspace_free_slot,
  type cspace_t,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapNull,
  type seL4_CapRights_t,
  type seL4_CPtr,
  type seL4_Error,
  seL4_FailedLookup,
  seL4_NoError,
  seL4_PageTableBits,
  type seL4_RISCV_Page,
  seL4_RISCV_Page_Map,
  type seL4_RISCV_PageTable,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  type seL4_RISCV_VMAttributes,
} from "@tessera/libsel4";
import { missing_table_bits, type paging_object_t } from "./paging.js";
import { ut_alloc_4k_untyped, ut_free } from "./ut.js";

/** What `map_frame` returns beside the kernel's codes: memory or slots for a page table have run out. */
export const MAP_FRAME_NO_MEMORY = -1;

/** Page tables that one mapping can lack. */
const MAX_TABLES = 2;

/** Where the slots of new page tables come from. */
interface Slots {
  take(): Thread<seL4_CPtr>;
  giveBack(slot: seL4_CPtr): Thread<void>;
}

interface Mapping {
  readonly frame_cap: seL4_RISCV_Page;
  readonly vspace: seL4_RISCV_PageTable;
  readonly vaddr: number;
  readonly rights: seL4_CapRights_t;
  readonly attr: seL4_RISCV_VMAttributes;
}

/**
 * Map a page, making what page tables are missing.
 *
 * Cannot block. Takes at most 8 KiB of memory and two slots of `cspace`; what it takes stays in the VSpace, written to
 * `tables`, and without this list nobody remembers it, as in C. On any error all of it is given back, the list is as
 * before, and the message registers need not belong to the error any more.
 *
 * Errors: MAP_FRAME_NO_MEMORY: memory or slots for a page table have run out, or one is missing and `cspace` is null;
 * FailedLookup: a table lies where a large page was to be mapped, or the VSpace has lost its ASID; all others of
 * `seL4_RISCV_Page_Map` (InvalidCapability, InvalidArgument, AlignmentError, DeleteFirst).
 * @param cspace the CSpace that the caller runs on, null when no table can be missing
 * @param frame_cap a page of any size that has no mapping yet
 * @param vspace whose memory it is to appear in
 * @param vaddr address, a multiple of the page's size
 * @param rights seL4_ReadWrite or seL4_CanRead
 * @param attr seL4_RISCV_Default_VMAttributes or seL4_RISCV_ExecuteNever
 * @param tables the page tables made are appended to it
 */
export function* map_frame(
  cspace: cspace_t | null,
  frame_cap: seL4_RISCV_Page,
  vspace: seL4_RISCV_PageTable,
  vaddr: number,
  rights: seL4_CapRights_t,
  attr: seL4_RISCV_VMAttributes,
  tables: paging_object_t[] = [],
): Thread<seL4_Error | typeof MAP_FRAME_NO_MEMORY> {
  return yield* map(cspace, { frame_cap, vspace, vaddr, rights, attr }, slotsOf(cspace), tables);
}

/**
 * As `map_frame`, with the slots that page tables need taken from `free_slots`, lowest index first: for whoever must
 * not allocate slots now, because it is making some.
 *
 * Cannot block. Takes memory of `cspace`, and no slot when that has 4 KiB untypeds ready (`sos_bootstrap`).
 * Errors: as `map_frame`; MAP_FRAME_NO_MEMORY also when `cspace` is null, or `free_slots` has too few.
 * @param free_slots empty slots of `cspace`
 * @returns `used`: bit i is set when `free_slots[i]` now holds a page table; 0 on error
 */
export function* map_frame_cspace(
  cspace: cspace_t | null,
  frame_cap: seL4_RISCV_Page,
  vspace: seL4_RISCV_PageTable,
  vaddr: number,
  rights: seL4_CapRights_t,
  attr: seL4_RISCV_VMAttributes,
  free_slots: readonly seL4_CPtr[],
  tables: paging_object_t[] = [],
): Thread<{ readonly error: seL4_Error | typeof MAP_FRAME_NO_MEMORY; readonly used: number }> {
  if (cspace === null) return { error: MAP_FRAME_NO_MEMORY, used: 0 };
  let taken = 0;
  const slots: Slots = {
    // biome-ignore lint/correctness/useYield: these slots are there already
    *take() {
      return free_slots[taken++] ?? seL4_CapNull;
    },
    *giveBack() {},
  };
  const before = tables.length;
  const error = yield* map(cspace, { frame_cap, vspace, vaddr, rights, attr }, slots, tables);
  return { error, used: 2 ** (tables.length - before) - 1 };
}

function slotsOf(cspace: cspace_t | null): Slots {
  return {
    *take() {
      return cspace === null ? seL4_CapNull : yield* cspace_alloc_slot(cspace);
    },
    *giveBack(slot) {
      if (cspace !== null) yield* cspace_free_slot(cspace, slot);
    },
  };
}

function* map(
  cspace: cspace_t | null,
  mapping: Mapping,
  slots: Slots,
  tables: paging_object_t[],
): Thread<seL4_Error | typeof MAP_FRAME_NO_MEMORY> {
  const { frame_cap, vspace, vaddr, rights, attr } = mapping;
  const made: paging_object_t[] = [];
  let err: number = yield* seL4_RISCV_Page_Map(frame_cap, vspace, vaddr, rights, attr);
  while (err === seL4_FailedLookup && made.length < MAX_TABLES && missing_table_bits() !== null) {
    err = cspace === null ? MAP_FRAME_NO_MEMORY : yield* addTable(cspace, mapping, slots, made);
    if (err === seL4_NoError) err = yield* seL4_RISCV_Page_Map(frame_cap, vspace, vaddr, rights, attr);
  }
  if (err === seL4_NoError) tables.push(...made);
  else yield* giveBack(cspace, slots, made);
  return err;
}

/** One more page table, at the highest level that lacks one. */
function* addTable(
  cspace: cspace_t,
  { vspace, vaddr, attr }: Mapping,
  slots: Slots,
  made: paging_object_t[],
): Thread<number> {
  const ut = yield* ut_alloc_4k_untyped(cspace);
  if (ut === null) return MAP_FRAME_NO_MEMORY;
  const cptr = yield* slots.take();
  let err: number = MAP_FRAME_NO_MEMORY;
  if (cptr !== seL4_CapNull) {
    err = yield* cspace_untyped_retype(cspace, ut.cap, cptr, seL4_RISCV_PageTableObject, seL4_PageTableBits);
  }
  if (err !== seL4_NoError) {
    yield* slots.giveBack(cptr);
    ut_free(ut);
    return err;
  }
  made.push({ ut, cptr });
  return yield* seL4_RISCV_PageTable_Map(cptr, vspace, vaddr, attr);
}

function* giveBack(cspace: cspace_t | null, slots: Slots, made: readonly paging_object_t[]): Thread<void> {
  if (cspace === null) return;
  for (const { ut, cptr } of [...made].reverse()) {
    yield* cspace_delete(cspace, cptr);
    yield* slots.giveBack(cptr);
    ut_free(ut);
  }
}
