/**
 * A capability: an immutable value that names an object and what its holder may do with it.
 *
 * Every kind has the same shape in memory (one hidden class, so that looking at a capability is one load), and
 * each interface below shows only the fields that its kind has. Copying a capability shares the value; whatever
 * changes one (a badge, a mapping, an untyped's free index) puts a new value into the slot.
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { Endpoint } from "../ipc/endpoint.js";
import type { Notification } from "../ipc/notification.js";
import type { Reply } from "../ipc/reply.js";
import type { AsidPool } from "../memory/asid.js";
import type { PageTable } from "../memory/page-table.js";
import type { Region } from "../memory/region.js";
import { highOf, lowOf, wordOf } from "../model/word.js";
import type { Tcb } from "../threads/tcb.js";
import type { SchedContext } from "../time/sched-context.js";
import type { CNode } from "./cnode.js";

interface Kind<Tag extends number, Object> {
  readonly type: Tag;
  readonly object: Object;
}

/** The badge of an endpoint or notification capability, a 64-bit word. */
interface Badged {
  readonly badgeLo: number;
  readonly badgeHi: number;
}

export type NullCap = Kind<typeof CapTag.null, null>;
/** `rights`: the bits of seL4_CapRights. */
export interface EndpointCap extends Kind<typeof CapTag.endpoint, Endpoint>, Badged {
  readonly rights: number;
}
export interface NotificationCap extends Kind<typeof CapTag.notification, Notification>, Badged {
  readonly rights: number;
}
/** `rights`: Grant or nothing. */
export interface ReplyCap extends Kind<typeof CapTag.reply, Reply> {
  readonly rights: number;
}
export interface CNodeCap extends Kind<typeof CapTag.cnode, CNode> {
  readonly guardLo: number;
  readonly guardHi: number;
  readonly guardSize: number;
}
export type TcbCap = Kind<typeof CapTag.thread, Tcb>;
export type SchedContextCap = Kind<typeof CapTag.schedContext, SchedContext>;
/** `freeOffset`: bytes from the start of the region that are given out; the whole size when it is full. */
export interface UntypedCap extends Kind<typeof CapTag.untyped, Region> {
  readonly freeOffset: number;
}
/** `rights`: what the holder may map (VmRights). `asid` 0 = not mapped, else `vaddr` says where. */
export interface FrameCap extends Kind<typeof CapTag.frame, Region> {
  readonly rights: number;
  readonly asid: number;
  readonly vaddr: number;
}
/** `asid` 0 = neither a VSpace root nor mapped in one. */
export interface PageTableCap extends Kind<typeof CapTag.pageTable, PageTable> {
  readonly asid: number;
  readonly vaddr: number;
}
export type AsidPoolCap = Kind<typeof CapTag.asidPool, AsidPool>;
export type AsidControlCap = Kind<typeof CapTag.asidControl, null>;
export type IrqControlCap = Kind<typeof CapTag.irqControl, null>;
export interface IrqHandlerCap extends Kind<typeof CapTag.irqHandler, null> {
  readonly irq: number;
}
export type DomainCap = Kind<typeof CapTag.domain, null>;
export type SchedControlCap = Kind<typeof CapTag.schedControl, null>;
/** What is left of a CNode or TCB while its slots are being cleared: `remaining` of them still are to be. */
export interface ZombieCap extends Kind<typeof CapTag.zombie, CNode | Tcb> {
  readonly remaining: number;
}

export type Cap =
  | NullCap
  | EndpointCap
  | NotificationCap
  | ReplyCap
  | CNodeCap
  | TcbCap
  | SchedContextCap
  | UntypedCap
  | FrameCap
  | PageTableCap
  | AsidPoolCap
  | AsidControlCap
  | IrqControlCap
  | IrqHandlerCap
  | DomainCap
  | SchedControlCap
  | ZombieCap;

const TYPE_MASK = 0xff;
const RIGHTS_SHIFT = 8;
const RIGHTS_MASK = 0xf;
const DETAIL_SHIFT = 12;

