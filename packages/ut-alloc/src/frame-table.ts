/**
 * The frame table: every frame that the root task can see, by number, each in a place of its own in the root task's
 * memory.
 *
 *     (not made) --alloc_frame--> ALLOCATED --free_frame--> FREE --alloc_frame--> ALLOCATED
 *
 * The ALLOCATED list has the oldest frame first, ready for a page-replacement clock; the FREE list is last in, first
 * out. A frame stays mapped while it is free, and its memory is never given back. A frame that a process uses too is
 * mapped there with a copy of its capability (`frame_page`). C has one table; here `frame_table_init` returns one, and
 * two know nothing of each other as long as their VSpaces differ.
 * Invariant: each frame but number 0 is on the list that its `list_id` says, and on no other.
 *
 * Source of names and behaviour: `sos/src/frame_table.h` of the course's system.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapNull,
  seL4_NoError,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
} from "@tessera/libsel4";
import { alloc_retype, free_retyped } from "./alloc-retype.js";
import { map_frame } from "./map-frame.js";
import { SOS_FRAME_DATA } from "./vmem-layout.js";

/** Number of a frame: 1 to 2^19 - 1, or NULL_FRAME. */
export type frame_ref_t = number;

/** No frame. */
export const NULL_FRAME: frame_ref_t = 0;

/** Which list a frame is on. */
export const NO_LIST = 1;
export const FREE_LIST = 2;
export const ALLOCATED_LIST = 3;

/** Numbers that fit a `frame_ref_t`, the sentinel's included: 2 GiB of frames. */
export const MAX_FRAMES = 2 ** 19;

const PAGE_BYTES = 2 ** seL4_PageBits;

/** One entry. */
export interface frame_t {
  /** The capability that maps it into the root task; seL4_CapNull for the sentinel. */
  readonly sos_page: seL4_RISCV_Page;
  prev: frame_ref_t;
  next: frame_ref_t;
  list_id: typeof NO_LIST | typeof FREE_LIST | typeof ALLOCATED_LIST;
}

/** A list of frames, linked by their numbers. */
interface frame_list_t {
  readonly list_id: typeof FREE_LIST | typeof ALLOCATED_LIST;
  first: frame_ref_t;
  last: frame_ref_t;
  length: number;
}

/** The frames of a root task, which it sees through one window: C's frame table. Made by `frame_table_init`. */
export interface frame_table_t {
  readonly cspace: cspace_t;
  readonly vspace: seL4_RISCV_PageTable;
  /** Entries there may be, the sentinel included. */
  readonly limit: number;
  /** Index = frame_ref_t. */
  readonly frames: frame_t[];
  readonly free: frame_list_t;
  readonly allocated: frame_list_t;
}

/**
 * An empty frame table. Makes no system call and allocates nothing.
 * @param cspace the CSpace that the caller runs on: memory and slots of frames come from it
 * @param vspace the caller's VSpace
 * @param limit entries, the sentinel included, so that one less frames can be had; 0 = no limit. C's
 * CONFIG_SOS_FRAME_LIMIT, to try out demand paging
 * @throws RangeError when `limit` is no whole number from 0 to MAX_FRAMES
 */
export function frame_table_init(cspace: cspace_t, vspace: seL4_RISCV_PageTable, limit = 0): frame_table_t {
  if (!(Number.isInteger(limit) && limit >= 0 && limit <= MAX_FRAMES)) {
    throw new RangeError(`frame_table_init: a limit of ${limit} entries; it must be 0 (none) to ${MAX_FRAMES}`);
  }
  return {
    cspace,
    vspace,
    limit: limit === 0 ? MAX_FRAMES : limit,
    frames: [entry(seL4_CapNull)],
    free: { list_id: FREE_LIST, first: NULL_FRAME, last: NULL_FRAME, length: 0 },
    allocated: { list_id: ALLOCATED_LIST, first: NULL_FRAME, last: NULL_FRAME, length: 0 },
  };
}

/** The CSpace that holds the capabilities of frames. */
export function frame_table_cspace(frame_table: frame_table_t): cspace_t {
  return frame_table.cspace;
}

/**
 * A frame, mapped at its place in the root task, readable and writable. What it holds is not zeroed.
 *
 * Cannot block. A frame that was never used before takes 4 KiB of memory, a slot, and memory and slots for the page
 * tables of its place, which stay with the table. On failure nothing has changed.
 * @returns NULL_FRAME when memory or slots have run out or the limit is reached
 */
