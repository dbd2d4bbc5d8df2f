/**
 * VSpaces: every page that the tables of a registered root map is one that some frame capability says it has mapped
 * there, with no more rights than that capability has; and every table stands where some page-table capability says. (A
 * capability may think itself mapped when its tables are gone; not the reverse.)
 *
 * The tables in RAM are read from end to end each time: a stray write to one is a mistake that this check is for. What
 * capabilities say is gathered anew only when one says something else than the last time, and an entry is looked up only
 * when it, one before it, or a capability is not as it was when all was well.
 */
import { VmRights } from "../caps/rights.js";
import { ASIDS_PER_POOL } from "../config.js";
import { accessOf, INDEX_BITS, isLeaf, isPointer, PAGE_BITS, ROOT_ENTRY_BITS, targetOf } from "../memory/page-table.js";
import type { KernelState } from "../model/state.js";
import type { Census } from "./census.js";
import { Claims } from "./claims.js";
import { SameNumbers } from "./same-numbers.js";

/** Entries of user memory in a root; the upper half is the kernel's. */
const ROOT_USER_ENTRIES = 2 ** (INDEX_BITS - 1);
const ENTRIES = 2 ** INDEX_BITS;

/** A virtual page and an ASID in one number: there are 2^27 user pages in an address space. */
const PAGES_PER_ASID = 2 ** 27;
const PAGE_BYTES = 2 ** PAGE_BITS;
/** What stands for a page table's size beside an address, where frames have theirs, which is 12 or more. */
const TABLE = 1;

export class VspaceCheck {
  private readonly k: KernelState;
  private readonly census: Census;
  private readonly claims = new Claims();
  /** What capabilities say. */
  private readonly said = new SameNumbers();
  /** What tables hold: each root with its ASID, each entry that is not empty with its place. */
  private readonly held = new SameNumbers();
  private wasWell = false;

  constructor(k: KernelState, census: Census) {
    this.k = k;
    this.census = census;
  }

  check(violations: string[]): void {
    const before = violations.length;
    const isSaidAsBefore = this.gather();
    this.held.begin(isSaidAsBefore && this.wasWell);
    const { asidPools } = this.k;
    for (let number = 0; number < asidPools.length; number++) {
      const pool = asidPools[number] ?? null;
      if (pool === null) continue;
      const { roots } = pool;
      for (let i = 0; i < roots.length; i++) {
        const root = roots[i] ?? null;
        if (root !== null) this.checkRoot(number * ASIDS_PER_POOL + i, root.paddr, violations);
      }
    }
    this.wasWell = violations.length === before;
  }

  /** Gather what capabilities say; false when it is not what they said the last time. */
  private gather(): boolean {
    const { said } = this;
    const { frames, pageTables } = this.census;
    said.begin(true);
    for (let i = 0; i < frames.count; i++) {
      const cap = frames.items[i];
      if (cap === undefined || cap.asid === 0) continue;
      said.note(place(cap.asid, cap.vaddr));
      // A frame of 2^n bytes lies at a multiple of them, and n is 12 or more: both are told by the sum.
      said.note(cap.object.paddr + cap.object.sizeBits * 4 + cap.rights);
    }
    // No page is at -1: what follows are page tables.
    said.note(-1);
    for (let i = 0; i < pageTables.count; i++) {
      const cap = pageTables.items[i];
      if (cap === undefined || cap.asid === 0) continue;
      said.note(place(cap.asid, cap.vaddr));
      said.note(cap.object.paddr);
    }
    if (said.isSameInAll) return true;
    this.claimAnew();
    return false;
  }

  private claimAnew(): void {
    const { claims } = this;
    claims.clear();
    for (const cap of this.census.frames.toArray()) {
      if (cap.asid !== 0) claims.add(place(cap.asid, cap.vaddr), cap.object.paddr + cap.object.sizeBits, cap.rights);
    }
    for (const cap of this.census.pageTables.toArray()) {
      if (cap.asid !== 0) claims.add(place(cap.asid, cap.vaddr), cap.object.paddr + TABLE, 0);
    }
  }

  private checkRoot(asid: number, table: number, violations: string[]): void {
    this.held.note(asid);
    this.held.note(table);
    this.checkTable(asid, table, 0, ROOT_ENTRY_BITS, ROOT_USER_ENTRIES, violations);
  }

  /** A table whose first entry stands for `base`; its entries cover 2^bits bytes. */
  private checkTable(asid: number, table: number, base: number, bits: number, entries: number, violations: string[]) {
    if (!this.held.isSameSoFar && this.claims.rightsTo(place(asid, base), table + TABLE) < 0) {
      violations.push(this.strayTable(asid, table, base));
      return;
    }
    const { words } = this.k;
    const first = this.k.memory.index(table);
    const end = first + 2 * entries;
    for (let at = first; at < end; at += 16) {
      // Most entries are empty: eight of them at a look.
      const four =
        (words[at] as number) | (words[at + 2] as number) | (words[at + 4] as number) | (words[at + 6] as number);
      const more = (words[at + 8] as number) | (words[at + 10] as number) | (words[at + 12] as number);
      if ((four | more | (words[at + 14] as number)) === 0) continue;
      for (let entry = at; entry < at + 16; entry += 2) {
        if (words[entry] !== 0)
          this.checkEntry(asid, entry, base + ((entry - first) / 2) * 2 ** bits, bits, violations);
      }
    }
  }

  private checkEntry(asid: number, entry: number, vaddr: number, bits: number, violations: string[]): void {
    const { k, held } = this;
    held.note(entry);
    held.note(k.words[entry] as number);
    held.note(k.words[entry + 1] as number);
    if (isPointer(k, entry)) {
      const table = targetOf(k, entry);
      if (bits === PAGE_BITS) violations.push(`ASID ${asid} has a table at ${hex(vaddr)} below the last level`);
      else this.checkTable(asid, table, vaddr, bits - INDEX_BITS, ENTRIES, violations);
    } else if (isLeaf(k, entry) && !held.isSameSoFar) {
      this.checkLeaf(asid, entry, vaddr, bits, violations);
    }
  }

  /** Execution is limited by the attribute alone. */
  private checkLeaf(asid: number, entry: number, vaddr: number, bits: number, violations: string[]): void {
    const rights = this.claims.rightsTo(place(asid, vaddr), targetOf(this.k, entry) + bits);
    if (rights < 0) {
      violations.push(`ASID ${asid} maps ${hex(vaddr)}, which no frame capability says`);
      return;
    }
    if (rights === VmRights.ReadWrite) return;
    const access = accessOf(this.k, entry);
    if (access.includes("W") || (access.includes("R") && rights === VmRights.KernelOnly))
      violations.push(`ASID ${asid} maps ${hex(vaddr)} for ${access}, which its frame capability has no right to`);
  }

  private strayTable(asid: number, table: number, base: number): string {
    const exists = this.census.pageTables.toArray().some(({ object }) => object.paddr === table);
    if (!exists) return `the table at ${hex(table)} of ASID ${asid} exists no longer`;
    return `the table at ${hex(table)} stands at ${hex(base)} in ASID ${asid}, which no page-table capability says`;
  }
}

function place(asid: number, vaddr: number): number {
  return asid * PAGES_PER_ASID + vaddr / PAGE_BYTES;
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
