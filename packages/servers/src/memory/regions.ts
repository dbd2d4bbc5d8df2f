/**
 * The regions of an address space: what lies from where to where, and which part of what stands behind it.
 *
 * Pure: an ordered list without overlaps. A region whose `floor` lies below its start grows down when memory below it is
 * asked for, as a stack does, and stays a page away from whatever else lies there. Regions are never changed: one that
 * grows or is cut is replaced.
 * Invariant: start < end, floor <= start, all multiples of a page; each ends before the next one begins.
 */
import { PAGE_BYTES } from "../common/need.js";

/** What may be done with memory. */
export type AccessName = "r" | "rw" | "rx" | "rwx";

/** Something that lies somewhere. */
export interface Region<Backing> {
  readonly start: number;
  /** The first address behind it. */
  readonly end: number;
  /** How far down it may grow. */
  readonly floor: number;
  readonly access: AccessName;
  readonly backing: Backing;
  /** The page of the backing that lies at `start`. */
  readonly offset: number;
}

/** The lowest address of a space: at 0 nothing lies, so that a null pointer faults. */
const FIRST = PAGE_BYTES;
/** One behind the highest: the last page that can be mapped is never. */
const LAST = 2 ** 38 - PAGE_BYTES;

/** Whether a region can lie there. */
export function canLie(start: number, bytes: number): boolean {
  return start % PAGE_BYTES === 0 && bytes % PAGE_BYTES === 0 && bytes > 0 && start >= FIRST && start + bytes <= LAST;
}

/** The page of the backing that lies at `address`. */
export function pageIn<B>({ start, offset }: Region<B>, address: number): number {
  return offset + Math.floor((address - start) / PAGE_BYTES);
}

/** All regions of a space. */
export class Regions<Backing> {
  /** In the order of addresses. */
  #all: Region<Backing>[] = [];

  get all(): readonly Region<Backing>[] {
    return this.#all;
  }

  /** What lies at `address`. */
  at(address: number): Region<Backing> | null {
    const region = this.#all[this.#firstEndingAbove(address)];
    return region !== undefined && region.start <= address ? region : null;
  }

  /** What lies at `address`, or comes to lie there because it grows. */
  reach(address: number): Region<Backing> | null {
    const place = this.#firstEndingAbove(address);
    const region = this.#all[place];
    if (region === undefined || region.start <= address) return region ?? null;
    const start = address - (address % PAGE_BYTES);
    const below = this.#all[place - 1];
    if (start < region.floor || (below !== undefined && below.end + PAGE_BYTES > start)) return null;
    const grown = { ...region, start, offset: region.offset - (region.start - start) / PAGE_BYTES };
    this.#all[place] = grown;
    return grown;
  }

  /** Whether something lies between two addresses. */
  overlaps(start: number, end: number): boolean {
    const next = this.#all[this.#firstEndingAbove(start)];
    return next !== undefined && next.start < end;
  }

  /** @returns false when something lies there already */
  add(region: Region<Backing>): boolean {
    if (this.overlaps(region.start, region.end)) return false;
    this.#all.splice(this.#firstEndingAbove(region.start), 0, region);
    return true;
  }

  /** Nothing lies there any more. @returns the parts that did */
  remove(start: number, end: number): Region<Backing>[] {
    const removed: Region<Backing>[] = [];
    this.#all = this.#all.flatMap((region) => {
      if (region.end <= start || region.start >= end) return [region];
      removed.push(part(region, Math.max(start, region.start), Math.min(end, region.end)));
      const left: Region<Backing>[] = [];
      if (region.start < start) left.push({ ...region, end: start });
      if (region.end > end) left.push(part(region, end, region.end));
      return left;
    });
    return removed;
  }

  /** How many more there would be if what lies between two addresses became something else. */
  cutsAt(start: number, end: number): number {
    return [start, end].filter((address) => (this.at(address)?.start ?? address) < address).length;
  }

  /**
   * What lies between two addresses may be used so from now on. Parts of one region that may be used alike are one again.
   * @returns false when there is a gap, and nothing has changed
   */
  protect(start: number, end: number, access: AccessName): boolean {
    let covered = start;
    const all: Region<Backing>[] = [];
    for (const region of this.#all) {
      const isOutside = region.end <= start || region.start >= end;
      if (!isOutside && region.start <= covered) covered = region.end;
      for (const part of isOutside ? [region] : recut(region, start, end, access)) {
        const below = all.at(-1);
        if (below !== undefined && continues(below, part)) all[all.length - 1] = { ...below, end: part.end };
        else all.push(part);
      }
    }
    if (covered < end) return false;
    this.#all = all;
    return true;
  }

  /**
   * What begins at `start` ends at `end` from now on.
   * @returns the part that is cut off, if any
   */
  resize(start: number, end: number): Region<Backing>[] | "NotFound" | "Overlap" {
    const place = this.#all.findIndex((region) => region.start === start);
    const region = this.#all[place];
    if (region === undefined) return "NotFound";
    if (end < region.end) return this.remove(end, region.end);
    const next = this.#all[place + 1];
    if (next !== undefined && next.start < end) return "Overlap";
    this.#all[place] = { ...region, end };
    return [];
  }

  /** The place of the first region that ends above `address`; their number when there is none. */
  #firstEndingAbove(address: number): number {
    let low = 0;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#all[middle] as Region<Backing>).end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** What is left of a region from `start` to `end`, which grows no more. */
function part<B>(region: Region<B>, start: number, end: number): Region<B> {
  return { ...region, start, end, floor: start, offset: pageIn(region, start) };
}

/** A region in up to three parts, of which the middle one may be used in another way. The lowest still grows down. */
function recut<B>(region: Region<B>, start: number, end: number, access: AccessName): Region<B>[] {
  const parts: Region<B>[] = [];
  if (region.start < start) parts.push({ ...region, end: start });
  const from = Math.max(start, region.start);
  const { floor } = region;
  parts.push({ ...part(region, from, Math.min(end, region.end)), access, floor: from === region.start ? floor : from });
  if (region.end > end) parts.push(part(region, end, region.end));
  return parts;
}

/** Whether a region is what was cut from the one below it, and may be used alike. */
function continues<B>(below: Region<B>, { start, access, backing, offset, floor }: Region<B>): boolean {
  const isBehind = below.end === start && floor === start && pageIn(below, start) === offset;
  return isBehind && below.backing === backing && below.access === access;
}
