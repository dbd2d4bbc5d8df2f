/**
 * Names for objects, as people know them: by the name they were given, what belongs to one thread by that thread's
 * ("client.cspace"), the rest by kind, number and whoever made it, as far as the trace remembers.
 */
import { CapTag, capKind } from "@tessera/libsel4/abi";
import type { Cap } from "../caps/cap.js";
import { Right } from "../caps/rights.js";
import { KernelEvent } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { hexPair } from "../model/word-text.js";
import { TcbSlot } from "../threads/tcb.js";

/** Makers that are remembered. */
const KEPT_MAKERS = 1024;

export class ObjectNames {
  private readonly k: KernelState;
  /** Who made an object, by its id: looking for it in the trace is long work. */
  private readonly makers = new Map<number, string>();

  constructor(k: KernelState) {
    this.k = k;
  }

  /** An object by its id and the tag of a capability to it. Long work: to be done when somebody reads it. */
  object(tag: number, id: number): string {
    if (id === 0) return capKind(tag);
    const given = tag === CapTag.thread ? "" : this.k.trace.nameOf(id);
    if (given !== "") return `${capKind(tag)} \`${given}\``;
    const owned = this.owned(id);
    if (owned !== null) return owned;
    const maker = this.makerOf(id);
    return `${capKind(tag)} ${id}${maker === "" ? "" : ` of \`${maker}\``}`;
  }

  /** A capability with what it allows. */
  cap(cap: Cap): string {
    const name = this.object(cap.type, cap.object?.id ?? 0);
    switch (cap.type) {
      case CapTag.endpoint:
      case CapTag.notification: {
        const badge = hexPair(cap.badgeLo, cap.badgeHi);
        return `${name}${badge === "0x0" ? "" : ` with badge ${badge}`} (rights: ${rightsName(cap.rights)})`;
      }
      case CapTag.untyped:
      case CapTag.frame:
        return `${name} (${2 ** cap.object.sizeBits} bytes${cap.object.isDevice ? " of a device" : ""})`;
      default:
        return name;
    }
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
    const known = this.makers.get(id);
    if (known !== undefined) return known;
    if (this.makers.size >= KEPT_MAKERS) this.makers.clear();
    const maker = this.searchMaker(id);
    this.makers.set(id, maker);
    return maker;
  }

  private searchMaker(id: number): string {
    const { trace } = this.k;
    let isMade = false;
    for (let n = trace.count - 1; n >= trace.first; n--) {
      const record = trace.record(n);
      if (isMade && record?.kind === KernelEvent.Invoked) return trace.nameOf(record.subject);
      isMade ||= record?.kind === KernelEvent.Created && record.subject === id;
    }
    return "";
  }
}

function rightsName(rights: number): string {
  const names = Object.entries(Right).filter(([name, bit]) => name !== "All" && (rights & bit) !== 0);
  return names.length === 0 ? "none" : names.map(([name]) => name).join(", ");
}
