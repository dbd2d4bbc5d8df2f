/**
 * What a memory server can be asked. It keeps address spaces for its clients and mends the faults of the threads in them:
 * a page comes when it is touched, and goes to swap when there are others that are used more.
 *
 *     space ─▸ anonymous, map, stack, page … ─▸ vspace, handler: a thread runs in it ─▸ closed: everything goes back
 *
 * Memory is reserved, not hoped for: a space says how many pages it will have at most, and a dataspace has its size. As
 * long as both are within what frames and swap hold together, no fault fails for want of memory, whatever others do.
 *
 * Sources: Genode Foundations, "Region maps" and "Dataspaces"; the course's milestones M3 and M5.
 */
import { define, op, own, sessionOf } from "../common/define.js";
import { bool, bytes, capability, oneOf, text, u32, u53 } from "../common/field.js";
import { Raw } from "../common/raw.js";
import { File } from "../vfs/interface.js";
import { CHUNK } from "../vfs/limits.js";

/** Bytes of a sentence about a fault, at most. */
const WHY_BYTES = 120;

/** What may be done with memory: read, write, execute. */
export const Access = oneOf("r", "rw", "rx", "rwx");

/**
 * Memory by pages, to be mapped into spaces. It lives as long as its session is open or it is mapped somewhere.
 *
 * - `read`, `write`: up to CHUNK bytes of it. `BadAddress`: they do not lie in it. `Denied`: what a file gives cannot be
 *   written. `IO`: what lies behind it has failed.
 * - `stat`: pages in memory, and in swap.
 */
export const Dataspace = define("dataspace", {
  read: op({ offset: u53, length: u32 }, { data: bytes(CHUNK) }, ["BadAddress", "IO"], { waits: true }),
  write: op({ offset: u53, data: bytes(CHUNK) }, {}, ["BadAddress", "Denied", "IO"], { waits: true }),
  stat: op({}, { bytes: u53, resident: u32, swapped: u32 }),
});

/** Where things can be put. `BadAddress`: no multiple of a page, nothing, or outside of a space. */
const PLACING = ["BadAddress", "Overlap"] as const;

/**
 * An address space. Addresses and sizes are multiples of 4096, from 4096 up to 2^38 - 4096. It has at most 64 regions: what
 * would make more, also by cutting one, is answered `Busy`.
 *
 * - `anonymous`: memory that is zero until it is written.
 * - `map`: a dataspace, from `offset` on. `copy`: as it is now, page by page shared until one side writes; each page that
 *   it shares counts as one of the space's. `Denied`: to write what a file gives without a copy. `Full`: the copy has
 *   more pages than the space may have.
 * - `stack`: `bytes` below `top`, which grow down when the memory below is touched, to `limit` bytes, and not to where
 *   something else lies, or to the page beside it.
 * - `page`: a page that somebody else has made, as it is: the program, the IPC buffer. It counts for nothing.
 * - `grow`: what begins at `address` has so many bytes from now on, more or less than before. `NotFound`: nothing does.
 * - `protect`: what lies there may be used so from now on; there is no moment in which it does not lie there.
 *   `BadAddress`: something does not lie there, or is not a multiple of a page. `Denied`: as `map`.
 * - `unmap`: nothing lies there any more. What was private and lay there is gone.
 * - `read`, `write`: as if by a thread of the space, for servers that were given an address by one. `BadAddress`: there
 *   is no memory, or none that may be read or written, or a `page`.
 * - `vspace`: the root of its page tables, to run threads in it. It is gone when the space is.
 * - `handler`: who mends the faults of thread number `thread`, a number of the client's own; the fault handler of that
 *   thread. A fault that cannot be mended leaves the thread stopped. `Full`: there are handlers for 64 threads.
 * - `onFault`: `signal` is signalled when a fault cannot be mended. A later one takes the place of an earlier one.
 * - `fault`: the first fault that could not be mended and was not told yet, in words; `isAccess`: it was at `address`.
 *   `End`: there is none.
 * - `stat`: regions; pages in memory, and in swap; and what it may have of both.
 */
export const Space = define("space", {
  anonymous: op({ address: u53, bytes: u53, access: Access }, {}, PLACING),
  map: op({ address: u53, bytes: u53, access: Access, dataspace: own(Dataspace), offset: u53, copy: bool }, {}, [
    ...PLACING,
    "Denied",
    "Full",
  ]),
  stack: op({ top: u53, bytes: u53, limit: u53 }, {}, PLACING),
  page: op({ address: u53, access: Access, page: capability("Page") }, {}, PLACING),
  grow: op({ address: u53, bytes: u53 }, {}, [...PLACING, "NotFound"]),
  protect: op({ address: u53, bytes: u53, access: Access }, {}, ["BadAddress", "Denied"]),
  unmap: op({ address: u53, bytes: u53 }, {}, ["BadAddress"]),
  read: op({ address: u53, length: u32 }, { data: bytes(CHUNK) }, ["BadAddress", "IO"], { waits: true }),
  write: op({ address: u53, data: bytes(CHUNK) }, {}, ["BadAddress", "IO"], { waits: true }),
  vspace: op({}, { vspace: capability("PageTable") }),
  handler: op({ thread: u32 }, { handler: sessionOf(Raw) }, ["Full"]),
  onFault: op({ signal: capability("Notification") }, {}),
  fault: op({}, { thread: u32, isAccess: bool, address: u53, why: text(WHY_BYTES) }, ["End"]),
  stat: op({}, { regions: u32, resident: u32, swapped: u32, frames: u32, pages: u32 }),
});

/**
 * Making spaces and dataspaces. Sessions end with their client, and what they had goes back.
 *
 * - `space`: with at most `pages` pages that are its own, of which at most `frames`, 4 or more, are in memory at a time:
 *   beyond that its own pages go to swap. `Full`: there is not so much that is not reserved. `TooFew`: less than 4 frames.
 * - `dataspace`: of so many bytes, zero until it is written. `Full`: as `space`.
 * - `file`: of the bytes of a file, from `offset` on; zeroes behind its end. A page is read when it is touched. It
 *   reserves nothing: a page is forgotten and read again. The file is not closed, since it is its opener's. `BadAddress`:
 *   it is nothing, or ends behind 2^52.
 * - `stat`: frames, and how many are free; pages of swap, and how many are free; pages that can be reserved, and are.
 * - `watch`: never answered. When the server dies whoever waits here is told so, as with any call (`Gone`): its spaces are
 *   gone then, and whoever has made threads that ran in them is to end these, since they stop and nobody else hears of it.
 */
export const Spaces = define("spaces", {
  space: op({ frames: u32, pages: u32 }, { space: sessionOf(Space) }, ["Full", "TooFew"]),
  dataspace: op({ bytes: u53 }, { dataspace: sessionOf(Dataspace) }, ["Full"]),
  file: op({ file: sessionOf(File), offset: u53, bytes: u53 }, { dataspace: sessionOf(Dataspace) }, ["BadAddress"]),
  stat: op({}, { frames: u32, freeFrames: u32, slots: u32, freeSlots: u32, capacity: u32, reserved: u32 }),
  watch: op({}, {}, [], { waits: true }),
});
