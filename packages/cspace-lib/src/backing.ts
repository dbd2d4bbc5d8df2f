/**
 * Where a CSpace gets the memory for its CNodes: the call-backs that break the circle of allocators.
 *
 * An allocator of untyped memory keeps its capabilities in a CSpace, and a CSpace is made of memory. So this
 * library asks through `cspace_alloc_t` and never names the allocator. Two of C's three call-backs are here;
 * `map_frame` and the watermark of slots belong to CSpaces that grow, of which there are none yet.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";

/** 4 KiB of untyped memory on loan. `cap` lies in the CSpace that the allocator's owner runs on. */
export interface backing_ut {
  readonly cap: seL4_CPtr<"Untyped">;
}

export interface cspace_alloc_t {
  /** 4 KiB of untyped memory, or null when memory or slots have run out. May trap. */
  alloc_4k_ut(): Thread<backing_ut | null>;
  /** Give it back. Everything that was made of it must be deleted. */
  free_4k_ut(untyped: backing_ut): void;
  /** The allocator itself, for its owner to find again; this library does not look at it. */
  readonly cookie: unknown;
}
