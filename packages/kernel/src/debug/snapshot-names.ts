/**
 * The names in a snapshot: those that were given, threads by theirs, what belongs to one thread by that, CNodes below a
 * CSpace root by the way to them ("client.cspace/7"). Unlike the names in explanations these do not look through the
 * trace, which would be long work.
 */
import type { KernelState } from "../model/state.js";
import { type Tcb, TcbSlot } from "../threads/tcb.js";
import type { CapabilitySnapshot } from "./snapshot.js";

/** Names by id. What two threads share is called after the older one. */
export function nameObjects(k: KernelState, capabilities: readonly CapabilitySnapshot[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const { object } of capabilities) {
    const given = k.trace.nameOf(object);
    if (given !== "") names.set(object, given);
  }
  for (const tcb of k.threads) nameOwned(tcb, names);
  nameNestedCNodes(capabilities, names);
  return names;
}

function nameOwned(tcb: Tcb, names: Map<number, string>): void {
  const name = (id: number | undefined, text: string): void => {
    if (id !== undefined && !names.has(id)) names.set(id, text);
  };
  name(tcb.id, tcb.name);
  name(tcb.slot(TcbSlot.CSpace).cap.object?.id, `${tcb.name}.cspace`);
  name(tcb.slot(TcbSlot.VSpace).cap.object?.id, `${tcb.name}.vspace`);
  name(tcb.cap(TcbSlot.Buffer).object?.id, `${tcb.name}.buffer`);
  name(tcb.sc?.id, `${tcb.name}.sc`);
}

/** From the named CNodes down, breadth first, so that a CNode is called by the shortest way to it. */
function nameNestedCNodes(capabilities: readonly CapabilitySnapshot[], names: Map<number, string>): void {
  const inside = new Map<number, CapabilitySnapshot[]>();
  for (const cap of capabilities) {
    if (cap.kind !== "cnode") continue;
    const known = inside.get(cap.home);
    if (known === undefined) inside.set(cap.home, [cap]);
    else known.push(cap);
  }
  const pending = [...names.keys()].filter((id) => inside.has(id));
  for (const home of pending) {
    for (const { object, index } of inside.get(home) ?? []) {
      if (names.has(object)) continue;
      names.set(object, `${names.get(home)}/${index}`);
      pending.push(object);
    }
  }
}