/**
 * The one shape behind all of them: there may be millions, so it has as few fields as any kind needs, each an int32 or an
 * object. `word`: type, rights and a small number. `lo` and `hi`: 64 bits.
 */
class CapShape {
  private readonly word: number;
  readonly object: unknown;
  private readonly lo: number;
  private readonly hi: number;

  constructor(word: number, object: unknown, lo: number, hi: number) {
    this.word = word;
    this.object = object;
    this.lo = lo;
    this.hi = hi;
  }

  get type(): number {
    return this.word & TYPE_MASK;
  }
  get rights(): number {
    return (this.word >>> RIGHTS_SHIFT) & RIGHTS_MASK;
  }
  get badgeLo(): number {
    return this.lo;
  }
  get badgeHi(): number {
    return this.hi;
  }
  get guardLo(): number {
    return this.lo;
  }
  get guardHi(): number {
    return this.hi;
  }
  get guardSize(): number {
    return this.word >>> DETAIL_SHIFT;
  }
  get freeOffset(): number {
    return wordOf(this.lo, this.hi);
  }
  get vaddr(): number {
    return wordOf(this.lo, this.hi);
  }
  get asid(): number {
    return this.word >>> DETAIL_SHIFT;
  }
  get irq(): number {
    return this.word >>> DETAIL_SHIFT;
  }
  get remaining(): number {
    return this.lo;
  }
}

function make<C extends Cap>(type: number, object: unknown, rights = 0, detail = 0, lo = 0, hi = 0): C {
  const word = type | (rights << RIGHTS_SHIFT) | (detail << DETAIL_SHIFT);
  return new CapShape(word, object, lo, hi) as unknown as C;
}

export const nullCap: NullCap = make(CapTag.null, null);
export const asidControlCap: AsidControlCap = make(CapTag.asidControl, null);
export const irqControlCap: IrqControlCap = make(CapTag.irqControl, null);
export const domainCap: DomainCap = make(CapTag.domain, null);
export const schedControlCap: SchedControlCap = make(CapTag.schedControl, null);

export function endpointCap(object: Endpoint, rights: number, badgeLo: number, badgeHi: number): EndpointCap {
  return make(CapTag.endpoint, object, rights, 0, badgeLo, badgeHi);
}
export function notificationCap(object: Notification, rights: number, badgeLo: number, badgeHi: number) {
  return make<NotificationCap>(CapTag.notification, object, rights, 0, badgeLo, badgeHi);
}
export function replyCap(object: Reply, rights: number): ReplyCap {
  return make(CapTag.reply, object, rights);
}
export function cnodeCap(object: CNode, guardSize: number, guardLo: number, guardHi: number): CNodeCap {
  return make(CapTag.cnode, object, 0, guardSize, guardLo, guardHi);
}
export function tcbCap(object: Tcb): TcbCap {
  return make(CapTag.thread, object);
}
export function schedContextCap(object: SchedContext): SchedContextCap {
  return make(CapTag.schedContext, object);
}
export function untypedCap(region: Region, freeOffset: number): UntypedCap {
  return make(CapTag.untyped, region, 0, 0, lowOf(freeOffset), highOf(freeOffset));
}
export function frameCap(region: Region, rights: number, asid: number, vaddr: number): FrameCap {
  return make(CapTag.frame, region, rights, asid, lowOf(vaddr), highOf(vaddr));
}
export function pageTableCap(object: PageTable, asid: number, vaddr: number): PageTableCap {
  return make(CapTag.pageTable, object, 0, asid, lowOf(vaddr), highOf(vaddr));
}
export function asidPoolCap(object: AsidPool): AsidPoolCap {
  return make(CapTag.asidPool, object);
}
export function irqHandlerCap(irq: number): IrqHandlerCap {
  return make(CapTag.irqHandler, null, 0, irq);
}
export function zombieCap(object: CNode | Tcb, remaining: number): ZombieCap {
  return make(CapTag.zombie, object, 0, 0, remaining);
}
