/** ASID control and pools: making room for VSpaces, and making a page table the root of one. Manual, seL4_RISCV_ASID*. */
import { CapTag, RISCVASIDControlMakePool, RISCVASIDPoolAssign, seL4_ASIDPoolBits } from "@tessera/libsel4/abi";
import {
  type AsidPoolCap,
  asidPoolCap,
  type PageTableCap,
  pageTableCap,
  type UntypedCap,
  untypedCap,
} from "../caps/cap.js";
import { hasChildren, insertDerived } from "../caps/mdb.js";
import { type Slot, updateCap } from "../caps/slot.js";
import { traceFilled } from "../caps/trace-slot.js";
import { AsidPool, registerRoot } from "../memory/asid.js";
import {
  deleteFirst,
  failedLookup,
  invalidCapability,
  invalidRoot,
  noSuchMethod,
  type Progress,
  revokeFirst,
  SyscallError,
  truncatedMessage,
} from "../model/result.js";
import { type KernelState, newId } from "../model/state.js";
import { type Arguments, lookupArgument } from "./arguments.js";

export type AsidInvocation =
  | {
      readonly op: "asid-make-pool";
      readonly number: number;
      readonly untyped: UntypedCap;
      readonly source: Slot;
      readonly dest: Slot;
    }
  | {
      readonly op: "asid-assign";
      readonly pool: AsidPool;
      readonly asid: number;
      readonly slot: Slot;
      readonly cap: PageTableCap;
    };

export function decodeAsidControl(k: KernelState, args: Arguments): AsidInvocation | SyscallError {
  if (args.label !== RISCVASIDControlMakePool) return noSuchMethod(args.label);
  if (args.length < 2 || !args.hasExtra(2)) return truncatedMessage(2, 2, args);
  const number = k.asidPools.indexOf(null);
  if (number < 0) return deleteFirst(`all ${k.asidPools.length} ASID pools that there can be exist`);
  const untyped = args.cap(0);
  if (untyped.type !== CapTag.untyped || untyped.object.sizeBits !== seL4_ASIDPoolBits || untyped.object.isDevice) {
    return invalidCapability(
      1,
      "an ASID pool is made of an untyped of 4096 bytes of ordinary memory",
      args.extraSlot(0),
    );
  }
  const source = args.extraSlot(0);
  if (hasChildren(source)) return revokeFirst("objects were made from this untyped memory", source);
  const dest = lookupArgument(k, args, args.cap(1), 0, 1, false, "destination");
  if (dest instanceof SyscallError) return dest;
  return dest.isEmpty
    ? { op: "asid-make-pool", number, untyped, source, dest }
    : deleteFirst("the destination slot is not empty", dest);
}

export function decodeAsidPool(k: KernelState, args: Arguments, cap: AsidPoolCap): AsidInvocation | SyscallError {
  if (args.label !== RISCVASIDPoolAssign) return noSuchMethod(args.label);
  if (!args.hasExtra(1)) return truncatedMessage(0, 1, args);
  const table = args.cap(0);
  if (table.type !== CapTag.pageTable || table.asid !== 0) {
    return invalidCapability(
      1,
      "an ASID is assigned to a page table that is neither mapped nor has one",
      args.extraSlot(0),
    );
  }
  const pool = cap.object;
  const registered = k.asidPools[pool.number] ?? null;
  if (registered === null) return failedLookup(false, invalidRoot, "the ASID pool is registered no longer");
  if (registered !== pool) return invalidCapability(0, "another ASID pool has this pool's number now");
  const asid = pool.freeAsid();
  return asid < 0
    ? deleteFirst("all ASIDs of the pool are taken: delete a VSpace first")
    : { op: "asid-assign", pool, asid, slot: args.extraSlot(0), cap: table };
}

export function performAsid(k: KernelState, inv: AsidInvocation): Progress {
  if (inv.op === "asid-make-pool") {
    makePool(k, inv);
  } else {
    registerRoot(k, inv.pool, inv.asid, inv.cap.object);
    updateCap(inv.slot, pageTableCap(inv.cap.object, inv.asid, 0));
  }
  return "done";
}

/** The pool takes the whole untyped. */
function makePool(k: KernelState, inv: Extract<AsidInvocation, { op: "asid-make-pool" }>): void {
  const { object: region } = inv.untyped;
  const bytes = 2 ** region.sizeBits;
  k.memory.zero(region.paddr, bytes);
  updateCap(inv.source, untypedCap(region, bytes));
  const pool = new AsidPool(newId(k), region.paddr, inv.number);
  k.asidPools[inv.number] = pool;
  insertDerived(asidPoolCap(pool), inv.source, inv.dest);
  traceFilled(k, inv.dest);
}
