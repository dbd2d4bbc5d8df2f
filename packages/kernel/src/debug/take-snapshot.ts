/**
 * Taking a snapshot: one walk over the derivation lists, which every capability is in. Read only, and nothing of it is
 * kept up while the kernel runs, so that who takes none pays nothing.
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { Cap } from "../caps/cap.js";
import { isParentOf } from "../caps/mdb.js";
import { Right, VmRights } from "../caps/rights.js";
import type { Slot } from "../caps/slot.js";
import { usedBytes } from "../memory/untyped.js";
import type { KernelState } from "../model/state.js";
import { hexPair } from "../model/word-text.js";
import { reachableSlots } from "./reachable.js";
import type { CapabilityKind, CapabilitySnapshot, KernelSnapshot, ObjectSnapshot, SlotAddress } from "./snapshot.js";
import { nameObjects } from "./snapshot-names.js";
import { describeObject, type ObjectFacts } from "./snapshot-objects.js";

export function takeSnapshot(k: KernelState): KernelSnapshot {
  const facts = new Map<number, ObjectFacts>();
  const capabilities: CapabilitySnapshot[] = [];
  for (const slot of reachableSlots(k)) if (slot.prev === null) walkList(slot, facts, capabilities);
  capabilities.sort((a, b) => a.home - b.home || a.index - b.index);

  const names = nameObjects(k, capabilities);
  const objects: ObjectSnapshot[] = [];
  for (const id of [...facts.keys()].sort((a, b) => a - b)) {
    objects.push(describeObject(k, facts.get(id) as ObjectFacts, names.get(id) ?? ""));
  }
  return {
    tick: k.clock.ticks,
    events: k.machine.events,
    records: k.trace.count,
    current: k.current === null ? 0 : k.current.id,
    objects,
    capabilities,
  };
}

/** One derivation list from its head: the ancestors of each slot are those on the stack. */
function walkList(head: Slot, facts: Map<number, ObjectFacts>, capabilities: CapabilitySnapshot[]): void {
  const ancestors: Slot[] = [];
  for (let slot: Slot | null = head; slot !== null; slot = slot.next) {
    while (ancestors.length > 0 && !isParentOf(ancestors.at(-1) as Slot, slot)) ancestors.pop();
    capabilities.push(describeCapability(slot, ancestors.at(-1) ?? null));
    gatherFacts(slot, ancestors, facts);
    ancestors.push(slot);
  }
}

/** What capabilities know of their objects and objects do not. */
function gatherFacts(slot: Slot, ancestors: readonly Slot[], facts: Map<number, ObjectFacts>): void {
  const { cap } = slot;
  if (cap.object === null) return;
  let about = facts.get(cap.object.id);
  if (about === undefined) {
    about = { cap, untyped: untypedAmong(ancestors, cap), usedBytes: Infinity, mapped: [] };
    facts.set(cap.object.id, about);
  }
  // Of two capabilities to the same untyped one is full, so that the other alone can give memory out.
  if (cap.type === CapTag.untyped) about.usedBytes = Math.min(about.usedBytes, usedBytes(slot, cap));
  if ((cap.type === CapTag.frame || cap.type === CapTag.pageTable) && cap.asid !== 0) about.mapped.push(cap);
}

/** The id of the nearest untyped that is not the object itself, or 0. */
function untypedAmong(ancestors: readonly Slot[], { object }: Cap): number {
  for (let i = ancestors.length - 1; i >= 0; i--) {
    const { cap } = ancestors[i] as Slot;
    if (cap.type === CapTag.untyped && cap.object !== object) return cap.object.id;
  }
  return 0;
}

const KINDS = new Map(Object.entries(CapTag).map(([kind, tag]) => [tag as number, kind as CapabilityKind]));

function describeCapability(slot: Slot, parent: Slot | null): CapabilitySnapshot {
  const { cap, home, index } = slot;
  // Written out field by field: spreading costs ten times as much, and there may be many thousands.
  return {
    home: home === null ? 0 : home.id,
    index,
    kind: KINDS.get(cap.type) as CapabilityKind,
    object: cap.object === null ? 0 : cap.object.id,
    rights: rightsOf(cap),
    badge: badgeOf(cap),
    parent: parent === null ? null : addressOf(parent),
    guard: cap.type === CapTag.cnode ? { bits: cap.guardSize, value: hexPair(cap.guardLo, cap.guardHi) } : null,
    mapping: mappingOf(cap),
    irq: cap.type === CapTag.irqHandler ? cap.irq : 0,
  };
}

function addressOf({ home, index }: Slot): SlotAddress {
  return { home: home === null ? 0 : home.id, index };
}

function badgeOf(cap: Cap): string {
  return cap.type === CapTag.endpoint || cap.type === CapTag.notification ? hexPair(cap.badgeLo, cap.badgeHi) : "0x0";
}

function mappingOf(cap: Cap): CapabilitySnapshot["mapping"] {
  const isMapped = (cap.type === CapTag.frame || cap.type === CapTag.pageTable) && cap.asid !== 0;
  return isMapped ? { asid: cap.asid, vaddr: cap.vaddr } : null;
}

function rightsOf(cap: Cap): string {
  switch (cap.type) {
    case CapTag.endpoint:
    case CapTag.notification:
    case CapTag.reply: {
      const has = (right: number, letter: string): string => ((cap.rights & right) === 0 ? "" : letter);
      return `${has(Right.Read, "R")}${has(Right.Write, "W")}${has(Right.Grant, "G")}${has(Right.GrantReply, "P")}`;
    }
    case CapTag.frame:
      if (cap.rights === VmRights.KernelOnly) return "";
      return cap.rights === VmRights.ReadOnly ? "R" : "RW";
    default:
      return "";
  }
}
