/**
 * A snapshot: what exists in a kernel at one moment, as plain data.
 *
 * It holds no reference into the kernel, so it can be kept, compared field by field, written as JSON and sent elsewhere.
 * Everything is in a fixed order (objects by id, capabilities by home and slot), and the same run gives the same
 * snapshot at the same event. An id names one object for ever, as in the trace; 0 stands for "none". An object that is
 * listed has at least one capability: without one it has ended. Times are ticks of 100 ns, sizes bytes.
 */
import type { CapTag } from "@tessera/libsel4/abi";
import type { ThreadState } from "../threads/tcb.js";

/** What a kernel holds: `kernel.snapshot()`. */
export interface KernelSnapshot {
  readonly tick: number;
  /** Kernel entries so far: `run({ events })` from the start leads here again. */
  readonly events: number;
  /** Trace records so far: what the trace holds from this number on happened later. */
  readonly records: number;
  /** The thread that runs; 0: the idle thread. */
  readonly current: number;
  /** By id, which is the order in which they were made. */
  readonly objects: readonly ObjectSnapshot[];
  /** Every slot that holds something, by home and index. */
  readonly capabilities: readonly CapabilitySnapshot[];
}

/** A kind of capability, by its name in `CapTag`. */
export type CapabilityKind = Exclude<keyof typeof CapTag, "null">;

/** Where a capability is: slot `index` of the CNode or TCB with the id `home`; home 0 is the table of interrupts. */
export interface SlotAddress {
  readonly home: number;
  readonly index: number;
}

/** A capability in its slot. */
export interface CapabilitySnapshot extends SlotAddress {
  readonly kind: CapabilityKind;
  /** The object; 0 for kinds that have none. */
  readonly object: number;
  /** Of "RWGP" (read, write, grant, grant reply) those that it has; empty for kinds without rights. */
  readonly rights: string;
  /** All 64 bits in hexadecimal; "0x0": none. */
  readonly badge: string;
  /** What it was derived from; null: it was there at boot, or its parent is gone. */
  readonly parent: SlotAddress | null;
  /** Of a CNode: the bits that an address must have in front of the slot's number. */
  readonly guard: { readonly bits: number; readonly value: string } | null;
  /** Of a frame or page table: where it says that it is mapped. The object's own entry says what is true. */
  readonly mapping: { readonly asid: number; readonly vaddr: number } | null;
  /** Of an IRQ handler: the number of its interrupt; else 0. */
  readonly irq: number;
}

/** What objects of every kind have. */
interface Common<Kind extends CapabilityKind> {
  readonly id: number;
  readonly kind: Kind;
  /** The name it was given, a thread's, or what belongs to a thread by that: "client.cspace/7"; else empty. */
  readonly name: string;
  readonly paddr: number;
  readonly bytes: number;
  /** The untyped that it was made of; 0: made at boot, or that untyped's capability is gone. */
  readonly untyped: number;
}

/** Untyped memory: how far it is used, and what was made of it. */
export interface UntypedSnapshot extends Common<"untyped"> {
  readonly isDevice: boolean;
  /** Bytes from its start that are given out: the watermark. 0 when it has no children. */
  readonly usedBytes: number;
  /** Bytes behind them. */
  readonly freeBytes: number;
}

/** A frame, and where it is mapped. */
export interface FrameSnapshot extends Common<"frame"> {
  readonly isDevice: boolean;
  /** Where page tables really show it. */
  readonly mappings: readonly MappingSnapshot[];
}

/** A frame in a VSpace, and what user mode may do there: of "RWX" the letters that hold. */
export interface MappingSnapshot {
  readonly asid: number;
  /** The VSpace's root. */
  readonly vspace: number;
  readonly vaddr: number;
  readonly access: string;
}

/** A page table, and where in an address space it hangs. */
export interface PageTableSnapshot extends Common<"pageTable"> {
  /** The address space that it is in; 0: in none. */
  readonly asid: number;
  /** That address space's root, which may be itself; 0: in none. */
  readonly vspace: number;
  /** The first address that it translates. */
  readonly vaddr: number;
}

/** A pool of address space identifiers. */
export interface AsidPoolSnapshot extends Common<"asidPool"> {
  /** Its ASIDs that have a VSpace. */
  readonly asids: readonly number[];
}

/** A CNode, and how full it is. */
export interface CNodeSnapshot extends Common<"cnode"> {
  readonly slots: number;
  /** Slots that hold something. */
  readonly usedSlots: number;
}

/** A thread: its state, what it waits for, and whose time it runs on. */
export interface ThreadSnapshot extends Common<"thread"> {
  /** The program that it started last, by its name in the image. */
  readonly program: string;
  readonly state: keyof typeof ThreadState;
  readonly priority: number;
  /** The highest priority that it may give to another. */
  readonly maxPriority: number;
  readonly domain: number;
  /** The scheduling context that it runs on, its own or a lent one. */
  readonly schedContext: number;
  /** The endpoint or notification in whose queue it waits. */
  readonly blockedOn: number;
  /** The reply object that it supplied, or that is to wake it. */
  readonly reply: number;
  readonly boundNotification: number;
  /** The fault whose answer it waits for, by its name; empty: none. */
  readonly fault: string;
}

/** A scheduling context: its budget, and who runs on it. */
export interface SchedContextSnapshot extends Common<"schedContext"> {
  /** Who runs on it. */
  readonly thread: number;
  readonly notification: number;
  /** The newest reply object along which it was lent. */
  readonly reply: number;
  /** 0: round robin. */
  readonly periodTicks: number;
  /** What its refills add up to; 0: not configured. */
  readonly budgetTicks: number;
  readonly refills: readonly { readonly tick: number; readonly ticks: number }[];
  readonly isSporadic: boolean;
  readonly badge: string;
}

/** A reply object: whose answer it is. */
export interface ReplySnapshot extends Common<"reply"> {
  /** The caller that it is to wake, or the receiver that supplied it. */
  readonly thread: number;
  /** The older reply below it on a stack. */
  readonly below: number;
  /** The scheduling context that goes back through it first. */
  readonly schedContext: number;
}

/** An endpoint and its queue. */
export interface EndpointSnapshot extends Common<"endpoint"> {
  /** Threads that wait here, the next one first. */
  readonly queue: readonly number[];
}

/** A notification: its word, its queue, the thread that it is bound to. */
export interface NotificationSnapshot extends Common<"notification"> {
  readonly queue: readonly number[];
  /** Signals that nobody has taken; "0x0": none. */
  readonly word: string;
  readonly boundThread: number;
  readonly schedContext: number;
}

/** An object of the kernel, told by `kind`. */
export type ObjectSnapshot =
  | UntypedSnapshot
  | FrameSnapshot
  | PageTableSnapshot
  | AsidPoolSnapshot
  | CNodeSnapshot
  | ThreadSnapshot
  | SchedContextSnapshot
  | ReplySnapshot
  | EndpointSnapshot
  | NotificationSnapshot;

/** A kind of object. */
export type ObjectKind = ObjectSnapshot["kind"];
