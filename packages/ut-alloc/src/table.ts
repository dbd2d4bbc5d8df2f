/**
 * The table of untyped memory: what is free, by size, and what has not been cut up yet.
 *
 * Memory comes in as the untypeds that the kernel listed. Those of at most 4 KiB go to the free list of their size at
 * once. Larger ones are *blocks*: 4 KiB untypeds are made of them one at a time, when asked for, each in a slot of
 * its own, because a CSpace may have fewer slots than memory has pages. Small untypeds are halves of larger ones.
 * A free list is last in, first out. Nothing merges again: halves of halves stay in the lists of their sizes.
 *
 *     block --make one more--> 4 KiB free <--ut_free-- allocated --> object
 *                                |  halve, down to 16 bytes
 *
 * Device memory is never handed out by size, only by address (device.ts), and does not count as size.
 * Invariant: each byte of what came in lies in exactly one of: a block's rest, a free untyped, an allocated one.
 *
 * Source of names and behaviour: `sos/src/ut.h` of the course's system.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import {
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  seL4_MinUntypedBits,
  seL4_PageBits,
  type seL4_RISCV_PageTable,
} from "@tessera/libsel4";
import { SOS_DEVICE_START, SOS_IPC_BUFFER, SOS_UT_TABLE } from "./vmem-layout.js";

/** One untyped that is, or was, allocated. The holder gives it back with `ut_free`. */
export class ut_t {
  /** The capability, in the CSpace that the table's owner runs on. */
  readonly cap: seL4_CPtr<"Untyped">;
  /** log2 of its bytes. */
  readonly size_bits: number;
  readonly paddr: number;
  /** Outside of RAM: frames can be made of it, and nothing else. */
  readonly device: boolean;
  /** Whether `ut_alloc` may hand it out. */
  free = true;
  readonly table: ut_table_t;

  constructor(table: ut_table_t, cap: seL4_CPtr<"Untyped">, size_bits: number, paddr: number, device: boolean) {
    this.table = table;
    this.cap = cap;
    this.size_bits = size_bits;
    this.paddr = paddr;
    this.device = device;
  }
}

/** Memory larger than a page of which pages are still to be made, from its start upward. */
export interface ut_block {
  readonly cap: seL4_CPtr<"Untyped">;
  readonly paddr: number;
  readonly pages: number;
  /** Pages made so far. */
  made: number;
}

/** A range of physical addresses, `end` excluded. */
export interface ut_region_t {
  readonly start: number;
  readonly end: number;
}

/** Where the next page of each window of the root task's memory goes; C has these as variables of their own. */
export interface ut_windows_t {
  /** The root task's VSpace. */
  vspace: seL4_RISCV_PageTable;
  /** `sos_map_device`. */
  device: number;
  /** IPC buffers of `spawn`, and addresses that it may use again. */
  ipc_buffer: number;
  readonly ipc_buffer_free: number[];
  /** `bootstrap_map_frame`, and addresses that it may use again. */
  bootstrap: number;
  readonly bootstrap_free: number[];
}

/** Bytes of one entry of C's table. */
const ENTRY_BYTES = 16;
const PAGE_BYTES = 2 ** seL4_PageBits;

/** Pages that C's table takes for a range of physical memory, one entry a page. Ours is not made of user memory. */
export function ut_pages_for_region(region: ut_region_t): number {
  const entries = Math.ceil((region.end - region.start) / PAGE_BYTES);
  return Math.ceil((entries * ENTRY_BYTES) / PAGE_BYTES);
}

/** Untyped memory, cut and whole: C's table. Made by `ut_bootstrap` or `ut_init`; hangs on a CSpace as its allocator. */
export class ut_table_t {
  /** Free untypeds by size_bits, 4 to 12; the last one is handed out first. */
  private readonly lists: ut_t[][] = Array.from({ length: seL4_PageBits + 1 }, () => []);
  /** Blocks with pages left, the smallest last, so that large ones stay whole for long. */
  private readonly blocks: ut_block[] = [];
  /** Device memory, free or not, cut as finely as has been asked for so far. */
  device: ut_t[] = [];
  /** Bytes of memory that came in, devices left out. */
  size = 0;
  private readonly region: ut_region_t;
  /** Ranges that came in by `ut_add_untyped_range`. */
  private readonly claimed: ut_region_t[] = [];
  readonly windows: ut_windows_t = {
    vspace: seL4_CapInitThreadVSpace,
    device: SOS_DEVICE_START,
    ipc_buffer: SOS_IPC_BUFFER,
    ipc_buffer_free: [],
    bootstrap: SOS_UT_TABLE,
    bootstrap_free: [],
  };

