/**
 * What a snapshot says of an object, by its kind. Records are written out field by field, also those that all kinds have:
 * spreading costs ten times as much, and there may be many thousands.
 */
import { CapTag, faultName } from "@tessera/libsel4/abi";
import type { Cap, FrameCap, PageTableCap } from "../caps/cap.js";
import type { CNode } from "../caps/cnode.js";
import { ASIDS_PER_POOL } from "../config.js";
import type { Endpoint } from "../ipc/endpoint.js";
import type { Notification } from "../ipc/notification.js";
import type { Reply } from "../ipc/reply.js";
import { type AsidPool, findRoot } from "../memory/asid.js";
import {
  accessOf,
  entryOf,
  INDEX_BITS,
  isLeaf,
  isPointer,
  PAGE_BITS,
  type PageTable,
  ROOT_ENTRY_BITS,
  targetOf,
  walk,
} from "../memory/page-table.js";
import type { Region } from "../memory/region.js";
import { KernelAssertion } from "../model/assert.js";
import type { KernelState } from "../model/state.js";
import { hexPair } from "../model/word-text.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import type { SchedContext } from "../time/sched-context.js";
import type {
  AsidPoolSnapshot,
  CNodeSnapshot,
  EndpointSnapshot,
  FrameSnapshot,
  MappingSnapshot,
  NotificationSnapshot,
  ObjectSnapshot,
  PageTableSnapshot,
  ReplySnapshot,
  SchedContextSnapshot,
  ThreadSnapshot,
  UntypedSnapshot,
} from "./snapshot.js";

/** What the capabilities to one object tell of it. */
export interface ObjectFacts {
  /** The first of them. */
  readonly cap: Cap;
  /** The untyped it was made of, or 0. */
  readonly untyped: number;
  /** Of an untyped: bytes given out. */
  usedBytes: number;
  /** Those of a frame or page table that say they are mapped. */
  readonly mapped: (FrameCap | PageTableCap)[];
}

export function describeObject(k: KernelState, facts: ObjectFacts, name: string): ObjectSnapshot {
  const { cap } = facts;
  switch (cap.type) {
    case CapTag.untyped:
      return describeUntyped(cap.object, facts, name);
    case CapTag.frame:
      return describeFrame(k, cap.object, facts, name);
    case CapTag.pageTable:
      return describePageTable(k, cap.object, facts, name);
    case CapTag.asidPool:
      return describePool(k, cap.object, facts, name);
    case CapTag.cnode:
      return describeCNode(cap.object, facts, name);
    case CapTag.thread:
      return describeThread(cap.object, facts, name);
    case CapTag.zombie:
      return "occupied" in cap.object
        ? describeCNode(cap.object, facts, name)
        : describeThread(cap.object, facts, name);
    case CapTag.schedContext:
      return describeSchedContext(cap.object, facts, name);
    case CapTag.reply:
      return describeReply(cap.object, facts, name);
    case CapTag.endpoint:
      return describeEndpoint(cap.object, facts, name);
    case CapTag.notification:
      return describeNotification(cap.object, facts, name);
    default:
      throw new KernelAssertion(`the kernel expected: a capability of type ${cap.type} has no object`);
  }
}

function describeUntyped(region: Region, facts: ObjectFacts, name: string): UntypedSnapshot {
  const { usedBytes } = facts;
  const { isDevice, sizeBits } = region;
  return {
    id: region.id,
    kind: "untyped",
    name,
    paddr: region.paddr,
    bytes: 2 ** region.sizeBits,
    untyped: facts.untyped,
    isDevice,
    usedBytes,
    freeBytes: 2 ** sizeBits - usedBytes,
  };
}

function describeFrame(k: KernelState, region: Region, facts: ObjectFacts, name: string): FrameSnapshot {
  const mappings = facts.mapped
    .map((cap) => liveMapping(k, region, cap))
    .filter((mapping) => mapping !== null)
    .sort((a, b) => a.asid - b.asid || a.vaddr - b.vaddr);
  return {
    id: region.id,
    kind: "frame",
    name,
    paddr: region.paddr,
    bytes: 2 ** region.sizeBits,
    untyped: facts.untyped,
    isDevice: region.isDevice,
    mappings,
  };
}

/** Where `cap` says that its frame is mapped, if the page tables still say so. */
function liveMapping(k: KernelState, region: Region, { asid, vaddr }: FrameCap | PageTableCap): MappingSnapshot | null {
  const root = findRoot(k, asid);
  if (root === null) return null;
  const { entry, bits } = walk(k, root.paddr, vaddr);
  if (bits !== region.sizeBits || !isLeaf(k, entry) || targetOf(k, entry) !== region.paddr) return null;
  return { asid, vspace: root.id, vaddr, access: accessOf(k, entry) };
}

function describePageTable(k: KernelState, table: PageTable, facts: ObjectFacts, name: string): PageTableSnapshot {
  const place = facts.mapped.find((cap) => isLinked(k, table, cap));
  const root = place === undefined ? null : findRoot(k, place.asid);
  return {
    id: table.id,
    kind: "pageTable",
    name,
    paddr: table.paddr,
    bytes: 2 ** table.sizeBits,
    untyped: facts.untyped,
    asid: place === undefined ? 0 : place.asid,
    vspace: root === null ? 0 : root.id,
    vaddr: place === undefined ? 0 : place.vaddr,
  };
}

