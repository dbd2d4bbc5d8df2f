/**
 * A process: a thread in a CSpace and a VSpace of its own, with a program.
 *
 * The steps are those of the course's `start_first_process`: VSpace, CSpace, IPC buffer, the endpoint to its server in
 * slot 1, thread, program. `create_process` does all of them and lets nothing run, so that its parent can put further
 * capabilities into its CSpace; `start_process` lets it run at once. Everything that it is made of is in its record,
 * and `destroy_process` gives all of it back.
 *
 *     PROCESS_PROGRAM      the program, when it is a page of the image      read, execute
 *     PROCESS_ENVIRONMENT  what its parent tells it, if anything           read
 *     PROCESS_IPC_BUFFER   its IPC buffer                                  read, write
 *     PROCESS_VMEM_START   memory, as many pages as were asked for         read, write
 *
 * Source of the steps: `sos/src/main.c` of the course's system; the names are ours.
 */
import {
  CSPACE_NOERROR,
  cspace_alloc_slot,
  cspace_create_one_level,
  cspace_destroy,
  cspace_mint,
  type cspace_t,
} from "@tessera/cspace-lib";
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadASIDPool,
  type seL4_CPtr,
  seL4_PageBits,
  type seL4_RISCV_ASIDPool,
  seL4_RISCV_ASIDPool_Assign,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
  seL4_RISCV_PageTableObject,
  seL4_TCB_Resume,
  seL4_VSpaceBits,
} from "@tessera/libsel4";
import type { retyped_t } from "./alloc-retype.js";
import type { elf_t } from "./elf.js";
import { elf_load, elf_unload } from "./elf-load.js";
import { frame_data, type frame_table_t } from "./frame-table.js";
import { free_objects, type made_t, NotMade, need, need_object, refused } from "./making.js";
import {
  add_page,
  add_page_of,
  free_contents,
  type mapped_page_t,
  vspace_contents,
  type vspace_contents_t,
} from "./mapped-pages.js";
import { free_thread, make_thread, type thread_options, type thread_t } from "./thread.js";
import { PROCESS_ENVIRONMENT, PROCESS_IPC_BUFFER, PROCESS_PROGRAM, PROCESS_VMEM_START } from "./vmem-layout.js";

const PAGE_BYTES = 2 ** seL4_PageBits;

/** The slot of its CSpace in which a process finds the endpoint to its server. */
export const SOS_IPC_EP_CAP = 1;

/** A process to be made. */
export interface process_options extends thread_options {
  /** What it runs: an executable, or the page of a program of the image (`program_page`). */
  readonly program: elf_t | seL4_RISCV_Page;
  /** The endpoint to its server, minted with all rights and this badge into its slot SOS_IPC_EP_CAP. */
  readonly server?: { readonly ep: seL4_CPtr<"Endpoint">; readonly badge: number };
  /** Up to 4096 bytes for it to read, whose address is its argument; without them its argument is `arg`, or 0. */
  readonly environment?: Uint8Array;
  readonly arg?: number;
  /** Pages of memory, zeroed, from PROCESS_VMEM_START up: none if left out. */
  readonly vmem_pages?: number;
  readonly asid_pool?: seL4_RISCV_ASIDPool;
}

/** A process that was made. */
export interface process_t {
  readonly name: string;
  /** Its CSpace, for its parent to fill. */
  readonly cspace: cspace_t;
  readonly vspace: seL4_RISCV_PageTable;
  readonly thread: thread_t;
  /** What is in its VSpace besides `image`. */
  readonly contents: vspace_contents_t;
  /** What its executable put there, null when it runs a page of the image. */
  readonly image: vspace_contents_t | null;
  readonly objects: retyped_t[];
}

/** A process on its way: what of it exists. */
interface Parts {
  readonly objects: retyped_t[];
  cspace: cspace_t | null;
  contents: vspace_contents_t | null;
  image: vspace_contents_t | null;
  thread: thread_t | null;
}

/**
 * Make a process that does not run yet: `seL4_TCB_Resume(made.thread.tcb)`.
 *
 * Cannot block. Takes memory and slots for a page table, a CNode, a TCB and a scheduling context, and for each page
 * what `alloc_frame` and `map_frame` take.
 * @param cspace the CSpace that the caller runs on
 * @returns error -1 when memory, slots, frames or ASIDs have run out, an executable cannot be loaded, or the kernel
 * refuses a step (`reason` says which); then nothing has changed, but that frames may be free in the frame table
 * @throws RangeError when `environment` is longer than a page, or `vmem_pages` is no number of pages; TypeError or
 * RangeError for another option that is no such number. Nothing has changed then, either
 */
export function* create_process(
  cspace: cspace_t,
  options: process_options,
  frame_table: frame_table_t,
): Thread<made_t<process_t>> {
  check(options);
  const parts: Parts = { objects: [], cspace: null, contents: null, image: null, thread: null };
  try {
    return { error: 0, made: yield* assemble(cspace, options, frame_table, parts) };
  } catch (thrown) {
    yield* giveBack(parts, cspace, frame_table);
    const { reason, ...result } = refused(thrown);
    return { ...result, reason: `${options.name}: ${reason}` };
  }
}

/** As `create_process`, and let it run: at once when its priority is above the caller's. */
export function* start_process(
  cspace: cspace_t,
  options: process_options,
  frame_table: frame_table_t,
): Thread<made_t<process_t>> {
  const created = yield* create_process(cspace, options, frame_table);
  if (created.error === 0) yield* seL4_TCB_Resume(created.made.thread.tcb);
  return created;
}

