/**
 * Threads: the spaces they live in, Suspend and Resume, and the notification they may be bound to.
 * seL4 manual, "Threads and Execution". Registers are in tcb-registers.ts, priorities and handlers in
 * tcb-scheduling.ts.
 *
 * Space errors: IllegalOperation: the CSpace root is no CNode or its guard word does not fit, the VSpace root is no
 * page table that is mapped or has an ASID, or the thread's former space is still being deleted.
 * Buffer errors, unless `buffer` is 0: IllegalOperation: the capability is no page, or one of a device; AlignmentError:
 * `buffer` is not a multiple of 1024.
 * Handler errors: InvalidCapability: it is neither an empty slot nor an endpoint with Write and Grant or GrantReply.
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import {
  TCBBindNotification,
  TCBConfigure,
  TCBResume,
  TCBSetIPCBuffer,
  TCBSetSpace,
  TCBSuspend,
  TCBUnbindNotification,
} from "../abi/index.js";
import type {
  seL4_CNode,
  seL4_CPtr,
  seL4_Error,
  seL4_RISCV_Page,
  seL4_RISCV_PageTable,
  seL4_TCB,
  WordLike,
} from "../types.js";
import { invoke, invokeBare, setArgument, setCapability } from "./call.js";

/**
 * Give a thread its CSpace, VSpace and IPC buffer. The fault handler and the scheduling context stay as they are.
 * Cannot block; takes long only when the last capability to a former space goes. Allocates nothing.
 * Errors: buffer errors, then space errors (above).
 * @param cspace_root CNode at which the thread's CPtrs begin
 * @param cspace_root_data guard word for it; 0 = leave its guard as it is
 * @param vspace_root page table with an ASID
 * @param vspace_root_data ignored on RISC-V
 * @param buffer address of the IPC buffer in the thread's VSpace, a multiple of 1024; 0 = none
 * @param bufferFrame the page that holds it; not looked at when `buffer` is 0, but it must resolve (seL4_CapNull does)
 */
export function seL4_TCB_Configure(
  _service: seL4_TCB,
  cspace_root: seL4_CNode,
  cspace_root_data: WordLike,
  vspace_root: seL4_RISCV_PageTable,
  vspace_root_data: WordLike,
  buffer: WordLike,
  bufferFrame: seL4_RISCV_Page,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "cspace_root", cspace_root);
  setCapability(cpu, 1, "vspace_root", vspace_root);
  setCapability(cpu, 2, "bufferFrame", bufferFrame);
  setArgument(cpu, 0, "cspace_root_data", cspace_root_data);
  setArgument(cpu, 1, "vspace_root_data", vspace_root_data);
  setArgument(cpu, 2, "buffer", buffer);
  return invoke(cpu, _service, TCBConfigure, 3, 3);
}

/**
 * Give a thread its fault handler, CSpace and VSpace.
 * Cannot block; takes long only when the last capability to a former space goes. Allocates nothing.
 * Errors: space errors (above); handler errors with number 1.
 * @param fault_ep endpoint in the caller's CSpace, to which faults of the thread are sent; an empty slot = none
 * @param cspace_root CNode at which the thread's CPtrs begin
 * @param cspace_root_data guard word for it; 0 = leave its guard as it is
 * @param vspace_root page table with an ASID
 * @param vspace_root_data ignored on RISC-V
 */
export function seL4_TCB_SetSpace(
  _service: seL4_TCB,
  fault_ep: seL4_CPtr<"Endpoint">,
  cspace_root: seL4_CNode,
  cspace_root_data: WordLike,
  vspace_root: seL4_RISCV_PageTable,
  vspace_root_data: WordLike,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "fault_ep", fault_ep);
  setCapability(cpu, 1, "cspace_root", cspace_root);
  setCapability(cpu, 2, "vspace_root", vspace_root);
  setArgument(cpu, 0, "cspace_root_data", cspace_root_data);
  setArgument(cpu, 1, "vspace_root_data", vspace_root_data);
  return invoke(cpu, _service, TCBSetSpace, 3, 2);
}

/**
 * Give a thread its IPC buffer. The kernel uses the page itself; whether it is mapped at `buffer` is not checked.
 * Cannot block, allocates nothing. Errors: buffer errors (above).
 * @param buffer address in the thread's VSpace, a multiple of 1024; 0 = no buffer
 * @param bufferFrame the page that holds it; not looked at when `buffer` is 0
 */
export function seL4_TCB_SetIPCBuffer(
  _service: seL4_TCB,
  buffer: WordLike,
  bufferFrame: seL4_RISCV_Page,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "bufferFrame", bufferFrame);
  setArgument(cpu, 0, "buffer", buffer);
  return invoke(cpu, _service, TCBSetIPCBuffer, 1, 1);
}

/**
 * Stop a thread. A system call in which it waits is broken off and made again when it is resumed.
 * Blocks the caller only when it suspends itself: until somebody resumes it, and then this very call is made again.
 * Allocates nothing. Errors: none of its own.
 */
export function seL4_TCB_Suspend(_service: seL4_TCB): Syscall<seL4_Error> {
  return invokeBare(_service, TCBSuspend);
}

/**
 * Let a stopped or blocked thread go on where it would start again: at its pc, or with the call in which it waited.
 * One that runs is left alone. It needs a scheduling context with budget to get anywhere.
 * Cannot block, allocates nothing. Errors: none of its own.
 */
export function seL4_TCB_Resume(_service: seL4_TCB): Syscall<seL4_Error> {
  return invokeBare(_service, TCBResume);
}

/**
 * Bind a notification to a thread: signals then also arrive while the thread waits at an endpoint.
 * Cannot block, allocates nothing.
 * Errors: IllegalOperation: the thread has one already, the capability is no notification or lacks the Read right,
 * or the notification is bound to a thread or has threads waiting at it.
 * @param notification with the Read right
 */
export function seL4_TCB_BindNotification(
  _service: seL4_TCB,
  notification: seL4_CPtr<"Notification">,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "notification", notification);
  return invoke(cpu, _service, TCBBindNotification, 1, 0);
}

/**
 * Undo `seL4_TCB_BindNotification`.
 * Cannot block, allocates nothing. Errors: IllegalOperation: no notification is bound.
 */
export function seL4_TCB_UnbindNotification(_service: seL4_TCB): Syscall<seL4_Error> {
  return invokeBare(_service, TCBUnbindNotification);
}
