/**
 * Page tables that were made to map something: the memory and the slot of each, so that they can be given back.
 *
 * C forgets them. Here they are forgotten only when the caller brings no list to write them to. A list is given back
 * newest first, since a table lies below those that were made before it.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { readLookupFailure, SEL4_MAPPING_LOOKUP_NO_PT } from "@tessera/libsel4";
import { free_retyped, type retyped_t } from "./alloc-retype.js";

/** Number of the first lookup word in a FailedLookup reply. */
const LOOKUP_WORD = 1;

/** A page table that is mapped. */
export type paging_object_t = retyped_t;

/**
 * Unmap and delete page tables, newest first, and give back their slots and memory. Whatever is still mapped below
 * them is mapped no more. The list is empty afterwards. Cannot block, allocates nothing, has no errors.
 * @param cspace the CSpace that they were made in
 */
export function* free_paging_objects(objects: paging_object_t[], cspace: cspace_t): Thread<void> {
  for (let object = objects.pop(); object !== undefined; object = objects.pop()) {
    yield* free_retyped(object, cspace);
  }
}

/**
 * Which page table the mapping lacked that has just returned FailedLookup, as log2 of the bytes that it covers: 21 or 30.
 * Reads the message registers, which the next call overwrites. Cannot block, allocates nothing, has no errors.
 * @returns null when no page table mends it: the level above the last has none, or the VSpace is none any more
 */
export function missing_table_bits(): number | null {
  const failure = readLookupFailure(LOOKUP_WORD);
  const isMissing = failure.kind === "MissingCapability" && failure.bitsLeft >= SEL4_MAPPING_LOOKUP_NO_PT;
  return isMissing ? failure.bitsLeft : null;
}