/** Whether `table` is the root of the ASID that `cap` names, or linked below it. */
function isLinked(k: KernelState, table: PageTable, { asid, vaddr }: FrameCap | PageTableCap): boolean {
  const root = findRoot(k, asid);
  if (root === null || root === table) return root === table;
  let at = root.paddr;
  for (let bits = ROOT_ENTRY_BITS; bits > PAGE_BITS; bits -= INDEX_BITS) {
    const entry = entryOf(k, at, vaddr, bits);
    if (!isPointer(k, entry)) return false;
    at = targetOf(k, entry);
    if (at === table.paddr) return true;
  }
  return false;
}

function describePool(k: KernelState, pool: AsidPool, facts: ObjectFacts, name: string): AsidPoolSnapshot {
  const asids: number[] = [];
  for (let i = 0; i < ASIDS_PER_POOL && k.asidPools[pool.number] === pool; i++) {
    if (pool.root(i) !== null) asids.push(pool.number * ASIDS_PER_POOL + i);
  }
  return {
    id: pool.id,
    kind: "asidPool",
    name,
    paddr: pool.paddr,
    bytes: 2 ** pool.sizeBits,
    untyped: facts.untyped,
    asids,
  };
}

function describeCNode(cnode: CNode, facts: ObjectFacts, name: string): CNodeSnapshot {
  let usedSlots = 0;
  for (const _ of cnode.occupied()) usedSlots += 1;
  return {
    id: cnode.id,
    kind: "cnode",
    name,
    paddr: cnode.paddr,
    bytes: 2 ** cnode.sizeBits,
    untyped: facts.untyped,
    slots: cnode.size,
    usedSlots,
  };
}

const STATES = new Map(Object.entries(ThreadState).map(([name, state]) => [state, name as keyof typeof ThreadState]));

function describeThread(tcb: Tcb, facts: ObjectFacts, name: string): ThreadSnapshot {
  return {
    id: tcb.id,
    kind: "thread",
    name: name === "" ? tcb.name : name,
    paddr: tcb.paddr,
    bytes: 2 ** tcb.sizeBits,
    untyped: facts.untyped,
    program: tcb.context.programName,
    state: STATES.get(tcb.state) as keyof typeof ThreadState,
    priority: tcb.priority,
    maxPriority: tcb.mcp,
    domain: tcb.domain,
    schedContext: idOf(tcb.sc),
    blockedOn: idOf(tcb.blockedOn),
    reply: idOf(tcb.reply),
    boundNotification: idOf(tcb.boundNotification),
    fault: tcb.fault === null ? "" : faultName(tcb.fault.tag),
  };
}

function describeSchedContext(sc: SchedContext, facts: ObjectFacts, name: string): SchedContextSnapshot {
  const { refills } = sc;
  const isOn = refills.isConfigured;
  const list = Array.from({ length: isOn ? refills.length : 0 }, (_, i) => {
    const [tick, ticks] = refills.at(i);
    return { tick, ticks };
  });
  return {
    id: sc.id,
    kind: "schedContext",
    name,
    paddr: sc.paddr,
    bytes: 2 ** sc.sizeBits,
    untyped: facts.untyped,
    thread: idOf(sc.tcb),
    notification: idOf(sc.notification),
    reply: idOf(sc.replyHead),
    periodTicks: isOn ? refills.period : 0,
    budgetTicks: list.reduce((sum, { ticks }) => sum + ticks, 0),
    refills: list,
    isSporadic: sc.isSporadic,
    badge: hexPair(sc.badgeLo, sc.badgeHi),
  };
}

function describeReply(reply: Reply, facts: ObjectFacts, name: string): ReplySnapshot {
  return {
    id: reply.id,
    kind: "reply",
    name,
    paddr: reply.paddr,
    bytes: 2 ** reply.sizeBits,
    untyped: facts.untyped,
    thread: idOf(reply.tcb),
    below: idOf(reply.prev),
    schedContext: idOf(reply.nextSc),
  };
}

function describeEndpoint(endpoint: Endpoint, facts: ObjectFacts, name: string): EndpointSnapshot {
  return {
    id: endpoint.id,
    kind: "endpoint",
    name,
    paddr: endpoint.paddr,
    bytes: 2 ** endpoint.sizeBits,
    untyped: facts.untyped,
    queue: Array.from(endpoint.queue.threads(), idOf),
  };
}

function describeNotification(notification: Notification, facts: ObjectFacts, name: string): NotificationSnapshot {
  const { isActive, wordLo, wordHi } = notification;
  return {
    id: notification.id,
    kind: "notification",
    name,
    paddr: notification.paddr,
    bytes: 2 ** notification.sizeBits,
    untyped: facts.untyped,
    queue: Array.from(notification.queue.threads(), idOf),
    word: isActive ? hexPair(wordLo, wordHi) : "0x0",
    boundThread: idOf(notification.boundTcb),
    schedContext: idOf(notification.sc),
  };
}

function idOf(object: { readonly id: number } | null): number {
  return object === null ? 0 : object.id;
}
