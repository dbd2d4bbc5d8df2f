/**
 * Sv39 translation as the privileged architecture specifies it: three levels of 512 entries of 8 bytes.
 *
 * This is the walk alone, over real bytes in RAM; `mmu.ts` caches what it finds. User mode only: an entry without U is
 * a page fault. Accessed and dirty bits are never set here: an access that finds them clear is a page fault, as on
 * cores that leave them to software. Reserved bits, write without read, superpages out of line and A, D or U in a
 * pointer entry are page faults too. A table that lies outside RAM is an access fault.
 */
import type { PhysicalMemory } from "./physical.js";

/** Bits of a page-table entry. */
export const Pte = { V: 1, R: 2, W: 4, X: 8, U: 16, G: 32, A: 64, D: 128 } as const;

/** What an access wants to do: the permission bit that it needs. */
export const Access = { Load: Pte.R, Store: Pte.W, Fetch: Pte.X } as const;
export type Access = (typeof Access)[keyof typeof Access];

/** Bytes of the smallest page. */
export const PAGE_BYTES = 4096;

/** The first user address that is not canonical: user space is the lower half, 2^38 bytes. */
export const USER_SPACE_END = 2 ** 38;

/** What a walk can end in, besides a page. */
export const WALK_PAGE_FAULT = -1;
export const WALK_ACCESS_FAULT = -2;

/** What a walk that succeeded has found, valid until the next walk. */
export interface Leaf {
  /** Page number of the 4 KiB page that holds the address, also inside a superpage. */
  frame: number;
  /** The permission bits R, W, X that an access may use; W is left out while D is clear. */
  permissions: number;
}

const LEVELS = 3;
const LEVEL_BITS = 9;
const LEVEL_MASK = 0x1ff;
const POINTER_RESERVED = Pte.U | Pte.A | Pte.D;
const PERMISSIONS = Pte.R | Pte.W | Pte.X;
/** Bits 54..63 of an entry, in its high word: reserved without Svnapot and Svpbmt. */
const HIGH_RESERVED = 0xffc00000 | 0;
/** Page numbers per unit of an entry's high word: bits 10..31 of the low word hold 22 bits of it. */
const FRAMES_PER_HIGH = 2 ** 22;

/**
 * Walk from the table at `root` to the page `vpn` (a user page number, below 2^26).
 * Returns 0 and fills `leaf`, or one of the WALK_ codes.
 */
export function walk(memory: PhysicalMemory, root: number, vpn: number, leaf: Leaf): number {
  let table = root;
  for (let level = LEVELS - 1; level >= 0; level--) {
    if (!memory.contains(table, PAGE_BYTES)) return WALK_ACCESS_FAULT;
    const slot = (vpn >>> (level * LEVEL_BITS)) & LEVEL_MASK;
    const index = memory.index(table) + slot * 2;
    const low = memory.words[index]!;
    const high = memory.words[index + 1]!;
    if ((low & Pte.V) === 0 || (high & HIGH_RESERVED) !== 0) return WALK_PAGE_FAULT;
    const frame = high * FRAMES_PER_HIGH + (low >>> 10);
    if ((low & PERMISSIONS) !== 0) return readLeaf(low, frame, vpn, level, leaf);
    if ((low & POINTER_RESERVED) !== 0) return WALK_PAGE_FAULT;
    table = frame * PAGE_BYTES;
  }
  return WALK_PAGE_FAULT;
}

function readLeaf(low: number, frame: number, vpn: number, level: number, leaf: Leaf): number {
  if ((low & (Pte.R | Pte.W)) === Pte.W) return WALK_PAGE_FAULT;
  if ((low & Pte.U) === 0 || (low & Pte.A) === 0) return WALK_PAGE_FAULT;
  const pages = 1 << (level * LEVEL_BITS);
  if (frame % pages !== 0) return WALK_PAGE_FAULT;
  leaf.frame = frame + (vpn & (pages - 1));
  leaf.permissions = low & (low & Pte.D ? PERMISSIONS : Pte.R | Pte.X);
  return 0;
}
