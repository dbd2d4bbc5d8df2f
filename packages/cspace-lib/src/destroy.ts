/**
 * Destroying a CSpace: everything that was made of its memory is revoked, and only then does the memory go back, so
 * that whoever gets it next finds no children.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull, type seL4_CPtr, seL4_NoError } from "@tessera/libsel4";
import type { backing_ut, cspace_alloc_t } from "./backing.js";
import type { cspace_t } from "./cspace.js";
import { cspace_revoke } from "./ops.js";
import { cspace_free_slot } from "./slots.js";

/**
 * Destroy a CSpace: the capabilities in it die with it, its slots and its memory return to where they came from.
 * Copies of its CNodes die too; a thread that still uses one faults at its next system call. Page tables that were
 * made to map its book-keeping stay with who mapped it. Cannot block, allocates nothing.
 * @throws Error for a CSpace that this library did not make, or that is destroyed already, or whose untyped is gone
 */
export function* cspace_destroy(c: cspace_t): Thread<void> {
  const { bootstrap, untyped } = c;
  if (bootstrap === null || untyped === null) {
    throw new Error("cspace_destroy: a CSpace can only be destroyed once, and only by the one that made it");
  }
  const memory = bootstrap.alloc;
  if (memory === null) throw new Error("cspace_destroy: the CSpace that it was made from has no allocator any more");
  // The root first: what only it still holds dies here, the CNodes of the second level with all that is in them.
  yield* revoke(bootstrap, untyped);
  for (const cnode of c.bot_lvl_untypeds) if (cnode !== null) yield* giveBack(bootstrap, cnode, c.alloc ?? memory);
  for (const node of c.bot_lvl_nodes) {
    if (node.untyped === null) continue;
    yield* giveBack(bootstrap, node.untyped, memory);
    if (memory.unmap_frame !== undefined) yield* memory.unmap_frame(node.vaddr);
    yield* cspace_free_slot(bootstrap, node.frame);
  }
  yield* cspace_free_slot(bootstrap, c.root_cnode);
  yield* memory.free_4k_ut(untyped);
  forget(c);
}

function* giveBack(bootstrap: cspace_t, untyped: backing_ut, alloc: cspace_alloc_t): Thread<void> {
  yield* revoke(bootstrap, untyped);
  yield* alloc.free_4k_ut(untyped);
}

function* revoke(bootstrap: cspace_t, untyped: backing_ut): Thread<void> {
  const err = yield* cspace_revoke(bootstrap, untyped.cap);
  if (err !== seL4_NoError) throw new Error(`cspace_destroy: revoking its untyped failed (seL4_Error ${err})`);
}

/** What remains has no slots, and no memory to destroy again. */
function forget(c: cspace_t): void {
  c.root_cnode = seL4_CapNull as seL4_CPtr<"CNode">;
  c.top_bf.fill(0xffffffff);
  c.bot_lvl_nodes.length = 0;
  c.bot_lvl_untypeds.length = 0;
  c.untyped = null;
  c.bootstrap = null;
}
