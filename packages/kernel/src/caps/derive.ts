/**
 * What a copy of a capability is (Copy, Mint, transfer by IPC, installation in a TCB). The null capability means
 * that there is no copy of this kind.
 */
import { CapTag } from "@tessera/libsel4/abi";
import { illegalOperation, revokeFirst, type SyscallError } from "../model/result.js";
import { type Cap, frameCap, nullCap } from "./cap.js";
import { hasChildren } from "./mdb.js";
import type { Slot } from "./slot.js";

/** The capability that a copy of `cap`, which stands in or was made from `slot`, is. */
export function derive(slot: Slot, cap: Cap): Cap | SyscallError {
  switch (cap.type) {
    case CapTag.zombie:
    case CapTag.irqControl:
      return nullCap;
    case CapTag.untyped:
      // Two capabilities to memory in use could give it out twice.
      return hasChildren(slot) ? revokeFirst("untyped memory that objects were made from cannot be copied", slot) : cap;
    case CapTag.pageTable:
      // An unmapped table may still become a root or a lower table, but only one of them.
      return cap.asid === 0 ? illegalOperation("a page table that is not mapped cannot be copied", slot) : cap;
    case CapTag.frame:
      // A mapping belongs to one capability; the copy starts unmapped.
      return cap.asid === 0 ? cap : frameCap(cap.object, cap.rights, 0, 0);
    default:
      return cap;
  }
}
