/**
 * Loading an executable into a VSpace: the segments, page by page, in frames of the frame table.
 *
 * Each page is filled by the root task through its own mapping of the frame, zeros included, and mapped into the
 * loadee with no more than its segment may do. Two segments can share a page: it is one frame then, written by both,
 * and what either of them may do can be done to the page. When anything fails, everything is taken out again.
 *
 * Source of names and behaviour: `sos/src/elf.h` of the course's system.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import { seL4_PageBits, type seL4_RISCV_PageTable, seL4_UserTop } from "@tessera/libsel4";
import { type elf_program_header_t, type elf_t, PF_R, PF_W, PF_X, PT_LOAD } from "./elf.js";
import { frame_data, type frame_table_t } from "./frame-table.js";
import {
  add_page,
  free_contents,
  type page_access_t,
  vspace_contents,
  type vspace_contents_t,
  widen,
} from "./mapped-pages.js";

const PAGE_BYTES = 2 ** seL4_PageBits;

/** What `elf_load` returns: C's result, and what it has put into the VSpace, for `elf_unload`; null on error. */
export type elf_loaded =
  | { readonly error: 0; readonly contents: vspace_contents_t }
  | { readonly error: -1; readonly contents: null };

/**
 * Load the segments of an executable.
 *
 * Cannot block. Takes a frame of the frame table and a slot for each page, and memory and slots for page tables. On
 * error all of it has gone back, frames to the frame table.
 * Rights: a segment with PF_R or PF_X can be read, with PF_W read and written, with none of the three read and written
 * too; it can be executed when it has PF_X.
 * Errors: -1: memory, slots or frames have run out; a segment does not lie below seL4_UserTop; something is mapped in
 * its way that was not loaded by this call; `loadee_vspace` is no VSpace.
 * @param cspace the CSpace that the caller runs on
 * @param elf of `elf_newFile`
 */
export function* elf_load(
  cspace: cspace_t,
  loadee_vspace: seL4_RISCV_PageTable,
  elf: elf_t,
  frame_table: frame_table_t,
): Thread<elf_loaded> {
  const contents = vspace_contents(loadee_vspace);
  for (const ph of elf.program_headers) {
    if (ph.type !== PT_LOAD || (yield* loadSegment(cspace, contents, elf, ph, frame_table))) continue;
    yield* free_contents(cspace, contents, frame_table);
    return { error: -1, contents: null };
  }
  return { error: 0, contents };
}

/** Take out of a VSpace what `elf_load` has put there. Cannot block, allocates nothing, has no errors. */
export function* elf_unload(cspace: cspace_t, contents: vspace_contents_t, frame_table: frame_table_t): Thread<void> {
  yield* free_contents(cspace, contents, frame_table);
}

function* loadSegment(
  cspace: cspace_t,
  contents: vspace_contents_t,
  elf: elf_t,
  ph: elf_program_header_t,
  frame_table: frame_table_t,
): Thread<boolean> {
  const end = ph.vaddr + ph.memory_size;
  if (end > seL4_UserTop) return false;
  const access = accessOf(ph.flags);
  const first = Math.floor(ph.vaddr / PAGE_BYTES) * PAGE_BYTES;
  for (let vaddr = first; vaddr < end; vaddr += PAGE_BYTES) {
    const shared = contents.pages.get(vaddr);
    const page = shared ?? (yield* add_page(cspace, contents, vaddr, access, frame_table));
    if (page === null || !(yield* widen(cspace, contents, page, access))) return false;
    const from = shared === undefined ? vaddr : Math.max(vaddr, ph.vaddr);
    const to = shared === undefined ? vaddr + PAGE_BYTES : Math.min(vaddr + PAGE_BYTES, end);
    yield* copyOut(frame_data(page.frame, frame_table) + (from - vaddr), bytesOf(elf, ph, from, to));
  }
  return true;
}

/** What memory holds from `from` to `to`: the segment's bytes of the file where it has some, zeros elsewhere. */
function bytesOf(elf: elf_t, ph: elf_program_header_t, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  const start = Math.max(from, ph.vaddr);
  const end = Math.min(to, ph.vaddr + ph.file_size);
  if (start < end) {
    const inFile = ph.offset + (start - ph.vaddr);
    bytes.set(elf.bytes.subarray(inFile, inFile + (end - start)), start - from);
  }
  return bytes;
}

function accessOf(flags: number): page_access_t {
  const none = (flags & (PF_R | PF_W | PF_X)) === 0;
  return { writable: none || (flags & PF_W) !== 0, executable: (flags & PF_X) !== 0 };
}
