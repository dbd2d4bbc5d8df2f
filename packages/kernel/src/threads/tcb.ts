/**
 * A thread: registers in its own memory, five capability slots, a state, and its places in queues.
 *
 * A thread is in at most one of: a ready queue, the release queue, an endpoint's queue, a notification's queue.
 * It can be picked to run when its state is Running or Restart, it has a configured scheduling context and it is
 * not in the release queue. What it remembers while blocked (`blockedOn`, `badge`, `canGrant`…) is valid only in
 * the states named there.
 */
import type { Context } from "@tessera/hal-sim";
import { type Cap, nullCap } from "../caps/cap.js";
import { Slot } from "../caps/slot.js";
import { TCB_SLOTS } from "../config.js";
import type { Endpoint } from "../ipc/endpoint.js";
import type { Notification } from "../ipc/notification.js";
import type { Reply } from "../ipc/reply.js";
import { KernelAssertion } from "../model/assert.js";
import { KernelObject } from "../model/kernel-object.js";
import type { SchedContext } from "../time/sched-context.js";
import type { Fault } from "./fault.js";

/** What a thread is doing, as its TCB says. */
export const ThreadState = {
  /** Stopped until resumed. */
  Inactive: 0,
  /** Goes on at NextIP. */
  Running: 1,
  /** Executes the trapping instruction again. */
  Restart: 2,
  BlockedOnReceive: 3,
  BlockedOnSend: 4,
  BlockedOnReply: 5,
  BlockedOnNotification: 6,
} as const;
/** A value of `ThreadState`. */
export type ThreadState = (typeof ThreadState)[keyof typeof ThreadState];

/** Indexes of a TCB's capability slots. */
export const TcbSlot = { CSpace: 0, VSpace: 1, Buffer: 2, FaultHandler: 3, TimeoutHandler: 4 } as const;

/** log2 bytes a TCB takes from its untyped; the register file lies in the first of them. */
const TCB_BITS = 11;

export class Tcb extends KernelObject {
  readonly context: Context;
  /** Word index of the register file. */
  readonly regs: number;
  readonly cspace: Slot = new Slot(this, TcbSlot.CSpace);
  readonly vspace: Slot = new Slot(this, TcbSlot.VSpace);
  /** Many threads have nothing in these: they are made when first touched. */
  private buffer: Slot | null = null;
  private faultHandler: Slot | null = null;
  private timeoutHandler: Slot | null = null;

  state: ThreadState = ThreadState.Inactive;
  priority = 0;
  /** The highest priority this thread may give to another. */
  mcp = 0;
  domain: number;
  flags = 0;
  /** The address the thread says its IPC buffer has; its offset in the buffer frame is what counts. */
  bufferLo = 0;
  bufferHi = 0;

  /** The scheduling context it runs on, its own or a donated one. */
  sc: SchedContext | null = null;
  /** The scheduling context it has yielded to and whose consumed time it still has to be told. */
  yieldTo: SchedContext | null = null;
  boundNotification: Notification | null = null;
  /** The fault it waits to have answered. */
  fault: Fault | null = null;

  /** BlockedOnSend, BlockedOnReceive, BlockedOnNotification: whose queue it is in. */
  blockedOn: Endpoint | Notification | null = null;
  /** BlockedOnReceive: the reply object it supplied. BlockedOnReply: the one that is to wake it. */
  reply: Reply | null = null;
  /** BlockedOnSend: what the capability it sends through carries. */
  badgeLo = 0;
  badgeHi = 0;
  canGrant = false;
  canGrantReply = false;
  isCall = false;

  /** Links in an endpoint's or notification's queue. */
  waitPrev: Tcb | null = null;
  waitNext: Tcb | null = null;
  /** Links in a ready queue or the release queue. */
  schedPrev: Tcb | null = null;
  schedNext: Tcb | null = null;
  inReadyQueue = false;
  inReleaseQueue = false;

  constructor(id: number, paddr: number, context: Context, domain: number, name: string) {
    super(id, paddr);
    this.context = context;
    this.regs = context.regs;
    this.domain = domain;
    context.name = name;
  }

  /** What people call it (object-name.ts). */
  get name(): string {
    return this.context.name;
  }

  get sizeBits(): number {
    return TCB_BITS;
  }

  /** Number of capability slots, so that a TCB's zombie is cleared like a CNode's. */
  get size(): number {
    return TCB_SLOTS;
  }

  slot(index: number): Slot {
    return this.made(index) ?? this.make(index);
  }

  /** The capability in slot `index`, for who only looks: an untouched slot is not made. */
  cap(index: number): Cap {
    const slot = this.made(index);
    return slot === null ? nullCap : slot.cap;
  }

  /** Slot `index`, null while it was never touched. */
  made(index: number): Slot | null {
    switch (index) {
      case TcbSlot.CSpace:
        return this.cspace;
      case TcbSlot.VSpace:
        return this.vspace;
      case TcbSlot.Buffer:
        return this.buffer;
      case TcbSlot.FaultHandler:
        return this.faultHandler;
      case TcbSlot.TimeoutHandler:
        return this.timeoutHandler;
      default:
        throw new KernelAssertion("the kernel expected: a TCB has five slots");
    }
  }

  private make(index: number): Slot {
    const slot = new Slot(this, index);
    if (index === TcbSlot.Buffer) this.buffer = slot;
    else if (index === TcbSlot.FaultHandler) this.faultHandler = slot;
    else this.timeoutHandler = slot;
    return slot;
  }
}

export function isRunnable(tcb: Tcb): boolean {
  return tcb.state === ThreadState.Running || tcb.state === ThreadState.Restart;
}

/** Blocked in IPC, as opposed to runnable or stopped. */
export function isBlocked(tcb: Tcb): boolean {
  return tcb.state >= ThreadState.BlockedOnReceive;
}