/**
 * Stop a process and give back everything that it is made of. Capabilities in its CSpace die with it.
 * Cannot block, allocates nothing.
 * @throws Error when it is destroyed already
 */
export function* destroy_process(process: process_t, cspace: cspace_t, frame_table: frame_table_t): Thread<void> {
  if (process.objects.length === 0) throw new Error(`destroy_process: ${process.name} is destroyed already`);
  yield* giveBack(process, cspace, frame_table);
}

function check({ environment, vmem_pages = 0 }: process_options): void {
  if (environment !== undefined && environment.length > PAGE_BYTES) {
    throw new RangeError(`create_process: an environment has at most ${PAGE_BYTES} bytes, not ${environment.length}`);
  }
  if (!(Number.isInteger(vmem_pages) && vmem_pages >= 0)) {
    throw new RangeError(`create_process: ${vmem_pages} is no number of pages`);
  }
}

function* assemble(
  cspace: cspace_t,
  options: process_options,
  frame_table: frame_table_t,
  parts: Parts,
): Thread<process_t> {
  const { name, server, asid_pool = seL4_CapInitThreadASIDPool } = options;
  const type = seL4_RISCV_PageTableObject;
  const vspace = yield* need_object(type, seL4_VSpaceBits, "a VSpace", parts.objects, cspace);
  need(yield* seL4_RISCV_ASIDPool_Assign(asid_pool, vspace), "seL4_RISCV_ASIDPool_Assign");
  const contents = vspace_contents(vspace);
  parts.contents = contents;

  const created = yield* cspace_create_one_level(cspace);
  if (created.error !== CSPACE_NOERROR) throw new NotMade("no memory or slots for a CSpace");
  parts.cspace = created.target;
  // The lowest free slot comes first, so this is SOS_IPC_EP_CAP, with an endpoint in it or without.
  const slot = yield* cspace_alloc_slot(created.target);
  if (server !== undefined) {
    const err = yield* cspace_mint(created.target, slot, cspace, server.ep, seL4_AllRights, server.badge);
    need(err, "minting the endpoint to its server");
  }

  const entry = yield* loadProgram(cspace, options.program, frame_table, contents, parts);
  const buffer = yield* addMemory(cspace, options, frame_table, contents);
  const thread = yield* make_thread(
    cspace,
    {
      cspace_root: created.target.root_cnode,
      vspace,
      ipc_buffer: PROCESS_IPC_BUFFER,
      ipc_buffer_page: buffer.cptr,
      entry,
      arg: options.environment === undefined ? (options.arg ?? 0) : PROCESS_ENVIRONMENT,
    },
    options,
  );
  if (thread.error !== 0) throw new NotMade(thread.reason);
  const { objects, image } = parts;
  return { name, cspace: created.target, vspace, thread: thread.made, contents, image, objects };
}

/** Put the program into the VSpace. Returns where it begins. */
function* loadProgram(
  cspace: cspace_t,
  program: elf_t | seL4_RISCV_Page,
  frame_table: frame_table_t,
  contents: vspace_contents_t,
  parts: Parts,
): Thread<number> {
  if (typeof program === "number") {
    const access = { writable: false, executable: true };
    const page = yield* add_page_of(cspace, contents, PROCESS_PROGRAM, access, program);
    if (page === null) throw new NotMade("the page of its program cannot be mapped");
    return PROCESS_PROGRAM;
  }
  const loaded = yield* elf_load(cspace, contents.vspace, program, frame_table);
  if (loaded.error !== 0) throw new NotMade("its executable cannot be loaded");
  parts.image = loaded.contents;
  return program.entry;
}

/** Environment, memory and IPC buffer; the last of these is returned. */
function* addMemory(
  cspace: cspace_t,
  { environment, vmem_pages = 0 }: process_options,
  frame_table: frame_table_t,
  contents: vspace_contents_t,
): Thread<mapped_page_t> {
  const add = function* (vaddr: number, writable: boolean, bytes: Uint8Array): Thread<mapped_page_t> {
    const page = yield* add_page(cspace, contents, vaddr, { writable, executable: false }, frame_table);
    if (page === null) throw new NotMade(`no page for its memory at 0x${vaddr.toString(16)}`);
    const contentsOfPage = new Uint8Array(PAGE_BYTES);
    contentsOfPage.set(bytes);
    yield* copyOut(frame_data(page.frame, frame_table), contentsOfPage);
    return page;
  };
  const none = new Uint8Array(0);
  if (environment !== undefined) yield* add(PROCESS_ENVIRONMENT, false, environment);
  for (let i = 0; i < vmem_pages; i++) yield* add(PROCESS_VMEM_START + i * PAGE_BYTES, true, none);
  return yield* add(PROCESS_IPC_BUFFER, true, none);
}

/** The thread first, so that nothing runs in what is taken away; the VSpace last. */
function* giveBack(parts: Parts | process_t, cspace: cspace_t, frame_table: frame_table_t): Thread<void> {
  if (parts.thread !== null) yield* free_thread(parts.thread, cspace);
  if (parts.contents !== null) yield* free_contents(cspace, parts.contents, frame_table);
  if (parts.image !== null) yield* elf_unload(cspace, parts.image, frame_table);
  if (parts.cspace !== null) yield* cspace_destroy(parts.cspace);
  yield* free_objects(parts.objects, cspace);
}
