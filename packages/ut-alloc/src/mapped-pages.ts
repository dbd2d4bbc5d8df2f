/**
 * Frames of the frame table that are mapped into another VSpace too: the pages of a process.
 *
 * Each page is one frame, a copy of its capability, and that copy's mapping. The root task writes to the frame through
 * its own mapping (`frame_data`). Whoever fills a VSpace keeps the list, to empty it again.
 */
import { cspace_alloc_slot, cspace_copy, cspace_delete, cspace_free_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapNull,
  type seL4_CPtr,
  seL4_NoError,
  seL4_ReadWrite,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
} from "@tessera/libsel4";
import {
  alloc_frame,
  frame_page,
  type frame_ref_t,
  type frame_table_t,
  free_frame,
  NULL_FRAME,
} from "./frame-table.js";
import { map_frame } from "./map-frame.js";
import { free_paging_objects, type paging_object_t } from "./paging.js";

/** What the holder of a page may do with it. */
export interface page_access_t {
  readonly writable: boolean;
  readonly executable: boolean;
}

/** One page. */
export interface mapped_page_t {
  readonly vaddr: number;
  /** NULL_FRAME for a page that is not of the frame table. */
  readonly frame: frame_ref_t;
  /** The capability that it is mapped with. */
  readonly cptr: seL4_RISCV_Page;
  access: page_access_t;
}

/** What somebody has put into a VSpace. */
export interface vspace_contents_t {
  readonly vspace: seL4_RISCV_PageTable;
  /** By address. */
  readonly pages: Map<number, mapped_page_t>;
  readonly tables: paging_object_t[];
}

/** Nothing is in it yet. */
export function vspace_contents(vspace: seL4_RISCV_PageTable): vspace_contents_t {
  return { vspace, pages: new Map(), tables: [] };
}

/** A new frame at `vaddr`; null when memory or slots have run out, or something is mapped there. */
export function* add_page(
  cspace: cspace_t,
  contents: vspace_contents_t,
  vaddr: number,
  access: page_access_t,
  frame_table: frame_table_t,
): Thread<mapped_page_t | null> {
  const frame = yield* alloc_frame(frame_table);
  if (frame === NULL_FRAME) return null;
  const page = yield* add_page_of(cspace, contents, vaddr, access, frame_page(frame, frame_table), frame);
  if (page === null) free_frame(frame, frame_table);
  return page;
}

/** A copy of the capability `original` at `vaddr`; null as `add_page`. */
export function* add_page_of(
  cspace: cspace_t,
  contents: vspace_contents_t,
  vaddr: number,
  access: page_access_t,
  original: seL4_RISCV_Page,
  frame: frame_ref_t = NULL_FRAME,
): Thread<mapped_page_t | null> {
  const cptr = yield* cspace_alloc_slot(cspace);
  if (cptr === seL4_CapNull) return null;
  let err: number = yield* cspace_copy(cspace, cptr, cspace, original, seL4_AllRights);
  if (err === seL4_NoError) {
    err = yield* map_frame(
      cspace,
      cptr,
      contents.vspace,
      vaddr,
      rightsOf(access),
      attributesOf(access),
      contents.tables,
    );
  }
  if (err !== seL4_NoError) {
    yield* drop(cspace, cptr);
    return null;
  }
  const page = { vaddr, frame, cptr, access };
  contents.pages.set(vaddr, page);
  return page;
}

/** Let the holder of a page do what `access` says besides what it may already. No kernel error is possible. */
export function* widen(
  cspace: cspace_t,
  contents: vspace_contents_t,
  page: mapped_page_t,
  access: page_access_t,
): Thread<boolean> {
  const { writable, executable } = page.access;
  const wider = { writable: writable || access.writable, executable: executable || access.executable };
  if (wider.writable === writable && wider.executable === executable) return true;
  const { cptr, vaddr } = page;
  const err = yield* map_frame(cspace, cptr, contents.vspace, vaddr, rightsOf(wider), attributesOf(wider));
  if (err === seL4_NoError) page.access = wider;
  return err === seL4_NoError;
}

/** Take everything out of the VSpace: capabilities, frames, page tables. */
export function* free_contents(
  cspace: cspace_t,
  contents: vspace_contents_t,
  frame_table: frame_table_t,
): Thread<void> {
  for (const { cptr, frame } of contents.pages.values()) {
    yield* drop(cspace, cptr);
    free_frame(frame, frame_table);
  }
  contents.pages.clear();
  yield* free_paging_objects(contents.tables, cspace);
}

function* drop(cspace: cspace_t, cptr: seL4_CPtr): Thread<void> {
  yield* cspace_delete(cspace, cptr);
  yield* cspace_free_slot(cspace, cptr);
}

function rightsOf({ writable }: page_access_t) {
  return writable ? seL4_ReadWrite : seL4_CanRead;
}

function attributesOf({ executable }: page_access_t) {
  return executable ? seL4_RISCV_Default_VMAttributes : seL4_RISCV_ExecuteNever;
}
