/**
 * Mapping a device into the root task: its pages, one behind the other, at addresses that nothing else uses.
 *
 * Addresses go upward from SOS_DEVICE_START and are never used again; there is no unmapping, as in C.
 *
 * Source of names and behaviour: `sos/src/mapping.h` of the course's system.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_NoError,
  seL4_PageBits,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_PageTable,
} from "@tessera/libsel4";
import { alloc_retype_from, free_retyped, type retyped_t } from "./alloc-retype.js";
import { ut_alloc_4k_device } from "./device.js";
import { map_frame } from "./map-frame.js";
import { free_paging_objects, type paging_object_t } from "./paging.js";
import { ut_table_of } from "./table.js";
import { SOS_STACK } from "./vmem-layout.js";

const PAGE_BYTES = 2 ** seL4_PageBits;

/**
 * Map the registers of a device, readable and writable, never executable.
 *
 * Cannot block. Takes a slot a page, slots for cutting device memory, and memory and slots for page tables. When
 * anything fails all of it is given back.
 * @param cspace the CSpace that the caller runs on
 * @param addr physical address of the first byte
 * @param size bytes, at least 1
 * @returns the address of that first byte in virtual memory; null when some page is no device's or has a holder
 * already, when memory or slots have run out, or when no addresses are left below SOS_STACK
 * @throws RangeError when `addr` or `size` is no whole number, or `size` is below 1
 */
export function* sos_map_device(cspace: cspace_t, addr: number, size: number): Thread<number | null> {
  if (!(Number.isSafeInteger(addr) && Number.isSafeInteger(size) && size >= 1)) {
    throw new RangeError(`sos_map_device: ${size} bytes at ${addr} are no range of addresses`);
  }
  const windows = ut_table_of(cspace).windows;
  const inPage = addr % PAGE_BYTES;
  const pages = Math.ceil((inPage + size) / PAGE_BYTES);
  const start = windows.device;
  if (start + pages * PAGE_BYTES > SOS_STACK) return null;

  const mapped: retyped_t[] = [];
  const tables: paging_object_t[] = [];
  for (let page = 0; page < pages; page++) {
    const offset = page * PAGE_BYTES;
    if (yield* mapPage(cspace, windows.vspace, addr - inPage + offset, start + offset, mapped, tables)) continue;
    yield* unmapAll(cspace, mapped, tables);
    return null;
  }
  windows.device = start + pages * PAGE_BYTES;
  return start + inPage;
}

function* mapPage(
  cspace: cspace_t,
  vspace: seL4_RISCV_PageTable,
  paddr: number,
  vaddr: number,
  mapped: retyped_t[],
  tables: paging_object_t[],
): Thread<boolean> {
  const ut = yield* ut_alloc_4k_device(paddr, cspace);
  if (ut === null) return false;
  const { ut: made, cptr } = yield* alloc_retype_from(ut, seL4_RISCV_4K_Page, seL4_PageBits, cspace);
  if (made === null) return false;
  mapped.push({ ut, cptr });
  const err = yield* map_frame(cspace, cptr, vspace, vaddr, seL4_AllRights, seL4_RISCV_ExecuteNever, tables);
  return err === seL4_NoError;
}

function* unmapAll(cspace: cspace_t, mapped: readonly retyped_t[], tables: paging_object_t[]): Thread<void> {
  for (const page of mapped) yield* free_retyped(page, cspace);
  yield* free_paging_objects(tables, cspace);
}
