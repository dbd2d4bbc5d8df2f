/**
 * A thread's IPC buffer as the kernel finds it: through the frame capability in the TCB, wherever and whether or
 * not it is mapped. Layout: manual, section "IPC buffer"; word n+1 is message register n.
 */
import { CapTag } from "@tessera/libsel4/abi";
import { VmRights } from "../caps/rights.js";
import type { KernelState } from "../model/state.js";
import { type Tcb, TcbSlot } from "./tcb.js";

/** Word index (int32) of the buffer in RAM, or -1 when the thread has none that serves the purpose. */
export function findBuffer(k: KernelState, tcb: Tcb, toReceive: boolean): number {
  const cap = tcb.cap(TcbSlot.Buffer);
  if (cap.type !== CapTag.frame || cap.object.isDevice) return -1;
  if (cap.rights !== VmRights.ReadWrite && (toReceive || cap.rights !== VmRights.ReadOnly)) return -1;
  const offset = tcb.bufferLo & ((1 << cap.object.sizeBits) - 1);
  return k.memory.index(cap.object.paddr + offset);
}
