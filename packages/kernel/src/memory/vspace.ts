/** VSpaces: which tables a thread runs on, and taking mappings out of them. */
import { CapTag } from "@tessera/libsel4/abi";
import type { FrameCap, PageTableCap } from "../caps/cap.js";
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";
import { findRoot } from "./asid.js";
import {
  clearEntry,
  entryOf,
  INDEX_BITS,
  isLeaf,
  isPointer,
  PAGE_BITS,
  ROOT_ENTRY_BITS,
  targetOf,
  walk,
} from "./page-table.js";

/**
 * Physical address of the root table `tcb` runs on; 0 when its VSpace capability is not the registered root of its
 * ASID: then every access of the thread faults.
 */
export function rootOf(k: KernelState, tcb: Tcb): number {
  const { cap } = tcb.vspace;
  if (cap.type !== CapTag.pageTable || cap.asid === 0) return 0;
  return findRoot(k, cap.asid) === cap.object ? cap.object.paddr : 0;
}

/** The CPU runs on the page tables of `tcb`, or of nobody. Nothing is looked up for the capability of the last time. */
export function switchRoot(k: KernelState, tcb: Tcb | null): void {
  k.isRootStale = false;
  if (tcb === null) {
    k.cpu.setRoot(0);
    k.rootCap = null;
  } else if (tcb.vspace.cap !== k.rootCap) {
    k.cpu.setRoot(rootOf(k, tcb));
    k.rootCap = tcb.vspace.cap;
  }
}

/** Take a frame's mapping away, if the tables still hold it. The capability is the caller's to change. */
export function unmapFrame(k: KernelState, cap: FrameCap): void {
  const root = findRoot(k, cap.asid);
  if (root === null) return;
  const { entry, bits } = walk(k, root.paddr, cap.vaddr);
  if (bits !== cap.object.sizeBits || !isLeaf(k, entry) || targetOf(k, entry) !== cap.object.paddr) return;
  clearEntry(k, entry);
  k.cpu.fence();
}

/** Take a lower table out of the tables above it, if it is still there. */
export function unmapTable(k: KernelState, cap: PageTableCap): void {
  const root = findRoot(k, cap.asid);
  if (root === null || root === cap.object) return;
  let table = root.paddr;
  for (let bits = ROOT_ENTRY_BITS; bits > PAGE_BITS; bits -= INDEX_BITS) {
    const entry = entryOf(k, table, cap.vaddr, bits);
    if (!isPointer(k, entry)) return;
    const next = targetOf(k, entry);
    if (next === cap.object.paddr) {
      clearEntry(k, entry);
      k.cpu.fence();
      return;
    }
    table = next;
  }
}
