/**
 * Everything that exists: each slot that holds a capability, found from the root CNode, the threads and the interrupt
 * table through CNodes and derivation lists. Read only; what the invariants and the snapshot look at.
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { CNode } from "../caps/cnode.js";
import type { Slot } from "../caps/slot.js";
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";

export function reachableSlots(k: KernelState): Set<Slot> {
  const found = new Set<Slot>();
  const containers = new Set<CNode | Tcb>();
  const pending: Slot[] = [];

  const visit = (slot: Slot | null): void => {
    if (slot === null || slot.isEmpty || found.has(slot)) return;
    found.add(slot);
    pending.push(slot);
  };
  const open = (container: CNode | Tcb): void => {
    if (containers.has(container)) return;
    containers.add(container);
    if ("occupied" in container) for (const [, slot] of container.occupied()) visit(slot);
    else container.slots.forEach(visit);
  };

  if (k.rootCNode !== null) open(k.rootCNode);
  for (const tcb of k.threads) open(tcb);
  k.irqs.slots.forEach(visit);
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    visit(slot.prev);
    visit(slot.next);
    const { cap } = slot;
    if (cap.type === CapTag.cnode || cap.type === CapTag.thread || cap.type === CapTag.zombie) open(cap.object);
  }
  return found;
}
