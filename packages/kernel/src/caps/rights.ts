/**
 * Rights: what a mask takes from a capability (Copy, Mint) and what a badge or guard word does to it
 * (Mint, Mutate, Rotate, TCB roots). Manual, sections "Capability rights" and "CNode methods".
 */
import { CapTag } from "@tessera/libsel4/abi";
import { maskHigh, maskLow, shiftedHigh, shiftedLow } from "../model/word.js";
import {
  type Cap,
  type CNodeCap,
  cnodeCap,
  endpointCap,
  type FrameCap,
  frameCap,
  notificationCap,
  nullCap,
  replyCap,
} from "./cap.js";

export const Right = { Write: 1, Read: 2, Grant: 4, GrantReply: 8, All: 15 } as const;

/** What a frame capability lets its holder map. */
export const VmRights = { KernelOnly: 1, ReadOnly: 2, ReadWrite: 3 } as const;

/** `cap` with its rights reduced to those in the rights word `mask`; `cap` itself where that takes none away. */
export function maskRights(cap: Cap, mask: number): Cap {
  switch (cap.type) {
    case CapTag.endpoint: {
      const rights = cap.rights & mask & Right.All;
      return rights === cap.rights ? cap : endpointCap(cap.object, rights, cap.badgeLo, cap.badgeHi);
    }
    case CapTag.notification: {
      const rights = cap.rights & mask & (Right.Write | Right.Read);
      return rights === cap.rights ? cap : notificationCap(cap.object, rights, cap.badgeLo, cap.badgeHi);
    }
    case CapTag.reply:
      return replyCap(cap.object, cap.rights & mask & Right.Grant);
    case CapTag.frame:
      return maskFrame(cap, mask);
    default:
      return cap;
  }
}

function maskFrame(cap: FrameCap, mask: number): FrameCap {
  return frameCap(cap.object, maskVmRights(cap.rights, mask), cap.asid, cap.vaddr);
}

/** Write-only memory is not supported: without Read nothing is left. */
export function maskVmRights(rights: number, mask: number): number {
  if (rights === VmRights.KernelOnly || (mask & Right.Read) === 0) return VmRights.KernelOnly;
  if (rights === VmRights.ReadOnly || (mask & Right.Write) === 0) return VmRights.ReadOnly;
  return VmRights.ReadWrite;
}

/**
 * `cap` with a badge (endpoint, notification) or guard (CNode) set from a data word. The null capability means
 * the update is not allowed. `preserve` keeps badges as they are: then no endpoint or notification can be updated.
 */
export function updateData(cap: Cap, preserve: boolean, lo: number, hi: number): Cap {
  switch (cap.type) {
    case CapTag.endpoint:
      if (preserve || (cap.badgeLo | cap.badgeHi) !== 0) return nullCap;
      return endpointCap(cap.object, cap.rights, lo, hi);
    case CapTag.notification:
      if (preserve || (cap.badgeLo | cap.badgeHi) !== 0) return nullCap;
      return notificationCap(cap.object, cap.rights, lo, hi);
    case CapTag.cnode:
      return withGuard(cap, lo, hi);
    default:
      return cap;
  }
}

/** Guard word: size in bits 0..5, guard in the bits above. */
function withGuard(cap: CNodeCap, lo: number, hi: number): Cap {
  const size = lo & 0x3f;
  if (size + cap.object.radix > 64) return nullCap;
  const guardLo = shiftedLow(lo, hi, 6) & maskLow(size);
  const guardHi = shiftedHigh(hi, 6) & maskHigh(size);
  return cnodeCap(cap.object, size, guardLo, guardHi);
}
