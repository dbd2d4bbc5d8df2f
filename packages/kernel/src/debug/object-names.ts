/**
 * Names for objects, as people know them: threads by their names, what belongs to one thread by that ("client.cspace"),
 * the rest by kind, number and whoever made it, as far as the trace remembers.
 */
import { CapTag, capKind } from "@tessera/libsel4/abi";
import type { Cap } from "../caps/cap.js";
import { Right } from "../caps/rights.js";
import { KernelEvent } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { TcbSlot } from "../threads/tcb.js";

/** An object by its id and the tag of a capability to it. */
export function objectName(k: KernelState, tag: number, id: number): string {
  const owned = ownedName(k, id);
  if (owned !== null) return owned;
  if (id === 0) return capKind(tag);
  const maker = makerOf(k, id);
  return `${capKind(tag)} ${id}${maker === "" ? "" : ` of \`${maker}\``}`;
}

/** What belongs to one thread is called after it. */
function ownedName(k: KernelState, id: number): string | null {
  for (const tcb of k.threads) {
    if (tcb.id === id) return `TCB of \`${tcb.name}\``;
    if (tcb.slot(TcbSlot.CSpace).cap.object?.id === id) return `CNode \`${tcb.name}.cspace\``;
    if (tcb.slot(TcbSlot.VSpace).cap.object?.id === id) return `VSpace \`${tcb.name}.vspace\``;
    if (tcb.sc?.id === id) return `scheduling context of \`${tcb.name}\``;
  }
  return null;
}

/** The thread that made an object by Retype: the invocation recorded before its creation. */
function makerOf(k: KernelState, id: number): string {
  const { trace } = k;
  for (let n = trace.count - 1; n >= trace.first; n--) {
    const record = trace.record(n);
    if (record?.kind !== KernelEvent.Created || record.subject !== id) continue;
    for (let m = n - 1; m >= trace.first; m--) {
      const before = trace.record(m);
      if (before?.kind === KernelEvent.Invoked) return trace.nameOf(before.subject);
    }
  }
  return "";
}

/** A capability with its badge and rights. */
export function capName(k: KernelState, cap: Cap): string {
  const name = objectName(k, cap.type, cap.object?.id ?? 0);
  if (cap.type !== CapTag.endpoint && cap.type !== CapTag.notification) return name;
  const badge = hexPair(cap.badgeLo, cap.badgeHi);
  return `${name}${badge === "0x0" ? "" : ` with badge ${badge}`} (rights: ${rightsName(cap.rights)})`;
}

function rightsName(rights: number): string {
  const names = Object.entries(Right).filter(([name, bit]) => name !== "All" && (rights & bit) !== 0);
  return names.length === 0 ? "none" : names.map(([name]) => name).join(", ");
}

/** A word in hexadecimal, all 64 bits of it. */
export function hexPair(lo: number, hi: number): string {
  const low = (lo >>> 0).toString(16);
  return hi === 0 ? `0x${low}` : `0x${(hi >>> 0).toString(16)}${low.padStart(8, "0")}`;
}
