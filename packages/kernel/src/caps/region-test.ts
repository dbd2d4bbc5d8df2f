/**
 * Which memory a capability stands for, and when two stand for the same. The derivation list asks nothing else.
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { Cap } from "./cap.js";

/** Whether `inner`'s memory lies in the block of 2^outerBits bytes at `outerStart`. Some capabilities have no memory. */
function isInside(outerStart: number, outerBits: number, inner: Cap): boolean {
  if (inner.object === null) return false;
  const start = inner.object.paddr;
  return start >= outerStart && start + 2 ** inner.object.sizeBits <= outerStart + 2 ** outerBits;
}

/** Whether `b`'s memory or function lies within `a`'s. */
export function isSameRegion(a: Cap, b: Cap): boolean {
  switch (a.type) {
    case CapTag.untyped:
      return isInside(a.object.paddr, a.object.sizeBits, b);
    case CapTag.frame:
      return b.type === CapTag.frame && isInside(a.object.paddr, a.object.sizeBits, b);
    case CapTag.endpoint:
    case CapTag.notification:
    case CapTag.thread:
    case CapTag.reply:
    case CapTag.cnode:
    case CapTag.schedContext:
    case CapTag.pageTable:
    case CapTag.asidPool:
      return a.type === b.type && a.object === b.object;
    case CapTag.domain:
    case CapTag.schedControl:
    case CapTag.asidControl:
      return a.type === b.type;
    case CapTag.irqControl:
      return b.type === CapTag.irqControl || b.type === CapTag.irqHandler;
    case CapTag.irqHandler:
      return b.type === CapTag.irqHandler && a.irq === b.irq;
    default:
      return false;
  }
}

/** Whether both name one object, so that either alone keeps it alive. Untyped memory is never shared. */
export function isSameObject(a: Cap, b: Cap): boolean {
  switch (a.type) {
    case CapTag.untyped:
    case CapTag.irqControl:
      return false;
    case CapTag.frame:
      return b.type === CapTag.frame && a.object === b.object;
    default:
      return isSameRegion(a, b);
  }
}
