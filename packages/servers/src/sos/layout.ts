/**
 * Where what lies in a process of SOS, beside its image: heap, mappings, stack. And how much of it there is, so that
 * memory which the process cannot have is refused when it asks, and not when it is touched.
 *
 *     below 0x1000_0000             its image
 *     0x1000_0000 ─▸                heap, up to `brk`
 *     0x2000_0000 .. 0x3000_0000    what is mapped, from above downwards, and what is shared
 *     .. 0x3800_0000                stack, grows down
 *
 * Pure: addresses and numbers of pages. Sizes are rounded up to pages, as the hardware has them.
 */
import { PAGE_BYTES } from "../common/need.js";

/** Where the heap begins. */
export const HEAP_START = 0x1000_0000;
const HEAP_END = 0x2000_0000;
/** What is mapped, and shared, lies from here on, */
const MAP_START = 0x2000_0000;
/** and ends here. */
const MAP_END = 0x3000_0000;
/** The end of the stack, and so its beginning. */
export const STACK_TOP = 0x3800_0000;

/** Addresses from `start` up to `end`. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** The layout of one process. */
export class Layout {
  /** Pages that heap and mappings may have. */
  readonly most: number;
  /** The end of the heap, to the byte. */
  brk = HEAP_START;
  /** In the order of their addresses. They do not overlap. */
  #mapped: Range[] = [];

  constructor(pages: number) {
    this.most = pages;
  }

  /** Pages of heap and mappings. */
  get pages(): number {
    return this.heapPages + this.#mapped.reduce((sum, { start, end }) => sum + (end - start) / PAGE_BYTES, 0);
  }

  get heapPages(): number {
    return Math.ceil((this.brk - HEAP_START) / PAGE_BYTES);
  }

  /** Whether the heap may end at `end`. */
  canEndAt(end: number): boolean {
    if (end < HEAP_START || end > HEAP_END) return false;
    return this.pages - this.heapPages + Math.ceil((end - HEAP_START) / PAGE_BYTES) <= this.most;
  }

  /** Where `length` bytes can be mapped: the highest place; null: there is none, or not so many pages. */
  placeFor(length: number): Range | null {
    const pages = Math.ceil(length / PAGE_BYTES);
    if (pages === 0 || this.pages + pages > this.most) return null;
    let end = MAP_END;
    for (const range of this.#mapped.toReversed()) {
      if (end - range.end >= pages * PAGE_BYTES) break;
      end = range.start;
    }
    const start = end - pages * PAGE_BYTES;
    return start < MAP_START ? null : { start, end };
  }

  /** Something is mapped there from now on. */
  map(range: Range): void {
    this.#mapped.push(range);
    this.#mapped.sort((a, b) => a.start - b.start);
  }

  /** Whether all of it is mapped. */
  isMapped({ start, end }: Range): boolean {
    let at = start;
    for (const range of this.#mapped) if (range.start <= at && at < range.end) at = range.end;
    return at >= end;
  }

  /** Nothing is mapped there any more. */
  unmap({ start, end }: Range): void {
    this.#mapped = this.#mapped.flatMap((range) => {
      const below = { start: range.start, end: Math.min(range.end, start) };
      const above = { start: Math.max(range.start, end), end: range.end };
      return [below, above].filter((part) => part.end > part.start);
    });
  }
}

/** A range of whole pages within what can be mapped and shared; null: it is none. */
export function mappable(address: number, bytes: number): Range | null {
  const isWhole = address % PAGE_BYTES === 0 && bytes % PAGE_BYTES === 0 && bytes > 0;
  return isWhole && address >= MAP_START && address + bytes <= MAP_END
    ? { start: address, end: address + bytes }
    : null;
}
