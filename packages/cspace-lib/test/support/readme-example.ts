/** Making, filling, using and destroying a CSpace of two levels, as the README does it. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_AllRights, seL4_CanWrite, seL4_CapNull, type seL4_CPtr, seL4_NoError } from "@tessera/libsel4";
import {
  CSPACE_NOERROR,
  cspace_alloc_slot,
  type cspace_alloc_t,
  cspace_copy,
  cspace_create_two_level,
  cspace_delete,
  cspace_destroy,
  cspace_free_slot,
  cspace_mint,
  type cspace_t,
} from "../../src/index.js";

/**
 * @param cspace the CSpace that the caller runs on
 * @param memory where a CSpace gets memory to grow from
 * @param ep an endpoint
 */
export function* useTwoLevels(cspace: cspace_t, memory: cspace_alloc_t, ep: seL4_CPtr<"Endpoint">): Thread {
  const { error, target } = yield* cspace_create_two_level(cspace, memory);
  if (error !== CSPACE_NOERROR) return; // memory or slots ran out, and nothing has changed

  const slot = yield* cspace_alloc_slot(target); // 6: the first one
  let err = yield* cspace_mint(target, slot, cspace, ep, seL4_AllRights, 101); // what a child will find at address 6
  for (let i = 0; i < 1000; i++) {
    const another = yield* cspace_alloc_slot(target); // takes 4 KiB more whenever 128 slots are full
    if (another === seL4_CapNull) break;
    err = yield* cspace_copy(target, another, target, slot, seL4_CanWrite);
    if (err !== seL4_NoError) yield* cspace_free_slot(target, another);
  }
  yield* cspace_delete(target, slot);
  yield* cspace_free_slot(target, slot); // the next one to be handed out
  yield* cspace_destroy(target); // all that is left in it dies, all memory comes back
}
