/** Pages of an allocator. */
import type { Thread } from "@tessera/hal-sim/isa";
import type { backing_ut, cspace_t } from "../../src/index.js";

/** Have the allocator cut `count` pages now: requests for no more than these change nothing but who has them. */
export function* cutPages(cspace: cspace_t, count: number): Thread {
  const pages: backing_ut[] = [];
  while (pages.length < count) pages.push((yield* cspace.alloc!.alloc_4k_ut())!);
  for (const page of pages) yield* cspace.alloc!.free_4k_ut(page);
}
