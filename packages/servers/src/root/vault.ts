/**
 * What becomes of the root task's capabilities when everything stands: what the supervisor uses is kept, what has to
 * exist is put away, and all others are deleted, those to untyped memory, to interrupts and to time among them.
 *
 * A page is mapped, a page table hangs in its place, and a scheduling context exists as long as somebody has the
 * capability. Nobody needs to *use* these any more. They are moved into vaults: CNodes whose only capability lies in
 * themselves, so that nobody can reach what is in them, and nothing in them can end.
 *
 * seL4 manual, "Capability Spaces" (an object lives as long as there is a capability to it).
 */
import { bf_get_bit, cspace_delete, cspace_free_slot } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadIPCBuffer,
  seL4_CapInitThreadSC,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapTableObject,
  seL4_CNode_Move,
  type seL4_CPtr,
  seL4_PageBits,
  seL4_SlotBits,
  seL4_WordBits,
} from "@tessera/libsel4";
import type { Stock } from "./stock.js";

/** log2 of the slots of a vault. */
const VAULT_BITS = seL4_PageBits - seL4_SlotBits;
/** One slot holds the vault's own capability. */
const ROOM = 2 ** VAULT_BITS - 1;

/** By which the root task itself exists. */
const OF_THE_ROOT_TASK: readonly seL4_CPtr[] = [
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapInitThreadIPCBuffer,
  seL4_CapInitThreadSC,
  // The last capability to a pool takes all address spaces with it.
  seL4_CapInitThreadASIDPool,
];

/** Keep what is kept, put away what must exist, delete the rest. @throws NotBuilt when there is no memory for a vault */
export function* lockUp(stock: Stock): Thread<void> {
  stock.at("the root task", "its vaults");
  const { userImageFrames, userImagePaging } = stock.bootinfo;
  stock.keep(seL4_CapInitThreadCNode);
  for (const cptr of OF_THE_ROOT_TASK) stock.hold(cptr);
  // Its own program; the pages of the others are mapped elsewhere by copies.
  stock.hold(userImageFrames.start);
  for (let slot = userImagePaging.start; slot < userImagePaging.end; slot++) stock.hold(slot);
  yield* putAway(stock);
  yield* deleteOthers(stock);
}

function* putAway(stock: Stock): Thread<void> {
  const vaults: seL4_CPtr<"CNode">[] = [];
  const { held, cspace } = stock;
  while (vaults.length * ROOM < held.length) {
    vaults.push(yield* stock.object(seL4_CapTableObject, VAULT_BITS, `vault[${vaults.length}]`));
  }
  for (const [i, cptr] of held.entries()) {
    const vault = vaults[Math.floor(i / ROOM)] as seL4_CPtr<"CNode">;
    yield* move(stock, vault, i % ROOM, cptr);
    yield* cspace_free_slot(cspace, cptr);
  }
  for (const vault of vaults) {
    yield* move(stock, vault, ROOM, vault);
    yield* cspace_free_slot(cspace, vault);
  }
}

/** In a vault an address is a slot's number: it has no guard. */
function* move(stock: Stock, vault: seL4_CPtr<"CNode">, slot: number, cptr: seL4_CPtr): Thread<void> {
  stock.check(yield* seL4_CNode_Move(vault, slot, VAULT_BITS, seL4_CapInitThreadCNode, cptr, seL4_WordBits));
}

function* deleteOthers({ bootinfo, cspace, kept }: Stock): Thread<void> {
  for (let slot = 1; slot < 2 ** bootinfo.initThreadCNodeSizeBits; slot++) {
    if (!bf_get_bit(cspace.top_bf, slot) || kept.has(slot)) continue;
    yield* cspace_delete(cspace, slot);
    yield* cspace_free_slot(cspace, slot);
  }
}