  /** @param region what ranges may lie in; untypeds that the kernel listed are believed */
  constructor(region: ut_region_t = { start: 0, end: Number.MAX_SAFE_INTEGER }) {
    this.region = region;
  }

  /**
   * Note that a range is under management.
   * @throws RangeError when it does not lie in the region, or some of it was there before
   */
  claim(range: ut_region_t): void {
    const { start, end } = this.region;
    const words = ({ start, end }: ut_region_t) => `0x${start.toString(16)} to 0x${end.toString(16)}`;
    if (range.start < start || range.end > end) {
      throw new RangeError(`ut_add_untyped_range: ${words(range)} does not lie in the table's ${words(this.region)}`);
    }
    const other = this.claimed.find((one) => one.start < range.end && range.start < one.end);
    if (other !== undefined) {
      throw new RangeError(`ut_add_untyped_range: ${words(range)} overlaps ${words(other)}, which is in the table`);
    }
    this.claimed.push(range);
  }

  /** Put a free untyped under management. Fewer than 16 bytes are not worth a record. */
  add(cap: seL4_CPtr<"Untyped">, size_bits: number, paddr: number, device: boolean): void {
    if (size_bits < seL4_MinUntypedBits) return;
    if (device) {
      this.device.push(new ut_t(this, cap, size_bits, paddr, true));
      return;
    }
    this.size += 2 ** size_bits;
    if (size_bits <= seL4_PageBits) {
      this.push(new ut_t(this, cap, size_bits, paddr, false));
    } else {
      this.addBlock({ cap, paddr, pages: 2 ** (size_bits - seL4_PageBits), made: 0 });
    }
  }

  /** A free untyped of exactly this size goes back to its list. */
  push(ut: ut_t): void {
    ut.free = true;
    this.lists[ut.size_bits]!.push(ut);
  }

  /** Take a free untyped of exactly this size. */
  pop(size_bits: number): ut_t | null {
    const ut = this.lists[size_bits]!.pop();
    if (ut === undefined) return null;
    ut.free = false;
    return ut;
  }

  /** The least size from `size_bits` up of which one is free, or null. */
  leastFree(size_bits: number): number | null {
    for (let bits = size_bits; bits <= seL4_PageBits; bits++) {
      if (this.lists[bits]!.length > 0) return bits;
    }
    return null;
  }

  /** The block to make the next page of, or null when there is none left. */
  block(): ut_block | null {
    return this.blocks.at(-1) ?? null;
  }

  /** The next page of `block` has been made, as `cap`. It is not free. */
  pageMade(block: ut_block, cap: seL4_CPtr<"Untyped">): ut_t {
    const ut = new ut_t(this, cap, seL4_PageBits, block.paddr + block.made * PAGE_BYTES, false);
    ut.free = false;
    block.made++;
    if (block.made === block.pages) this.blocks.splice(this.blocks.indexOf(block), 1);
    return ut;
  }

  private addBlock(block: ut_block): void {
    const at = this.blocks.findIndex((other) => other.pages <= block.pages);
    this.blocks.splice(at < 0 ? this.blocks.length : at, 0, block);
  }
}

/**
 * The table that hands out memory for a CSpace.
 * @throws TypeError when it has none, being neither of `ut_bootstrap` nor of `sos_bootstrap`, or has that of another
 */
export function ut_table_of(cspace: cspace_t): ut_table_t {
  const table = cspace.alloc?.cookie;
  if (table instanceof ut_table_t) {
    if (cspace.bootstrap === null) return table;
    throw new TypeError("this CSpace gets its memory from another one's allocator: pass the CSpace that you run on");
  }
  throw new TypeError("this CSpace has no untyped allocator: pass the one that ut_bootstrap returned");
}
