/**
 * Threads beside their maker: in its CSpace and VSpace, with an IPC buffer of their own.
 *
 * IPC buffers lie from SOS_IPC_BUFFER upward, a page each; the place of a thread that is gone is used again, and the
 * page tables of these places stay.
 *
 * Source of the name and idea: `sos/src/threads.h` of the course's system, where a function and a stack are passed.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  seL4_TCB_Resume,
} from "@tessera/libsel4";
import type { retyped_t } from "./alloc-retype.js";
import { program_address } from "./image.js";
import { free_objects, type made_t, need, need_object, refused } from "./making.js";
import { map_frame } from "./map-frame.js";
import { free_paging_objects, type paging_object_t } from "./paging.js";
import { ut_table_of } from "./table.js";
import { assemble_thread, free_thread, type thread_options, type thread_t } from "./thread.js";
import { SOS_UART_RECV_BUF } from "./vmem-layout.js";

const PAGE_BYTES = 2 ** seL4_PageBits;

/** A thread beside its maker. */
export interface spawned_t extends thread_t {
  /** Address of its IPC buffer. */
  readonly ipc_buffer: number;
}

/**
 * Let program `number` of the image run as a thread of the root task: in its CSpace and VSpace, sharing all it has.
 *
 * Cannot block; a thread of higher priority runs at once. Takes memory and slots for a TCB, a scheduling context, the
 * page of an IPC buffer and its page tables.
 * @param cspace the CSpace that the caller runs on
 * @param number of the program; `arg` is what it finds in a0
 * @returns error -1 as `make_thread`, or when no addresses for IPC buffers are left
 * @throws as `make_thread`
 */
export function* spawn(
  cspace: cspace_t,
  number: number,
  arg: number,
  options: thread_options,
): Thread<made_t<spawned_t>> {
  const { windows } = ut_table_of(cspace);
  const objects: retyped_t[] = [];
  const tables: paging_object_t[] = [];
  const ipc_buffer = windows.ipc_buffer_free.pop() ?? windows.ipc_buffer;
  if (ipc_buffer >= SOS_UART_RECV_BUF) return { error: -1, made: null, reason: "no address is left for an IPC buffer" };
  if (ipc_buffer === windows.ipc_buffer) windows.ipc_buffer += PAGE_BYTES;
  try {
    const ipc_buffer_page = yield* need_object(seL4_RISCV_4K_Page, seL4_PageBits, "an IPC buffer", objects, cspace);
    const attr = seL4_RISCV_ExecuteNever;
    const err = yield* map_frame(cspace, ipc_buffer_page, windows.vspace, ipc_buffer, seL4_ReadWrite, attr, tables);
    need(err, "mapping the IPC buffer");
    const spaces = { cspace_root: cspace.root_cnode, vspace: windows.vspace, ipc_buffer, ipc_buffer_page, arg };
    const thread = yield* assemble_thread(cspace, { ...spaces, entry: program_address(number) }, options, objects);
    need(yield* seL4_TCB_Resume(thread.tcb), "seL4_TCB_Resume");
    return { error: 0, made: { ...thread, ipc_buffer } };
  } catch (thrown) {
    yield* free_objects(objects, cspace);
    yield* free_paging_objects(tables, cspace);
    windows.ipc_buffer_free.push(ipc_buffer);
    return refused(thrown);
  }
}

/**
 * Stop a thread of `spawn` and give back what it is made of, except the page tables: its address is used again.
 * Cannot block, allocates nothing, has no errors.
 */
export function* free_spawned(thread: spawned_t, cspace: cspace_t): Thread<void> {
  yield* free_thread(thread, cspace);
  ut_table_of(cspace).windows.ipc_buffer_free.push(thread.ipc_buffer);
}
