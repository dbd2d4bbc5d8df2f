/**
 * The view: where a component sees pages that are not its own, in 2 MiB of its address space that are kept free for that.
 * Nothing can be mapped there before there are page tables for it, of which some levels exist already.
 */
import { cspace_alloc_slot, type cspace_t, cspace_untyped_retype } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_DeleteFirst,
  seL4_PageTableBits,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  type seL4_Untyped,
  throwOnError,
} from "@tessera/libsel4";
import type { OwnSpace } from "../common/handles.js";

/** Page tables for a view, at most: of two levels, and one that there is already. */
export const VIEW_TABLES = 3;

/** Make page tables of `memory`, until the view has all that it needs. @throws SeL4Error when memory or slots are too few */
export function* makeViewTables(cspace: cspace_t, memory: seL4_Untyped, { vspace, address }: OwnSpace): Thread<void> {
  const name = "view";
  for (let made = 0; made < VIEW_TABLES; made++) {
    const table = yield* cspace_alloc_slot(cspace);
    const type = seL4_RISCV_PageTableObject;
    throwOnError(yield* cspace_untyped_retype(cspace, memory, table, type, seL4_PageTableBits, name), name);
    const err = yield* seL4_RISCV_PageTable_Map(table, vspace, address, seL4_RISCV_Default_VMAttributes);
    if (err === seL4_DeleteFirst) return;
    throwOnError(err, name);
  }
}
