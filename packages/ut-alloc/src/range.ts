/**
 * Filling a table by hand: `ut_init`, and `ut_add_untyped_range` for 4 KiB untypeds that lie in a row, with their
 * capabilities in slots in a row. `sos_bootstrap` does this with all memory; it is here for root tasks that do not
 * want it done for them.
 *
 * Source of names and behaviour: `sos/src/ut.h` of the course's system.
 */
import { type seL4_CPtr, seL4_PageBits } from "@tessera/libsel4";
import { type ut_region_t, ut_table_t } from "./table.js";

const PAGE_BYTES = 2 ** seL4_PageBits;

/**
 * An empty table for physical memory in `region`. C is given memory for its records first; ours are variables. Plain.
 * @throws RangeError when the bounds are not whole pages, or `end` lies before `start`
 */
export function ut_init(region: ut_region_t): ut_table_t {
  const { start, end } = region;
  if (!(isPage(start) && isPage(end) && start <= end)) {
    throw new RangeError(`ut_init: ${start} to ${end} are not the bounds of a range of whole pages`);
  }
  return new ut_table_t(region);
}

/**
 * Put `n` free 4 KiB untypeds under management. Those of memory are handed out by size, the highest one first; those
 * of devices by their address only, and do not count in `ut_size`. Plain.
 * @param paddr physical address of the first
 * @param cap its capability; the next page's is in the next slot, and so on
 * @param n how many, at least 1
 * @param device whether they lie outside of RAM
 * @throws RangeError when `n` or `cap` is no whole number, or the pages do not lie in the table's region, or one of
 * them is in the table already
 */
export function ut_add_untyped_range(
  paddr: number,
  cap: seL4_CPtr<"Untyped">,
  n: number,
  device: boolean,
  table: ut_table_t,
): void {
  if (!(isPage(paddr) && Number.isInteger(n) && n >= 1 && Number.isInteger(cap) && cap >= 1)) {
    throw new RangeError(`ut_add_untyped_range: ${n} pages at ${paddr} with capability ${cap} are no range of pages`);
  }
  table.claim({ start: paddr, end: paddr + n * PAGE_BYTES });
  for (let page = 0; page < n; page++) table.add(cap + page, seL4_PageBits, paddr + page * PAGE_BYTES, device);
}

function isPage(address: number): boolean {
  return Number.isSafeInteger(address) && address >= 0 && address % PAGE_BYTES === 0;
}
