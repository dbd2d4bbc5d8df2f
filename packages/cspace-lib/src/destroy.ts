/**
 * Destroying a CSpace: everything that was made of its memory is revoked, and only then does the memory go back, so
 * that whoever gets it next finds no children.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapNull, type seL4_CPtr, seL4_NoError } from "@tessera/libsel4";
import type { backing_ut, cspace_alloc_t } from "./backing.js";
import type { bot_lvl_node_t, cspace_t } from "./cspace.js";
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
  // From the leaves up: a CNode that dies inside of another keeps itself until its memory is revoked.
  for (let cnode = c.bot_lvl_untypeds.at(-1); cnode !== undefined; cnode = c.bot_lvl_untypeds.at(-1)) {
    if (cnode !== null) yield* giveBack(bootstrap, cnode, c.alloc ?? memory);
    c.bot_lvl_untypeds.pop();
  }
  for (let node = c.bot_lvl_nodes.at(-1); node !== undefined; node = c.bot_lvl_nodes.at(-1)) {
    if (node.untyped !== null) yield* takeDown(bootstrap, node, node.untyped, memory);
    c.bot_lvl_nodes.pop();
  }
  const root = c.root_cnode;
  yield* giveBack(bootstrap, untyped, memory);
  forget(c);
  yield* cspace_free_slot(bootstrap, root);
}

function* takeDown(
  bootstrap: cspace_t,
  { vaddr, frame }: bot_lvl_node_t,
  untyped: backing_ut,
  memory: cspace_alloc_t,
): Thread<void> {
  yield* giveBack(bootstrap, untyped, memory);
  if (memory.unmap_frame !== undefined) yield* memory.unmap_frame(vaddr);
  yield* cspace_free_slot(bootstrap, frame);
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
  c.untyped = null;
  c.bootstrap = null;
}
