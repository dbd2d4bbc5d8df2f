/**
 * Mapping page tables and frames into a VSpace (manual, chapter "Address spaces"; RISC-V methods). A mapping names the
 * VSpace by its root's capability, which must be the registered root of its ASID.
 */
import {
  CapTag,
  RISCVPageGetAddress,
  RISCVPageMap,
  RISCVPageTableMap,
  RISCVPageTableUnmap,
  RISCVPageUnmap,
  seL4_RISCV_ExecuteNever,
  seL4_UserTop,
} from "@tessera/libsel4/abi";
import { type FrameCap, frameCap, type PageTableCap, pageTableCap } from "../caps/cap.js";
import { isFinal } from "../caps/mdb.js";
import { maskVmRights, VmRights } from "../caps/rights.js";
import { type Slot, updateCap } from "../caps/slot.js";
import { findRoot } from "../memory/asid.js";
import { isLeaf, isValid, PAGE_BITS, setLeaf, setPointer, walk } from "../memory/page-table.js";
import { unmapFrame, unmapTable } from "../memory/vspace.js";
import { KernelEvent } from "../model/events.js";
import {
  deleteFirst,
  failedLookup,
  invalidArgument,
  invalidCapability,
  invalidRoot,
  missingCapability,
  noSuchMethod,
  type Progress,
  revokeFirst,
  SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { highOf, lowOf } from "../model/word.js";
import { hexAddress } from "../model/word-text.js";
import type { Arguments } from "./arguments.js";
import { beyondUser, misaligned, whatIsMapped, whyElsewhere, whyWrongLevel } from "./mapping-refusals.js";
import { reply } from "./reply.js";

export type VspaceInvocation =
  | {
      readonly op: "table-map";
      readonly slot: Slot;
      readonly cap: PageTableCap;
      readonly entry: number;
      readonly root: PageTableCap;
      readonly vaddr: number;
    }
  | { readonly op: "table-unmap"; readonly slot: Slot; readonly cap: PageTableCap }
  | {
      readonly op: "page-map";
      readonly slot: Slot;
      readonly cap: FrameCap;
      readonly mapped: FrameCap;
      readonly entry: number;
      readonly rights: number;
      readonly canExecute: boolean;
    }
  | { readonly op: "page-unmap"; readonly slot: Slot; readonly cap: FrameCap }
  | { readonly op: "page-address"; readonly paddr: number };

type Decoded = VspaceInvocation | SyscallError;

const TWO_64 = 2 ** 64;

const NO_VSPACE = "the VSpace is named by the page table that is its root";

export function decodePageTable(k: KernelState, args: Arguments, slot: Slot, cap: PageTableCap): Decoded {
  if (args.label === RISCVPageTableUnmap) return decodeTableUnmap(k, slot, cap);
  if (args.label !== RISCVPageTableMap) return noSuchMethod(args.label);
  if (args.length < 2 || !args.hasExtra(1)) return truncatedMessage(2, 1, args);
  if (cap.asid !== 0) return invalidCapability(0, "the page table is mapped already");
  const root = findVspace(k, args.extraSlot(0), () => (args.word(k, 0) >= seL4_UserTop ? beyondUser(k, args) : null));
  if (root instanceof SyscallError) return root;
  const vaddr = args.word(k, 0);
  const { entry, bits } = walk(k, root.object.paddr, vaddr);
  if (bits === PAGE_BITS) return deleteFirst(`${hexAddress(vaddr)} has all the page tables that there can be`);
  if (isValid(k, entry)) return deleteFirst(`a page of 2^${bits} bytes is mapped at ${hexAddress(vaddr)}`);
  return { op: "table-map", slot, cap, entry, root, vaddr: Math.floor(vaddr / 2 ** bits) * 2 ** bits };
}

/** A VSpace root and a table with other capabilities to it stay. */
function decodeTableUnmap(k: KernelState, slot: Slot, cap: PageTableCap): Decoded {
  if (!isFinal(slot)) return revokeFirst("other capabilities to this page table exist");
  if (cap.asid !== 0 && findRoot(k, cap.asid) === cap.object) {
    return revokeFirst("the root of a VSpace is not unmapped but deleted");
  }
  return { op: "table-unmap", slot, cap };
}

/** The VSpace that a page-table capability is the root of; `checkAddress` comes before the registry is asked. */
function findVspace(k: KernelState, slot: Slot, checkAddress: () => SyscallError | null): PageTableCap | SyscallError {
  const { cap } = slot;
  if (cap.type !== CapTag.pageTable || cap.asid === 0) return invalidCapability(1, NO_VSPACE, slot);
  const badAddress = checkAddress();
  if (badAddress !== null) return badAddress;
  const root = findRoot(k, cap.asid);
  if (root === null) return failedLookup(false, invalidRoot, "the VSpace exists no longer", slot);
  return root === cap.object ? cap : invalidCapability(1, NO_VSPACE, slot);
}

export function decodeFrame(k: KernelState, args: Arguments, slot: Slot, cap: FrameCap): Decoded {
  switch (args.label) {
    case RISCVPageMap:
      return decodePageMap(k, args, slot, cap);
    case RISCVPageUnmap:
      return { op: "page-unmap", slot, cap };
    case RISCVPageGetAddress:
      return { op: "page-address", paddr: cap.object.paddr };
    default:
      return noSuchMethod(args.label);
  }
}

function decodePageMap(k: KernelState, args: Arguments, slot: Slot, cap: FrameCap): Decoded {
  if (args.length < 3 || !args.hasExtra(1)) return truncatedMessage(3, 1, args);
  const root = findVspace(k, args.extraSlot(0), () => null);
  if (root instanceof SyscallError) return root;
  const { sizeBits } = cap.object;
  if (isBeyondUser(args.word(k, 0), args.low(k, 0), args.high(k, 0), sizeBits)) {
    return beyondUser(k, args);
  }
  if ((args.low(k, 0) & (2 ** sizeBits - 1)) !== 0) return misaligned(args.word(k, 0), 2 ** sizeBits);
  const vaddr = args.word(k, 0);
  const { entry, bits } = walk(k, root.object.paddr, vaddr);
  if (bits !== sizeBits) {
    return failedLookup(false, missingCapability(bits), whyWrongLevel(vaddr, bits, sizeBits, isValid(k, entry)));
  }
  if (cap.asid === 0) {
    if (isValid(k, entry)) return deleteFirst(whatIsMapped(k, entry, vaddr));
  } else {
    if (cap.asid !== root.asid) return invalidCapability(1, "the frame is mapped in another VSpace", args.extraSlot(0));
    if (cap.vaddr !== vaddr) return invalidArgument(0, whyElsewhere(cap.vaddr, vaddr));
    if (isValid(k, entry) && !isLeaf(k, entry)) return deleteFirst(whatIsMapped(k, entry, vaddr));
  }
  const mapped = frameCap(cap.object, cap.rights, root.asid, vaddr);
  const canExecute = (args.low(k, 2) & seL4_RISCV_ExecuteNever) === 0;
  return { op: "page-map", slot, cap, mapped, entry, rights: maskVmRights(cap.rights, args.low(k, 1)), canExecute };
}

/** The last byte of the page lies beyond user memory; the sum wraps at 2^64, as the real one does. */
function isBeyondUser(vaddr: number, lo: number, hi: number, sizeBits: number): boolean {
  // Near 2^64 a double cannot hold the sum; there the complement says how far the end is.
  const toEnd = hi === -1 ? -(lo >>> 0) + 4294967296 : TWO_64 - vaddr;
  const size = 2 ** sizeBits;
  if (toEnd <= size - 1) return size - 1 - toEnd >= seL4_UserTop;
  return vaddr + size - 1 >= seL4_UserTop;
}

export function performVspace(k: KernelState, inv: VspaceInvocation): Progress {
  switch (inv.op) {
    case "table-map":
      setPointer(k, inv.entry, inv.cap.object.paddr);
      updateCap(inv.slot, pageTableCap(inv.cap.object, inv.root.asid, inv.vaddr));
      k.cpu.fence();
      break;
    case "table-unmap":
      if (inv.cap.asid !== 0) {
        unmapTable(k, inv.cap);
        k.memory.zero(inv.cap.object.paddr, 2 ** inv.cap.object.sizeBits);
        k.cpu.fence();
      }
      updateCap(inv.slot, pageTableCap(inv.cap.object, 0, 0));
      break;
    case "page-map":
      performPageMap(k, inv);
      break;
    case "page-unmap":
      if (inv.cap.asid !== 0) unmapFrame(k, inv.cap);
      k.trace.emit(KernelEvent.Mapped, inv.cap.object.id, 0, 0, 0, 0, 0);
      updateCap(inv.slot, frameCap(inv.cap.object, inv.cap.rights, 0, 0));
      break;
    case "page-address":
      reply(k, [lowOf(inv.paddr), highOf(inv.paddr)]);
      break;
  }
  return "done";
}

/** Execution is limited by the attribute alone, never by the frame capability's rights. */
function performPageMap(k: KernelState, inv: Extract<VspaceInvocation, { op: "page-map" }>): void {
  const canRead = inv.rights !== VmRights.KernelOnly;
  const canWrite = inv.rights === VmRights.ReadWrite;
  setLeaf(k, inv.entry, inv.cap.object.paddr, canRead, canWrite, inv.canExecute);
  updateCap(inv.slot, inv.mapped);
  const { asid, vaddr, object } = inv.mapped;
  k.trace.emit(KernelEvent.Mapped, object.id, asid, lowOf(vaddr), highOf(vaddr), inv.rights, 0);
  k.cpu.fence();
}
