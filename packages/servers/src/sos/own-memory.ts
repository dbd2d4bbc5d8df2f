/**
 * What a process asks for its own memory: heap, mappings, shared pages. The layout says what it may have, the memory
 * server puts it there. Nothing here parks but what is shared.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Failure, fail } from "../common/answer.js";
import { PAGE_BYTES } from "../common/need.js";
import type { Lane } from "./lane.js";
import { HEAP_START, type Layout, mappable } from "./layout.js";
import type { Process } from "./process.js";
import type { SharedMemory } from "./shared.js";

/** The heap of a process ends at `end`, if it can. @returns where it ends */
export function* moveBreak({ parts }: Process, end: number): Thread<number> {
  const { layout, space } = parts;
  if (!layout.canEndAt(end)) return layout.brk;
  const pages = Math.ceil((end - HEAP_START) / PAGE_BYTES);
  const place = { address: HEAP_START, bytes: pages * PAGE_BYTES };
  if (pages !== layout.heapPages) {
    const isThere = layout.heapPages > 0;
    const moved =
      pages === 0
        ? yield* space.unmap({ address: HEAP_START, bytes: layout.heapPages * PAGE_BYTES })
        : isThere
          ? yield* space.grow(place)
          : yield* space.anonymous({ ...place, access: "rw" });
    if (moved.error !== null) return layout.brk;
  }
  layout.brk = end;
  return end;
}

/** Zeroes of so many bytes, where there is room. */
export function* mapZeroes({ parts }: Process, length: number): Thread<number | Failure<"NoMemory">> {
  const { layout, space } = parts;
  const range = layout.placeFor(length);
  if (range === null) return fail("NoMemory");
  const placed = yield* space.anonymous({ address: range.start, bytes: range.end - range.start, access: "rw" });
  if (placed.error !== null) return fail("NoMemory");
  layout.map(range);
  return range.start;
}

/** What was mapped there is gone. `NoMemory`: what is left would be in more pieces than there may be. */
export function* unmap(
  process: Process,
  address: number,
  bytes: number,
  shared: SharedMemory,
): Thread<Failure<"BadRange" | "NoMemory"> | null> {
  const { layout, space } = process.parts;
  const range = mappable(address, Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES);
  if (range === null || !layout.isMapped(range)) return fail("BadRange");
  if ((yield* space.unmap({ address, bytes: range.end - range.start })).error !== null) return fail("NoMemory");
  layout.unmap(range);
  yield* shared.leave(process, pagesOf(range.start, range.end));
  return null;
}

/** Share pages with all who say so, too. Parks. */
export function* share(
  process: Process,
  asked: { readonly address: number; readonly size: number; readonly writable: number },
  shared: SharedMemory,
  turns: Lane,
): Thread<Failure<"BadRange" | "NoMemory"> | null> {
  const range = mappable(asked.address, asked.size);
  if (range === null) return fail("BadRange");
  const pages = pagesOf(range.start, range.end);
  return yield* turns.inTurn(function* () {
    const { layout } = process.parts;
    if (!shared.hasRoom(process, pages) || !hasRoomFor(layout, pages)) return fail("NoMemory");
    for (const page of pages) {
      const there = { start: page, end: page + PAGE_BYTES };
      const isThere = layout.isMapped(there);
      if (!(yield* shared.join(process, page, asked.writable !== 0, isThere))) return fail("NoMemory");
      if (!isThere) layout.map(there);
    }
    return null;
  });
}

function hasRoomFor(layout: Layout, pages: readonly number[]): boolean {
  const fresh = pages.filter((page) => !layout.isMapped({ start: page, end: page + PAGE_BYTES }));
  return layout.pages + fresh.length <= layout.most;
}

/** The addresses of pages. */
function pagesOf(start: number, end: number): number[] {
  return Array.from({ length: (end - start) / PAGE_BYTES }, (_, i) => start + i * PAGE_BYTES);
}
