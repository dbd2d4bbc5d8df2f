/**
 * A page table: 512 entries of 8 bytes in RAM, at any of Sv39's three levels.
 *
 * It becomes a VSpace root when it is assigned an ASID, or a lower table when it is mapped; which of the two, and
 * where, is recorded in its capability. Walks follow the entries in RAM that the MMU follows too.
 */
import { KernelObject } from "../model/kernel-object.js";
import type { KernelState } from "../model/state.js";

const PAGE_TABLE_BITS = 12;
export const INDEX_BITS = 9;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
export const PAGE_BITS = 12;

/** log2 bytes that one entry of the root covers. */
export const ROOT_ENTRY_BITS = 30;

/** Bits of an entry (RISC-V privileged specification, section "Sv39"). */
const Entry = { Valid: 1, Read: 2, Write: 4, Execute: 8, User: 16, Accessed: 64, Dirty: 128 } as const;
const LEAF = Entry.Read | Entry.Write | Entry.Execute;

export class PageTable extends KernelObject {
  get sizeBits(): number {
    return PAGE_TABLE_BITS;
  }
}

/** Where a walk ended: the int32 index of an entry's low half, and log2 bytes that the entry covers. */
export interface WalkEnd {
  readonly entry: number;
  readonly bits: number;
}

/** Follow the tables from `root` towards `vaddr` until an entry is invalid or a leaf. */
export function walk(k: KernelState, root: number, vaddr: number): WalkEnd {
  let table = root;
  let bits = ROOT_ENTRY_BITS;
  for (;;) {
    const entry = entryOf(k, table, vaddr, bits);
    if (bits === PAGE_BITS || !isPointer(k, entry)) return { entry, bits };
    table = targetOf(k, entry);
    bits -= INDEX_BITS;
  }
}

/** The entry for `vaddr` (a double below 2^39) in a table whose entries cover 2^bits bytes. */
export function entryOf(k: KernelState, table: number, vaddr: number, bits: number): number {
  return k.memory.index(table) + 2 * (Math.floor(vaddr / 2 ** bits) & INDEX_MASK);
}

export function isValid(k: KernelState, entry: number): boolean {
  return ((k.words[entry] as number) & Entry.Valid) !== 0;
}

/** Valid, and the address of a lower table. */
export function isPointer(k: KernelState, entry: number): boolean {
  const word = k.words[entry] as number;
  return (word & Entry.Valid) !== 0 && (word & LEAF) === 0;
}

/** Valid, and the address of a frame. */
export function isLeaf(k: KernelState, entry: number): boolean {
  const word = k.words[entry] as number;
  return (word & Entry.Valid) !== 0 && (word & LEAF) !== 0;
}

/** The physical address an entry names. */
export function targetOf(k: KernelState, entry: number): number {
  const lo = (k.words[entry] as number) >>> 10;
  const hi = (k.words[entry + 1] as number) & 0x003fffff;
  return (hi * 0x400000 + lo) * 4096;
}

/** What a leaf allows user mode: of "RWX" the letters that hold. */
export function accessOf(k: KernelState, entry: number): string {
  const word = k.words[entry] as number;
  const has = (bit: number, letter: string): string => ((word & bit) === 0 ? "" : letter);
  return `${has(Entry.Read, "R")}${has(Entry.Write, "W")}${has(Entry.Execute, "X")}`;
}

function setEntry(k: KernelState, entry: number, paddr: number, bits: number): void {
  const page = Math.floor(paddr / 4096);
  k.words[entry] = (page << 10) | bits;
  k.words[entry + 1] = Math.floor(page / 0x400000);
}

export function setPointer(k: KernelState, entry: number, table: number): void {
  setEntry(k, entry, table, Entry.Valid);
}

export function clearEntry(k: KernelState, entry: number): void {
  k.words[entry] = 0;
  k.words[entry + 1] = 0;
}

/** Map a frame for user mode. With no permission at all the entry is invalid. */
export function setLeaf(
  k: KernelState,
  entry: number,
  paddr: number,
  canRead: boolean,
  canWrite: boolean,
  canExecute: boolean,
): void {
  const permissions = (canRead ? Entry.Read : 0) | (canWrite ? Entry.Write : 0) | (canExecute ? Entry.Execute : 0);
  if (permissions === 0) clearEntry(k, entry);
  else setEntry(k, entry, paddr, permissions | Entry.Valid | Entry.User | Entry.Accessed | Entry.Dirty);
}
