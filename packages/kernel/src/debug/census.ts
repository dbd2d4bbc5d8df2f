/**
 * Everything that exists, found in one walk that all checks share: each slot that holds a capability, and each object
 * once.
 *
 * The walk begins at the root CNode, the threads and the interrupt table. It opens every CNode and thread that it meets
 * a capability or zombie of, and the home of every slot that a derivation list leads to. What is only referred to (the
 * scheduling context of a thread whose capability is in a CNode that nothing leads to) is found last, through threads,
 * scheduling contexts, replies and notifications. Read only.
 *
 * It runs at every kernel exit when invariants are checked. So its lists are filled anew and not made anew, nothing is
 * hashed but ids, and slots need no mark: each is met in its home alone. The capabilities to one object stand together
 * in their list, so the first of them stands for the object; where they do not, check-memory.ts finds the object twice.
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { Cap, FrameCap, PageTableCap } from "../caps/cap.js";
import { CNode } from "../caps/cnode.js";
import type { Slot } from "../caps/slot.js";
import type { Endpoint } from "../ipc/endpoint.js";
import { Notification } from "../ipc/notification.js";
import type { Reply } from "../ipc/reply.js";
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";
import type { SchedContext } from "../time/sched-context.js";
import { Bag } from "./bag.js";
import { IdSet } from "./id-set.js";
import { MemoryMap } from "./memory-map.js";

export class Census {
  readonly k: KernelState;
  readonly slots = new Bag<Slot>();
  readonly threads = new Bag<Tcb>();
  readonly endpoints = new Bag<Endpoint>();
  readonly notifications = new Bag<Notification>();
  readonly replies = new Bag<Reply>();
  readonly schedContexts = new Bag<SchedContext>();
  /** Capabilities, not objects: each says for itself where it is mapped. */
  readonly frames = new Bag<FrameCap>();
  readonly pageTables = new Bag<PageTableCap>();
  readonly memory = new MemoryMap();

  /** Threads that a capability names; `threads` are those that the kernel knows. */
  readonly namedThreads = new Bag<Tcb>();
  /** So many of the lists above were found by capabilities; what stands behind them, through other objects alone. */
  namedEndpoints = 0;
  namedNotifications = 0;
  namedReplies = 0;
  namedSchedContexts = 0;
  /** 1 for each interrupt that a handler capability names. */
  readonly handledIrqs: Uint8Array;

  private readonly opened = new IdSet();
  private readonly found = new IdSet();
  private readonly cnodes = new Bag<CNode>();
  private readonly tcbs = new Bag<Tcb>();

  constructor(k: KernelState) {
    this.k = k;
    this.handledIrqs = new Uint8Array(k.irqs.max + 1);
  }

  /** Look at all of it anew. */
  take(): void {
    this.clear();
    const { k } = this;
    if (k.rootCNode !== null) this.openCNode(k.rootCNode);
    for (const tcb of k.threads) {
      this.threads.add(tcb);
      this.openTcb(tcb);
    }
    const { slots } = k.irqs;
    for (let i = 0; i < slots.length; i++) this.visit(slots[i] as Slot, null);
    this.walkHomes();
    this.namedEndpoints = this.endpoints.count;
    this.namedNotifications = this.notifications.count;
    this.namedReplies = this.replies.count;
    this.namedSchedContexts = this.schedContexts.count;
    for (let i = 0; i < this.threads.count; i++) this.follow(this.threads.items[i] as Tcb);
    for (const sc of k.schedContexts) this.addSchedContext(sc);
    this.followObjects();
    this.memory.end();
  }

  private clear(): void {
    this.slots.clear();
    this.threads.clear();
    this.namedThreads.clear();
    this.handledIrqs.fill(0);
    this.endpoints.clear();
    this.notifications.clear();
    this.replies.clear();
    this.schedContexts.clear();
    this.frames.clear();
    this.pageTables.clear();
    this.memory.begin();
    this.opened.clear();
    this.found.clear();
    this.cnodes.clear();
    this.tcbs.clear();
  }

  /** Homes are opened while slots are visited, until no new one turns up. */
  private walkHomes(): void {
    let cnode = 0;
    let tcb = 0;
    while (cnode < this.cnodes.count || tcb < this.tcbs.count) {
      for (; cnode < this.cnodes.count; cnode++) {
        const home = this.cnodes.items[cnode] as CNode;
        const slots = home.touchedSlots;
        for (let i = 0; i < slots.length; i++) this.visit(slots[i] ?? null, home);
      }
      for (; tcb < this.tcbs.count; tcb++) {
        const home = this.tcbs.items[tcb] as Tcb;
        for (let i = 0; i < home.size; i++) this.visit(home.made(i), home);
      }
    }
  }

  private openCNode(cnode: CNode): void {
    if (this.opened.add(cnode.id)) this.cnodes.add(cnode);
  }

  private openTcb(tcb: Tcb): void {
    if (this.opened.add(tcb.id)) this.tcbs.add(tcb);
  }

  private openHome(home: CNode | Tcb | null): void {
    if (home === null) return;
    if (home instanceof CNode) this.openCNode(home);
    else this.openTcb(home);
  }

  private visit(slot: Slot | null, home: CNode | Tcb | null): void {
    if (slot === null || slot.isEmpty) return;
    this.slots.add(slot);
    const { prev, next, cap } = slot;
    if (prev !== null && prev.home !== home) this.openHome(prev.home);
    if (next !== null && next.home !== home) this.openHome(next.home);
    this.visitCap(cap, prev === null || prev.cap.object !== cap.object);
  }

  /** A switch, although much is the same: it lets the engine know the object's class at each place. */
  private visitCap(cap: Cap, isFirst: boolean): void {
    switch (cap.type) {
      case CapTag.untyped:
        this.memory.addUntyped(cap.object.id, cap.object.paddr, cap.object.sizeBits, cap.freeOffset);
        break;
      case CapTag.frame:
        this.frames.add(cap);
        if (isFirst) this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        break;
      case CapTag.pageTable:
        this.pageTables.add(cap);
        if (isFirst) this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        break;
      case CapTag.asidPool:
        if (isFirst) this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        break;
      case CapTag.irqHandler:
        this.handledIrqs[cap.irq] = 1;
        break;
      default:
        if (isFirst) this.visitObject(cap);
    }
  }

  private visitObject(cap: Cap): void {
    switch (cap.type) {
      case CapTag.endpoint:
        this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        if (this.found.add(cap.object.id)) this.endpoints.add(cap.object);
        break;
      case CapTag.notification:
        this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        if (this.found.add(cap.object.id)) this.notifications.add(cap.object);
        break;
      case CapTag.reply:
        this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        if (this.found.add(cap.object.id)) this.replies.add(cap.object);
        break;
      case CapTag.schedContext:
        this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        if (this.found.add(cap.object.id)) this.schedContexts.add(cap.object);
        break;
      case CapTag.cnode:
        this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        this.openCNode(cap.object);
        break;
      case CapTag.thread:
        this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        if (this.found.add(cap.object.id)) this.namedThreads.add(cap.object);
        this.openTcb(cap.object);
        break;
      case CapTag.zombie:
        this.memory.addObject(cap.object.id, cap.object.paddr, cap.object.sizeBits);
        this.found.add(cap.object.id);
        this.openHome(cap.object);
        break;
    }
  }

  /** What a thread refers to, and its own memory, when no capability has led to it. */
  private follow(tcb: Tcb): void {
    if (this.found.add(tcb.id)) this.memory.addObject(tcb.id, tcb.paddr, tcb.sizeBits);
    if (tcb.sc !== null) this.addSchedContext(tcb.sc);
    if (tcb.yieldTo !== null) this.addSchedContext(tcb.yieldTo);
    if (tcb.reply !== null) this.addReply(tcb.reply);
    if (tcb.boundNotification !== null) this.addNotification(tcb.boundNotification);
    const { blockedOn } = tcb;
    if (blockedOn === null) return;
    if (blockedOn instanceof Notification) this.addNotification(blockedOn);
    else this.addEndpoint(blockedOn);
  }

  /** The same of the other objects; the lists grow meanwhile, and what is added is followed in turn. */
  private followObjects(): void {
    let sc = 0;
    let reply = 0;
    let notification = 0;
    while (sc < this.schedContexts.count || reply < this.replies.count || notification < this.notifications.count) {
      for (; sc < this.schedContexts.count; sc++) {
        const at = this.schedContexts.items[sc] as SchedContext;
        if (at.replyHead !== null) this.addReply(at.replyHead);
        if (at.notification !== null) this.addNotification(at.notification);
      }
      for (; reply < this.replies.count; reply++) {
        const at = this.replies.items[reply] as Reply;
        if (at.prev !== null) this.addReply(at.prev);
        if (at.nextReply !== null) this.addReply(at.nextReply);
        if (at.nextSc !== null) this.addSchedContext(at.nextSc);
      }
      for (; notification < this.notifications.count; notification++) {
        const { sc } = this.notifications.items[notification] as Notification;
        if (sc !== null) this.addSchedContext(sc);
      }
    }
  }

  private addEndpoint(endpoint: Endpoint): void {
    if (!this.found.add(endpoint.id)) return;
    this.endpoints.add(endpoint);
    this.memory.addObject(endpoint.id, endpoint.paddr, endpoint.sizeBits);
  }

  private addNotification(notification: Notification): void {
    if (!this.found.add(notification.id)) return;
    this.notifications.add(notification);
    this.memory.addObject(notification.id, notification.paddr, notification.sizeBits);
  }

  private addReply(reply: Reply): void {
    if (!this.found.add(reply.id)) return;
    this.replies.add(reply);
    this.memory.addObject(reply.id, reply.paddr, reply.sizeBits);
  }

  private addSchedContext(sc: SchedContext): void {
    if (!this.found.add(sc.id)) return;
    this.schedContexts.add(sc);
    this.memory.addObject(sc.id, sc.paddr, sc.sizeBits);
  }
}
