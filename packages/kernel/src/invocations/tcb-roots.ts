/**
 * The capabilities a thread runs with: CSpace root, VSpace root, IPC buffer frame, fault handlers. Decoded for Configure,
 * SetSpace, SetIPCBuffer and SetTimeoutEndpoint, and installed: the old one is deleted first, which may delete much.
 */
import { CapTag, seL4_IPCBufferSizeBits } from "@tessera/libsel4/abi";
import { deleteSlot } from "../authority/delete.js";
import { type Cap, nullCap } from "../caps/cap.js";
import { derive } from "../caps/derive.js";
import { insertDerived, isFinal } from "../caps/mdb.js";
import { isSameObject } from "../caps/region-test.js";
import { updateData } from "../caps/rights.js";
import type { Slot } from "../caps/slot.js";
import { traceFilled } from "../caps/trace-slot.js";
import { isHandlerCap } from "../faults/handler.js";
import { KernelEvent } from "../model/events.js";
import {
  alignmentError,
  illegalOperation,
  invalidCapability,
  type Progress,
  SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { hexPair } from "../model/word-text.js";
import { type Tcb, TcbSlot } from "../threads/tcb.js";
import { type Arguments, stillHolds } from "./arguments.js";
import type { Installed, TcbInvocation } from "./tcb-invocation.js";
import { rescheduleIfCurrent } from "./tcb-registers.js";

const NOTHING: Installed = { cap: nullCap, source: null };
const BUFFER_BYTES = 2 ** seL4_IPCBufferSizeBits;

export function decodeConfigure(
  k: KernelState,
  args: Arguments,
  invoked: Slot,
  tcb: Tcb,
): TcbInvocation | SyscallError {
  if (args.length < 3 || !args.hasExtra(3)) return truncatedMessage(3, 3, args);
  const buffer = decodeBufferArgument(k, args, 2, 2);
  if (buffer instanceof SyscallError) return buffer;
  const spaces = decodeSpaces(k, args, 0, tcb);
  if (spaces instanceof SyscallError) return spaces;
  const { cspace, vspace } = spaces;
  return {
    op: "tcb-roots",
    tcb,
    invoked,
    faultHandler: null,
    cspace,
    vspace,
    buffer,
    bufferLo: args.low(k, 2),
    bufferHi: args.high(k, 2),
    reschedules: true,
  };
}

/** Extra capability `extra` as the buffer at the address in word `word`; address 0 means no buffer. */
function decodeBufferArgument(k: KernelState, args: Arguments, extra: number, word: number): Installed | SyscallError {
  if ((args.low(k, word) | args.high(k, word)) === 0) return NOTHING;
  const source = args.extraSlot(extra);
  const cap = checkBuffer(source, args.low(k, word), args.high(k, word));
  return cap instanceof SyscallError ? cap : { cap, source };
}

/** CSpace and VSpace from the two extra capabilities from `first` on, and data words 0 and 1. */
function decodeSpaces(
  k: KernelState,
  args: Arguments,
  first: number,
  tcb: Tcb,
): { readonly cspace: Installed; readonly vspace: Installed } | SyscallError {
  if (hasLongRunningDelete(tcb)) {
    return illegalOperation("a root that this thread alone still holds would take long to delete: delete it first");
  }
  const cspaceSource = args.extraSlot(first);
  const cspace = checkCSpaceRoot(cspaceSource, args.low(k, 0), args.high(k, 0));
  if (cspace instanceof SyscallError) return cspace;
  const vspaceSource = args.extraSlot(first + 1);
  const vspace = checkVSpaceRoot(vspaceSource);
  if (vspace instanceof SyscallError) return vspace;
  return { cspace: { cap: cspace, source: cspaceSource }, vspace: { cap: vspace, source: vspaceSource } };
}

export function decodeSpace(k: KernelState, args: Arguments, invoked: Slot, tcb: Tcb): TcbInvocation | SyscallError {
  if (args.length < 2 || !args.hasExtra(3)) return truncatedMessage(2, 3, args);
  const spaces = decodeSpaces(k, args, 1, tcb);
  if (spaces instanceof SyscallError) return spaces;
  if (!isHandlerCap(args.cap(0))) return badHandler(1, args.extraSlot(0));
  const { cspace, vspace } = spaces;
  const faultHandler = handlerArgument(args, 0);
  return {
    op: "tcb-roots",
    tcb,
    invoked,
    faultHandler,
    cspace,
    vspace,
    buffer: null,
    bufferLo: 0,
    bufferHi: 0,
    reschedules: false,
  };
}

export function decodeBuffer(k: KernelState, args: Arguments, invoked: Slot, tcb: Tcb): TcbInvocation | SyscallError {
  if (args.length < 1 || !args.hasExtra(1)) return truncatedMessage(1, 1, args);
  const buffer = decodeBufferArgument(k, args, 0, 0);
  if (buffer instanceof SyscallError) return buffer;
  return {
    op: "tcb-roots",
    tcb,
    invoked,
    faultHandler: null,
    cspace: null,
    vspace: null,
    buffer,
    bufferLo: args.low(k, 0),
    bufferHi: args.high(k, 0),
    reschedules: true,
  };
}

export function decodeTimeout(args: Arguments, invoked: Slot, tcb: Tcb): TcbInvocation | SyscallError {
  if (!args.hasExtra(1)) return truncatedMessage(0, 1, args);
  if (!isHandlerCap(args.cap(0))) return badHandler(1, args.extraSlot(0));
  return { op: "tcb-timeout", tcb, invoked, handler: handlerArgument(args, 0) };
}

/** Extra capability `i` as a fault handler. */
export function handlerArgument(args: Arguments, i: number): Installed {
  return { cap: args.cap(i), source: args.extraSlot(i) };
}

/** Extra capability `index`, in `slot`, is none that faults can be sent to. */
export function badHandler(index: number, slot: Slot): SyscallError {
  const why = "a fault handler is an endpoint capability with Write and Grant or GrantReply, or none";
  return invalidCapability(index, why, slot);
}

/** Replacing a root whose deletion is long would leave the thread half configured if it were preempted. */
function hasLongRunningDelete(tcb: Tcb): boolean {
  return isLongRunning(tcb.slot(TcbSlot.CSpace)) || isLongRunning(tcb.slot(TcbSlot.VSpace));
}

function isLongRunning(slot: Slot): boolean {
  const { type } = slot.cap;
  if (type !== CapTag.thread && type !== CapTag.zombie && type !== CapTag.cnode) return false;
  return isFinal(slot);
}

/** The CSpace root to install: with another guard if the data word asks for one. It must be a CNode. */
function checkCSpaceRoot(slot: Slot, dataLo: number, dataHi: number): Cap | SyscallError {
  const hasData = (dataLo | dataHi) !== 0;
  const cap = derive(slot, hasData ? updateData(slot.cap, false, dataLo, dataHi) : slot.cap);
  if (cap instanceof SyscallError) return cap;
  return cap.type === CapTag.cnode
    ? cap
    : illegalOperation("the CSpace root must be a CNode, with guard and radix of 64 bits at most", slot);
}

/** The VSpace root to install: a page table that has an ASID. The data word means nothing on RISC-V. */
function checkVSpaceRoot(slot: Slot): Cap | SyscallError {
  const cap = derive(slot, slot.cap);
  if (cap instanceof SyscallError) return cap;
  if (cap.type === CapTag.pageTable && cap.asid !== 0) return cap;
  return illegalOperation("the VSpace root must be a page table that has been assigned an ASID", slot);
}

/** The buffer frame to install: ordinary memory, at a multiple of the buffer's size. */
function checkBuffer(slot: Slot, addressLo: number, addressHi: number): Cap | SyscallError {
  const cap = derive(slot, slot.cap);
  if (cap instanceof SyscallError) return cap;
  if (cap.type !== CapTag.frame || cap.object.isDevice) {
    return illegalOperation("the IPC buffer must be a frame of ordinary memory", slot);
  }
  const offset = addressLo & (BUFFER_BYTES - 1);
  return offset === 0 ? cap : misalignedBuffer(addressLo - offset, addressLo, addressHi);
}

function misalignedBuffer(belowLo: number, lo: number, hi: number): SyscallError {
  return alignmentError(
    `the IPC buffer must lie at a multiple of ${BUFFER_BYTES} bytes, as ${hexPair(belowLo, hi)} does and ${hexPair(lo, hi)} does not`,
  );
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
  const before = tcb.made(index);
  if (before !== null && deleteSlot(k, before) === "preempted") return "preempted";
  if (cap.type === CapTag.null || source === null) return "done";
  if (isSameObject(cap, source.cap) && stillHolds(invoked, tcb)) {
    const slot = tcb.slot(index);
    insertDerived(cap, source, slot);
    traceFilled(k, slot);
  }
  return "done";
}

/** Configure, SetSpace, SetIPCBuffer. */
export function installRoots(k: KernelState, inv: Extract<TcbInvocation, { op: "tcb-roots" }>): Progress {
  const { tcb, invoked } = inv;
  if (installOne(k, tcb, invoked, TcbSlot.FaultHandler, inv.faultHandler) === "preempted") return "preempted";
  if (installOne(k, tcb, invoked, TcbSlot.CSpace, inv.cspace) === "preempted") return "preempted";
  if (installOne(k, tcb, invoked, TcbSlot.VSpace, inv.vspace) === "preempted") return "preempted";
  if (inv.buffer !== null) {
    if (deleteSlot(k, tcb.slot(TcbSlot.Buffer)) === "preempted") return "preempted";
    tcb.bufferLo = inv.bufferLo;
    tcb.bufferHi = inv.bufferHi;
    install(k, tcb, invoked, TcbSlot.Buffer, inv.buffer.cap, inv.buffer.source);
  }
  const cspace = inv.cspace?.cap.object?.id ?? 0;
  k.trace.emit(KernelEvent.Configured, tcb.id, cspace, inv.vspace?.cap.object?.id ?? 0, 0, 0, 0);
  if (inv.reschedules) rescheduleIfCurrent(k, tcb);
  return "done";
}

function installOne(k: KernelState, tcb: Tcb, invoked: Slot, index: number, what: Installed | null): Progress {
  if (what === null) return "done";
  return install(k, tcb, invoked, index, what.cap, what.source);
}
