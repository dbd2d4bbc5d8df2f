/**
 * The capabilities a thread runs with: CSpace root, VSpace root, IPC buffer frame, fault handlers. Checked here for
 * Configure, SetSpace and SetIPCBuffer, and installed: the old one is deleted first, which may delete much.
 */
import { CapTag, seL4_IPCBufferSizeBits } from "@tessera/libsel4/abi";
import { deleteSlot } from "../authority/delete.js";
import type { Cap } from "../caps/cap.js";
import { derive } from "../caps/derive.js";
import { insertDerived, isFinal } from "../caps/mdb.js";
import { isSameObject } from "../caps/region-test.js";
import { updateData } from "../caps/rights.js";
import type { Slot } from "../caps/slot.js";
import { traceFilled } from "../caps/trace-slot.js";
import { alignmentError, illegalOperation, type Progress, SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { type Tcb, TcbSlot } from "../threads/tcb.js";
import { stillHolds } from "./arguments.js";

/** Replacing a root whose deletion is long would leave the thread half configured if it were preempted. */
export function hasLongRunningDelete(tcb: Tcb): boolean {
  return isLongRunning(tcb.slot(TcbSlot.CSpace)) || isLongRunning(tcb.slot(TcbSlot.VSpace));
}

function isLongRunning(slot: Slot): boolean {
  const { type } = slot.cap;
  if (type !== CapTag.thread && type !== CapTag.zombie && type !== CapTag.cnode) return false;
  return isFinal(slot);
}

/** The CSpace root to install: with another guard if the data word asks for one. It must be a CNode. */
export function checkCSpaceRoot(slot: Slot, dataLo: number, dataHi: number): Cap | SyscallError {
  const hasData = (dataLo | dataHi) !== 0;
  const cap = derive(slot, hasData ? updateData(slot.cap, false, dataLo, dataHi) : slot.cap);
  if (cap instanceof SyscallError) return cap;
  return cap.type === CapTag.cnode
    ? cap
    : illegalOperation("the CSpace root must be a CNode, with guard and radix of 64 bits at most", slot);
}

/** The VSpace root to install: a page table that has an ASID. The data word means nothing on RISC-V. */
export function checkVSpaceRoot(slot: Slot): Cap | SyscallError {
  const cap = derive(slot, slot.cap);
  if (cap instanceof SyscallError) return cap;
  if (cap.type === CapTag.pageTable && cap.asid !== 0) return cap;
  return illegalOperation("the VSpace root must be a page table that has been assigned an ASID", slot);
}

/** The buffer frame to install: ordinary memory, at a multiple of the buffer's size. */
export function checkBuffer(slot: Slot, addressLo: number): Cap | SyscallError {
  const cap = derive(slot, slot.cap);
  if (cap instanceof SyscallError) return cap;
  if (cap.type !== CapTag.frame || cap.object.isDevice) {
    return illegalOperation("the IPC buffer must be a frame of ordinary memory", slot);
  }
  return (addressLo & (2 ** seL4_IPCBufferSizeBits - 1)) === 0
    ? cap
    : alignmentError(`the IPC buffer must lie at a multiple of ${2 ** seL4_IPCBufferSizeBits} bytes`);
}

/**
 * Put `cap`, derived from `source`, into slot `index` of `tcb`. What deleting the old one may have removed is looked at
 * again: the source, and the TCB capability that was invoked.
 */
export function install(
  k: KernelState,
  tcb: Tcb,
  invoked: Slot,
  index: number,
  cap: Cap,
  source: Slot | null,
): Progress {
  const slot = tcb.slot(index);
  if (deleteSlot(k, slot) === "preempted") return "preempted";
  if (cap.type === CapTag.null || source === null) return "done";
  if (isSameObject(cap, source.cap) && stillHolds(invoked, tcb)) {
    insertDerived(cap, source, slot);
    traceFilled(k, slot);
  }
  return "done";
}
