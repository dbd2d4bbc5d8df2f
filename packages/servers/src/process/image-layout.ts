/**
 * Where the segments of an executable go, page by page: pure logic, which believes nothing that the file says.
 *
 *     a page's bytes are those of the file, in a row      taken from the file when it is touched: shared, or a copy
 *     a page is zero from some byte on, or two segments'  made at once, of what the file has for it
 *     a page has no bytes in the file                     zero until it is written
 *
 * What two segments share has what either of them may do. Next to a segment its pages show what lies next to it in the
 * file, as they do wherever files are mapped.
 */
import { type elf_program_header_t, PF_R, PF_W, PF_X, PT_LOAD } from "@tessera/ut-alloc";
import { PAGE_BYTES } from "../common/need.js";

/** What may be done with memory. */
export type SegmentAccess = "r" | "rw" | "rx" | "rwx";

/** Pages that come out of the file. */
export interface FilePages {
  readonly address: number;
  readonly bytes: number;
  /** Where their first byte lies in the file. */
  readonly offset: number;
  readonly access: SegmentAccess;
}

/** Pages that are zero, but for what is written to them. */
export interface ZeroPages {
  readonly address: number;
  readonly bytes: number;
  readonly access: SegmentAccess;
}

/** Bytes of the file that are written to such pages. */
export interface Patch {
  readonly address: number;
  readonly offset: number;
  readonly bytes: number;
}

/** What to do to have an executable in memory. */
export interface ImageLayout {
  readonly files: readonly FilePages[];
  readonly zeroes: readonly ZeroPages[];
  readonly patches: readonly Patch[];
  /** The first address behind all pages. */
  readonly end: number;
}

/** Segments of one file: what is more is no program of ours. */
export const MOST_SEGMENTS = 16;

/** A run of pages of one segment. */
interface Run {
  readonly start: number;
  readonly end: number;
}

/**
 * Where these segments go.
 * @param entry where execution begins
 * @param below addresses have to lie below this
 * @returns a sentence when they cannot be loaded
 */
export function layOut(headers: readonly elf_program_header_t[], entry: number, below: number): ImageLayout | string {
  const segments = headers
    .filter(({ type, memory_size }) => type === PT_LOAD && memory_size > 0)
    .sort((a, b) => a.vaddr - b.vaddr);
  const wrong = whatIsWrong(segments, entry, below);
  if (wrong !== null) return wrong;

  const files: FilePages[] = [];
  for (const segment of segments) {
    const { start, end } = fileRun(segment, segments);
    if (start >= end) continue;
    const offset = segment.offset - (segment.vaddr - start);
    files.push({ address: start, bytes: end - start, offset, access: accessOf([segment]) });
  }
  const zeroes = zeroRuns(segments, files);
  const patches = segments.flatMap((segment) => patchesOf(segment, zeroes));
  return { files, zeroes, patches, end: pageEnd(Math.max(...segments.map(endOf))) };
}

function whatIsWrong(segments: readonly elf_program_header_t[], entry: number, below: number): string | null {
  if (segments.length === 0) return "it has nothing to load";
  if (segments.length > MOST_SEGMENTS) return `it has ${segments.length} segments, more than ${MOST_SEGMENTS}`;
  for (const [i, segment] of segments.entries()) {
    const { vaddr } = segment;
    const end = endOf(segment);
    if (vaddr < PAGE_BYTES || !(end <= below))
      return `a segment lies at ${hex(vaddr)} to ${hex(end)}, outside of a process`;
    const next = segments[i + 1];
    if (next !== undefined && end > next.vaddr) return `two segments lie at ${hex(next.vaddr)}`;
  }
  const holds = segments.some((one) => entry >= one.vaddr && entry < endOf(one) && (one.flags & PF_X) !== 0);
  return holds ? null : `it begins at ${hex(entry)}, where nothing may be executed`;
}

/** The pages of a segment that are the file's as they are. */
function fileRun(segment: elf_program_header_t, all: readonly elf_program_header_t[]): Run {
  const { vaddr, offset, file_size, memory_size } = segment;
  let start = pageStart(vaddr);
  const fileEnd = vaddr + file_size;
  // Behind the bytes of the file come zeroes of the segment, if there are some.
  let end = memory_size > file_size ? pageStart(fileEnd) : pageEnd(fileEnd);
  // The file has nothing in front of its first byte.
  if (offset < vaddr - start) start += PAGE_BYTES;
  for (const other of all) {
    if (other === segment) continue;
    if (other.vaddr < vaddr) start = Math.max(start, pageEnd(endOf(other)));
    else end = Math.min(end, pageStart(other.vaddr));
  }
  return { start, end: file_size === 0 ? start : end };
}

/** All other pages of the segments, in runs in which the same may be done. */
function zeroRuns(segments: readonly elf_program_header_t[], files: readonly FilePages[]): ZeroPages[] {
  const runs: ZeroPages[] = [];
  for (const { start, end } of rest(segments, files)) {
    const access = accessOf(segments.filter((one) => one.vaddr < end && endOf(one) > start));
    const last = runs.at(-1);
    if (last !== undefined && last.address + last.bytes === start && last.access === access) {
      runs[runs.length - 1] = { ...last, bytes: last.bytes + end - start };
    } else runs.push({ address: start, bytes: end - start, access });
  }
  return runs;
}

/** The pages of segments that are no file's, cut where a page is shared: each piece is a page of several or pages of one. */
function rest(segments: readonly elf_program_header_t[], files: readonly FilePages[]): Run[] {
  const cuts = new Set<number>();
  for (const segment of segments) {
    for (const at of [segment.vaddr, endOf(segment) - 1]) cuts.add(pageStart(at)).add(pageStart(at) + PAGE_BYTES);
  }
  for (const { address, bytes } of files) cuts.add(address).add(address + bytes);
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.flatMap((start, i): Run[] => {
    const end = sorted[i + 1];
    if (end === undefined) return [];
    const isSegments = segments.some((one) => one.vaddr < end && endOf(one) > start);
    const isFiles = files.some(({ address, bytes }) => address < end && address + bytes > start);
    return isSegments && !isFiles ? [{ start, end }] : [];
  });
}

/** What the file has for a segment in pages that are zero. */
function patchesOf({ vaddr, offset, file_size }: elf_program_header_t, zeroes: readonly ZeroPages[]): Patch[] {
  return zeroes.flatMap(({ address, bytes }): Patch[] => {
    const start = Math.max(vaddr, address);
    const end = Math.min(vaddr + file_size, address + bytes);
    return start < end ? [{ address: start, offset: offset + (start - vaddr), bytes: end - start }] : [];
  });
}

/** What any of these segments may do; one that says nothing is to be read and written. */
function accessOf(segments: readonly elf_program_header_t[]): SegmentAccess {
  const flags = segments.reduce((all, one) => all | (one.flags & (PF_R | PF_W | PF_X) || PF_R | PF_W), 0);
  const isWritten = (flags & PF_W) !== 0;
  if ((flags & PF_X) !== 0) return isWritten ? "rwx" : "rx";
  return isWritten ? "rw" : "r";
}

function endOf({ vaddr, memory_size }: elf_program_header_t): number {
  return vaddr + memory_size;
}

function pageStart(address: number): number {
  return address - (address % PAGE_BYTES);
}

function pageEnd(address: number): number {
  return Math.ceil(address / PAGE_BYTES) * PAGE_BYTES;
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}
