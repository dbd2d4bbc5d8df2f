/**
 * Where a CSpace gets memory from: the call-backs that break the circle of allocators.
 *
 * An allocator of untyped memory keeps its capabilities in a CSpace, and a CSpace is made of memory: of CNodes, and of
 * pages in which it is written down which of their slots are free. So this library asks through `cspace_alloc_t` and
 * never names the allocator. All call-backs are called on the thread that called the library, and may trap.
 *
 * A CSpace that grows asks while it has no free slot to give. It hands `map_frame` the slots that it held back (its
 * watermark), and `alloc_4k_ut` has to do without one: `cspace_alloc_slot` of a CSpace that is just growing is
 * seL4_CapNull.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";

/** 4 KiB of untyped memory on loan. `cap` lies in the CSpace that the allocator's owner runs on. */
export interface backing_ut {
  readonly cap: seL4_CPtr<"Untyped">;
}

/** What `map_frame` returns: C's result and its out-parameter. */
export interface cspace_mapped {
  /** Where the frame is mapped; 0 = nowhere, and nothing is left behind. */
  readonly vaddr: number;
  /** Bit i is set when `free_slots[i]` holds a capability now, of a page table that was missing. */
  readonly used: number;
}

/** How a CSpace gets memory and address space of an allocator that it does not know: call-backs, as in C. */
export interface cspace_alloc_t {
  /**
   * Map a frame of 4 KiB into the caller's own address space, readable and writable, where nothing else is.
   * @param frame its capability, in the CSpace that the caller runs on
   * @param free_slots up to three empty slots of that CSpace, for page tables; allocating others can fail
   */
  map_frame(frame: seL4_CPtr<"Page">, free_slots: readonly seL4_CPtr[]): Thread<cspace_mapped>;
  /** The frame that was mapped at `vaddr` is gone, the address can be used again. C has no such call-back. */
  unmap_frame?(vaddr: number): Thread<void>;
  /** 4 KiB of untyped memory, or null when memory or slots have run out. */
  alloc_4k_ut(): Thread<backing_ut | null>;
  /** Give it back. Everything that was made of it has been deleted. */
  free_4k_ut(untyped: backing_ut): Thread<void>;
  /** The allocator itself, for its owner to find again; this library does not look at it. */
  readonly cookie: unknown;
}
