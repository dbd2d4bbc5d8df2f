/**
 * VSpaces: every page that the tables of a registered root map is one that some frame capability says it has mapped there,
 * and every table below a root exists. (A capability may think itself mapped when its tables are gone; not the reverse.)
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { Slot } from "../caps/slot.js";
import { ASIDS_PER_POOL } from "../config.js";
import { INDEX_BITS, isLeaf, isPointer, ROOT_ENTRY_BITS, targetOf } from "../memory/page-table.js";
import type { KernelState } from "../model/state.js";

/** Entries of user memory in a root; the upper half is the kernel's. */
const ROOT_USER_ENTRIES = 2 ** (INDEX_BITS - 1);

export function checkVspaces(k: KernelState, slots: ReadonlySet<Slot>): string[] {
  const mapped = new Set<string>();
  const tables = new Set<number>();
  for (const { cap } of slots) {
    if (cap.type === CapTag.frame && cap.asid !== 0)
      mapped.add(key(cap.asid, cap.vaddr, cap.object.paddr, cap.object.sizeBits));
    if (cap.type === CapTag.pageTable) tables.add(cap.object.paddr);
  }
  const violations: string[] = [];
  const visit = (asid: number, table: number, base: number, bits: number, entries: number): void => {
    if (!tables.has(table)) violations.push(`the table at 0x${table.toString(16)} of ASID ${asid} exists no longer`);
    const first = k.memory.index(table);
    const covered = 2 ** bits;
    for (let i = 0; i < entries; i++) {
      const entry = first + 2 * i;
      // Most entries are empty, and this runs at every kernel exit.
      if (k.words[entry] === 0) continue;
      const vaddr = base + i * covered;
      if (isPointer(k, entry)) {
        visit(asid, targetOf(k, entry), vaddr, bits - INDEX_BITS, 2 ** INDEX_BITS);
      } else if (isLeaf(k, entry) && !mapped.has(key(asid, vaddr, targetOf(k, entry), bits))) {
        violations.push(`ASID ${asid} maps 0x${vaddr.toString(16)}, which no frame capability says`);
      }
    }
  };
  for (const pool of k.asidPools) {
    if (pool === null) continue;
    for (let i = 0; i < ASIDS_PER_POOL; i++) {
      const root = pool.root(i);
      if (root !== null) visit(pool.number * ASIDS_PER_POOL + i, root.paddr, 0, ROOT_ENTRY_BITS, ROOT_USER_ENTRIES);
    }
  }
  return violations;
}

function key(asid: number, vaddr: number, paddr: number, bits: number): string {
  return `${asid} ${vaddr} ${paddr} ${bits}`;
}