export function* alloc_frame(frame_table: frame_table_t): Thread<frame_ref_t> {
  const { frames, free, allocated } = frame_table;
  let ref = free.first;
  if (ref !== NULL_FRAME) {
    remove(frames, free, ref);
  } else {
    const sos_page = yield* fresh_frame(frame_table);
    if (sos_page === seL4_CapNull) return NULL_FRAME;
    ref = frames.push(entry(sos_page)) - 1;
  }
  append(frames, allocated, ref);
  return ref;
}

/**
 * Give a frame back, for the next `alloc_frame`. Copies of its capability must be deleted. NULL_FRAME is ignored.
 * Plain.
 * @throws RangeError when there is no such frame, Error when it is free already
 */
export function free_frame(frame_ref: frame_ref_t, frame_table: frame_table_t): void {
  if (frame_ref === NULL_FRAME) return;
  const { frames, free, allocated } = frame_table;
  if (frame_from_ref(frame_ref, frame_table).list_id !== ALLOCATED_LIST) {
    throw new Error(`free_frame: frame ${frame_ref} is free already`);
  }
  remove(frames, allocated, frame_ref);
  prepend(frames, free, frame_ref);
}

/**
 * Address of a frame's 4096 bytes in the root task's memory. Plain.
 * @throws RangeError when there is no such frame
 */
export function frame_data(frame_ref: frame_ref_t, frame_table: frame_table_t): number {
  frame_from_ref(frame_ref, frame_table);
  return SOS_FRAME_DATA + frame_ref * PAGE_BYTES;
}

/**
 * The capability that maps a frame into the root task; copy it to map the frame elsewhere. Plain.
 * @throws RangeError when there is no such frame
 */
export function frame_page(frame_ref: frame_ref_t, frame_table: frame_table_t): seL4_RISCV_Page {
  return frame_from_ref(frame_ref, frame_table).sos_page;
}

/**
 * The entry of a frame, to look at. Plain.
 * @throws RangeError when there is no such frame
 */
export function frame_from_ref(frame_ref: frame_ref_t, frame_table: frame_table_t): frame_t {
  const frame = frame_ref === NULL_FRAME ? undefined : frame_table.frames[frame_ref];
  if (frame === undefined) {
    throw new RangeError(`the frame table has frames 1 to ${frame_table.frames.length - 1}, not ${frame_ref}`);
  }
  return frame;
}

/** A new frame at the place of the next number, or seL4_CapNull. */
function* fresh_frame({ cspace, vspace, frames, limit }: frame_table_t): Thread<seL4_RISCV_Page> {
  if (frames.length >= limit) return seL4_CapNull;
  const { ut, cptr } = yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
  if (ut === null) return seL4_CapNull;
  const vaddr = SOS_FRAME_DATA + frames.length * PAGE_BYTES;
  const err = yield* map_frame(cspace, cptr, vspace, vaddr, seL4_ReadWrite, seL4_RISCV_ExecuteNever);
  if (err === seL4_NoError) return cptr;
  yield* free_retyped({ ut, cptr }, cspace);
  return seL4_CapNull;
}

function entry(sos_page: seL4_RISCV_Page): frame_t {
  return { sos_page, prev: NULL_FRAME, next: NULL_FRAME, list_id: NO_LIST };
}

function append(frames: readonly frame_t[], list: frame_list_t, ref: frame_ref_t): void {
  const frame = frames[ref]!;
  frame.list_id = list.list_id;
  frame.prev = list.last;
  if (list.last === NULL_FRAME) list.first = ref;
  else frames[list.last]!.next = ref;
  list.last = ref;
  list.length++;
}

function prepend(frames: readonly frame_t[], list: frame_list_t, ref: frame_ref_t): void {
  const frame = frames[ref]!;
  frame.list_id = list.list_id;
  frame.next = list.first;
  if (list.first === NULL_FRAME) list.last = ref;
  else frames[list.first]!.prev = ref;
  list.first = ref;
  list.length++;
}

function remove(frames: readonly frame_t[], list: frame_list_t, ref: frame_ref_t): void {
  const frame = frames[ref]!;
  if (frame.prev === NULL_FRAME) list.first = frame.next;
  else frames[frame.prev]!.next = frame.next;
  if (frame.next === NULL_FRAME) list.last = frame.prev;
  else frames[frame.next]!.prev = frame.prev;
  frame.prev = NULL_FRAME;
  frame.next = NULL_FRAME;
  frame.list_id = NO_LIST;
  list.length--;
}
