/**
 * Device memory, which is allocated by its address: 4 KiB at a time, for a driver to map.
 *
 * A device untyped can be very large and most of it is never wanted, so only the way down to a wanted page is cut;
 * the halves left aside wait for the next request. A page has one holder at a time.
 *
 * Source of names and behaviour: `sos/src/ut.h` of the course's system.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_PageBits } from "@tessera/libsel4";
import { freeSlots, slotsToSplit, splitTo, takeSlots } from "./split.js";
import { type ut_t, ut_table_of } from "./table.js";

/**
 * Allocate the 4 KiB of device memory that hold the physical address `paddr`. Cannot block. Cutting a larger untyped
 * down to the page takes two slots a cut.
 * @param cspace the CSpace that the caller runs on; new untypeds take slots of it
 * @returns null when that is no device memory, or it is allocated already, or slots have run out
 * @throws TypeError when `cspace` has no allocator of its own
 */
export function* ut_alloc_4k_device(paddr: number, cspace: cspace_t): Thread<ut_t | null> {
  const table = ut_table_of(cspace);
  const whole = table.device.find((ut) => paddr >= ut.paddr && paddr < ut.paddr + 2 ** ut.size_bits);
  if (whole === undefined || !whole.free || whole.size_bits < seL4_PageBits) return null;

  const slots = yield* takeSlots(cspace, slotsToSplit(whole.size_bits, seL4_PageBits));
  if (slots === null) return null;
  const pieces = yield* splitTo(whole, seL4_PageBits, paddr, slots, cspace);
  if (pieces === null) {
    yield* freeSlots(cspace, slots);
    return null;
  }
  table.device.splice(table.device.indexOf(whole), 1, ...pieces);
  const page = pieces.at(-1)!;
  page.free = false;
  return page;
}
