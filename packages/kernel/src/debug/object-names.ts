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

export class ObjectNames {
  private readonly k: KernelState;
  /** Who made an object, by its id; looked for in the trace once. */
  private readonly makers = new Map<number, string>();

  constructor(k: KernelState) {
    this.k = k;
  }

  /** An object by its id and the tag of a capability to it. */
  object(tag: number, id: number): string {
    const owned = this.owned(id);
    if (owned !== null) return owned;
    if (id === 0) return capKind(tag);
    const maker = this.makerOf(id);
    return `${capKind(tag)} ${id}${maker === "" ? "" : ` of \`${maker}\``}`;
  }

  /** A capability with its badge and rights. */
  cap(cap: Cap): string {
    const name = this.object(cap.type, cap.object?.id ?? 0);
    if (cap.type !== CapTag.endpoint && cap.type !== CapTag.notification) return name;
    const badge = hexPair(cap.badgeLo, cap.badgeHi);
    return `${name}${badge === "0x0" ? "" : ` with badge ${badge}`} (rights: ${rightsName(cap.rights)})`;
  }

  /** What belongs to one thread is called after it. */
  private owned(id: number): string | null {
    for (const tcb of this.k.threads) {
      if (tcb.id === id) return `TCB of \`${tcb.name}\``;
      if (tcb.slot(TcbSlot.CSpace).cap.object?.id === id) return `CNode \`${tcb.name}.cspace\``;
      if (tcb.slot(TcbSlot.VSpace).cap.object?.id === id) return `VSpace \`${tcb.name}.vspace\``;
      if (tcb.sc?.id === id) return `scheduling context of \`${tcb.name}\``;
    }
    return null;
  }

  /** The thread that made an object by Retype: the invocation recorded before its creation. */
  private makerOf(id: number): string {
    let maker = this.makers.get(id);
    if (maker === undefined) {
      maker = this.searchMaker(id);
      this.makers.set(id, maker);
    }
    return maker;
  }

  private searchMaker(id: number): string {
    const { trace } = this.k;
    let n = trace.count - 1;
    const isCreation = (at: number): boolean =>
      trace.record(at)?.kind === KernelEvent.Created && trace.record(at)?.subject === id;
    while (n >= trace.first && !isCreation(n)) n -= 1;
    while (n >= trace.first && trace.record(n)?.kind !== KernelEvent.Invoked) n -= 1;
    return trace.nameOf(trace.record(n)?.subject ?? 0);
  }
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
