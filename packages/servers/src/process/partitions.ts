/**
 * Partitions: room for one process each, with a piece of untyped memory of the same size, a scheduling context, and
 * slots; a process that is built in one has nothing of anywhere else, so that it is gone when the piece is revoked.
 *
 *     free ──a process is built──▸ taken ──revoke, unbind──▸ free
 *
 * All of them are made at once, when the server starts. So whether there is room for a process is known before anything
 * is made, and nothing of it can fail half way.
 *
 * seL4 manual, "Untyped memory": revoking deletes all objects that were made of it, and its memory is cleared when it is
 * used again.
 */
import {
  cspace_alloc_slot,
  cspace_delete,
  cspace_revoke,
  type cspace_t,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_CPtr,
  type seL4_SchedContext,
  seL4_SchedContext_Consumed,
  seL4_SchedContext_Unbind,
  type seL4_Untyped,
  seL4_UntypedObject,
  throwOnError,
} from "@tessera/libsel4";
import type { OwnSpace } from "../common/handles.js";
import { makeViewTables } from "./view.js";

/** Slots of a partition beside those for its objects. */
export const FURTHER_SLOTS = 4;

/** Room for a process. */
export interface Partition {
  readonly piece: seL4_Untyped;
  readonly context: seL4_SchedContext;
  /** For the capabilities to its objects. */
  readonly slots: readonly seL4_CPtr[];
  /** For a page of its program, for a capability to its CNode that works as an address, and for one to hear its faults by. */
  readonly page: seL4_CPtr<"Page">;
  readonly cnode: seL4_CPtr<"CNode">;
  readonly faults: seL4_CPtr<"Endpoint">;
}

/** What partitions are made of. */
export interface PartitionParts {
  readonly cspace: cspace_t;
  readonly memory: seL4_Untyped;
  /** Where the server sees pages that it writes; null when it writes none. */
  readonly view: OwnSpace | null;
  readonly contexts: readonly seL4_SchedContext[];
  /** log2 of the bytes of each. */
  readonly bits: number;
  /** Capabilities of a process, at most. */
  readonly objects: number;
}

/** Make a partition for each scheduling context, and page tables for the view, if there is one. */
export function* makePartitions(parts: PartitionParts): Thread<Partition[]> {
  const { cspace, memory, view, contexts, bits, objects } = parts;
  if (view !== null) yield* makeViewTables(cspace, memory, view);
  const partitions: Partition[] = [];
  for (const [i, context] of contexts.entries()) {
    const piece = yield* slot(cspace);
    const name = `process.memory[${i}]`;
    throwOnError(yield* cspace_untyped_retype(cspace, memory, piece, seL4_UntypedObject, bits, name), name);
    const slots: seL4_CPtr[] = [];
    while (slots.length < objects) slots.push(yield* slot(cspace));
    const [page, cnode, faults] = [yield* slot(cspace), yield* slot(cspace), yield* slot(cspace)];
    partitions.push({ piece, context, slots, page, cnode, faults });
  }
  return partitions;
}

/** End whatever lives in a partition, and all that it has. Its capabilities elsewhere were copies of this. Cannot block. */
export function* reclaim({ piece, context, page }: Partition, cspace: cspace_t): Thread<void> {
  throwOnError(yield* cspace_revoke(cspace, piece), "ending a process");
  throwOnError(yield* cspace_delete(cspace, page), "giving its program back");
  // A passive server may have been running on it; it was lent by somebody who is no more.
  throwOnError(yield* seL4_SchedContext_Unbind(context), "taking its time back");
}

/** Microseconds that were used in a partition since this was last asked. */
export function* usedIn({ context }: Partition): Thread<number> {
  const { error, consumed } = yield* seL4_SchedContext_Consumed(context);
  throwOnError(error, "asking what a process has used");
  return consumed;
}

function* slot(cspace: cspace_t): Thread<seL4_CPtr> {
  const free = yield* cspace_alloc_slot(cspace);
  if (free === 0) throw new Error("the process server has fewer slots than it has declared");
  return free;
}
