/** Why a frame or page table cannot be mapped where it was asked for: the address, and what is there. */
import { seL4_UserTop } from "@tessera/libsel4/abi";
import { INDEX_BITS, isLeaf, targetOf } from "../memory/page-table.js";
import { alignmentError, invalidArgument, type SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { hexAddress, hexPair } from "../model/word-text.js";
import type { Arguments } from "./arguments.js";

/** The tables for an address end at entries of another size than the frame's. */
export function whyWrongLevel(vaddr: number, bits: number, sizeBits: number, isValid: boolean): string {
  const at = hexAddress(vaddr);
  if (bits < sizeBits) return `${at} has page tables for smaller frames: their entries cover 2^${bits} bytes`;
  if (isValid) return `a page of 2^${bits} bytes is mapped at ${at}`;
  const missing = (bits - sizeBits) / INDEX_BITS;
  return missing === 1
    ? `the page table for the 2^${bits} bytes around ${at} is missing: map one first`
    : `${missing} page tables, one in the other, are missing for the 2^${bits} bytes around ${at}: map them first`;
}

/** What is in the way at an address whose entry is valid. */
export function whatIsMapped(k: KernelState, entry: number, vaddr: number): string {
  const at = hexAddress(vaddr);
  return isLeaf(k, entry)
    ? `the frame at physical address ${hexAddress(targetOf(k, entry))} is mapped at ${at} already`
    : `a page table is mapped at ${at}`;
}

/** A capability maps its frame once. */
export function whyElsewhere(vaddr: number, given: number): string {
  return `the frame is mapped at ${hexAddress(vaddr)}, not at ${hexAddress(given)}: unmap it, or copy the capability`;
}

/** Word 0 is the address. */
export function beyondUser(k: KernelState, args: Arguments): SyscallError {
  const given = hexPair(args.low(k, 0), args.high(k, 0));
  return invalidArgument(
    0,
    `what is mapped at ${given} would lie beyond user memory, which ends at ${hexAddress(seL4_UserTop)}`,
  );
}

/** The address is no multiple of the frame's size. */
export function misaligned(vaddr: number, bytes: number): SyscallError {
  const below = hexAddress(vaddr - (vaddr % bytes));
  return alignmentError(
    `a frame of ${bytes} bytes is mapped at a multiple of its size, as ${below} is and ${hexAddress(vaddr)} is not`,
  );
}
