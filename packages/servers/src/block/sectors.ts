/** Sectors of a page of the cache, as bits: bit 0 is the first. */
import { PAGE_BYTES } from "../common/need.js";
import { SECTOR_BYTES } from "./interface.js";

/** Sectors of a page. */
export const PAGE_SECTORS = PAGE_BYTES / SECTOR_BYTES;
/** All of them. */
export const ALL_SECTORS = 2 ** PAGE_SECTORS - 1;

/** Consecutive sectors of a page. */
export interface SectorRun {
  readonly first: number;
  readonly count: number;
}

/** What belongs to one page of sectors that can span many. */
export interface PagePart extends SectorRun {
  readonly page: number;
}

/** The bits of a run. */
export function maskOf({ first, count }: SectorRun): number {
  return ((1 << count) - 1) << first;
}

/** The runs that the bits make, in order. */
export function runsOf(mask: number): SectorRun[] {
  const runs: SectorRun[] = [];
  for (let first = 0; first < PAGE_SECTORS; first++) {
    if ((mask & (1 << first)) === 0) continue;
    let count = 1;
    while ((mask & (1 << (first + count))) !== 0) count += 1;
    runs.push({ first, count });
    first += count;
  }
  return runs;
}

/** `count` sectors from `sector` up, page by page. */
export function* pageParts(sector: number, count: number): Generator<PagePart, void, void> {
  for (let at = sector; at < sector + count; ) {
    const first = at % PAGE_SECTORS;
    const part = Math.min(PAGE_SECTORS - first, sector + count - at);
    yield { page: (at - first) / PAGE_SECTORS, first, count: part };
    at += part;
  }
}
