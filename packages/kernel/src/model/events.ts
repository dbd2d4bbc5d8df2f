/**
 * What the kernel writes into the trace: fixed int32 records whose subject is an object's id (hal-sim/trace.ts).
 * Everything that a transcript, a sequence diagram or a derivation picture shows is read from these.
 */
export const KernelEvent = {
  /** Subject: sender. to, badge lo, badge hi, info lo, MessageKind + 4 × reply object. */
  Message: 16,
  /** Subject: sender. index of the first word, its lo, hi, the next word's lo, hi. */
  MessageWords: 17,
  /** Subject: who signalled (0: an interrupt). notification, badge lo, badge hi, woken thread or 0, 0. */
  Signal: 18,
  /** Subject: thread. its ThreadState, what it is blocked on, its reply object, 0, 0. */
  Blocked: 19,
  /** Subject: receiver. cap tag, object, badge lo, badge hi, index of the extra capability. */
  CapReceived: 20,
  /** Subject: receiver. badge lo, badge hi, index of the extra capability, 0, 0. */
  CapUnwrapped: 21,
  /** Subject: invoking thread. label, error code, cap tag and id of the invoked object, 0. */
  Invoked: 22,
  /** Subject: invoking thread. label of the CNode operation, cap tag, object, badge lo, badge hi. */
  CapMade: 23,
  /** Subject: object. cap tag, log2 bytes, untyped, physical address in KiB, 0. */
  Created: 24,
  /** Subject: object. cap tag, 0, 0, 0, 0. */
  Destroyed: 25,
  /** Subject: scheduling context. from thread, to thread, 0, 0, 0. */
  Donated: 26,
  /** Subject: thread. fault tag, word lo, word hi, code, lo of FaultIP. */
  Faulted: 27,
  /** Subject: thread. 1 resumed or 0 suspended, 0, 0, 0, 0. */
  Resumed: 28,
  /** Subject: waiting thread. notification, word lo, word hi, 0, 0. */
  Notified: 29,
  /** Subject: acting thread, 0 none. CNode or TCB that the slot is in, its index, cap tag, object, rights. */
  SlotFilled: 30,
  /** Subject: acting thread. CNode or TCB, index, cap tag, object, badge lo. */
  SlotEmptied: 31,
  /** Subject: thread. its CSpace root's CNode, its VSpace's root table, 0, 0, 0; 0 = not changed. */
  Configured: 32,
  /** Subject: frame. ASID (0 = unmapped), virtual address lo, hi, VM rights, 0. */
  Mapped: 33,
} as const;

/** The fields of each kind from the first on, by name, for readers. */
export const KERNEL_EVENT_FIELDS: Readonly<Record<number, readonly string[]>> = {
  [KernelEvent.Message]: ["to", "badge.lo", "badge.hi", "info.lo", "origin"],
  [KernelEvent.MessageWords]: ["index", "word.lo", "word.hi", "next.lo", "next.hi"],
  [KernelEvent.Signal]: ["notification", "badge.lo", "badge.hi", "woken"],
  [KernelEvent.Blocked]: ["state", "on", "reply"],
  [KernelEvent.CapReceived]: ["type", "object", "badge.lo", "badge.hi", "index"],
  [KernelEvent.CapUnwrapped]: ["badge.lo", "badge.hi", "index"],
  [KernelEvent.Invoked]: ["label", "error", "type", "object"],
  [KernelEvent.CapMade]: ["label", "type", "object", "badge.lo", "badge.hi"],
  [KernelEvent.Created]: ["type", "bits", "untyped", "paddr.KiB"],
  [KernelEvent.Destroyed]: ["type"],
  [KernelEvent.Donated]: ["from", "to"],
  [KernelEvent.Faulted]: ["tag", "word.lo", "word.hi", "code", "FaultIP.lo"],
  [KernelEvent.Resumed]: ["resumed"],
  [KernelEvent.Notified]: ["notification", "word.lo", "word.hi"],
  [KernelEvent.SlotFilled]: ["home", "index", "type", "object", "rights"],
  [KernelEvent.SlotEmptied]: ["home", "index", "type", "object", "badge.lo"],
  [KernelEvent.Configured]: ["cnode", "vspace"],
  [KernelEvent.Mapped]: ["asid", "vaddr.lo", "vaddr.hi", "rights"],
};

/** How a message came about: the low two bits of a Message's last field; above them the reply object it goes with. */
export const MessageKind = { Ipc: 0, Fault: 1, Reply: 2, FaultReply: 3 } as const;
