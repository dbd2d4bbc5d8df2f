/**
 * Methods of TCBs. Decoding checks in the order that recordings show; what each method does is a few lines in
 * tcb-perform.ts. Manual, chapter "Threads and execution".
 */
import {
  CapTag,
  seL4_TCBFlag_MASK,
  TCBBindNotification,
  TCBConfigure,
  TCBCopyRegisters,
  TCBReadRegisters,
  TCBResume,
  TCBSetFlags,
  TCBSetIPCBuffer,
  TCBSetMCPriority,
  TCBSetPriority,
  TCBSetSchedParams,
  TCBSetSpace,
  TCBSetTimeoutEndpoint,
  TCBSetTLSBase,
  TCBSuspend,
  TCBUnbindNotification,
  TCBWriteRegisters,
  USER_CONTEXT_REGISTERS,
} from "@tessera/libsel4/abi";
import { type Cap, nullCap } from "../caps/cap.js";
import { Right } from "../caps/rights.js";
import type { Slot } from "../caps/slot.js";
import { isHandlerCap } from "../faults/handler.js";
import type { Notification } from "../ipc/notification.js";
import { illegalOperation, invalidCapability, rangeError, SyscallError, truncatedMessage } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { isBlocked, type Tcb } from "../threads/tcb.js";

import type { SchedContext } from "../time/sched-context.js";
import type { Arguments } from "./arguments.js";
import { checkBuffer, checkCSpaceRoot, checkVSpaceRoot, hasLongRunningDelete } from "./tcb-roots.js";

/** A capability to put into a TCB, and the slot it is derived from; the null capability clears. */
export interface Installed {
  readonly cap: Cap;
  readonly source: Slot | null;
}

const NOTHING: Installed = { cap: nullCap, source: null };

export type TcbInvocation =
  | { readonly op: "tcb-read"; readonly tcb: Tcb; readonly suspends: boolean; readonly count: number }
  | { readonly op: "tcb-write"; readonly tcb: Tcb; readonly resumes: boolean; readonly count: number }
  | { readonly op: "tcb-copy"; readonly tcb: Tcb; readonly source: Tcb; readonly flags: number }
  | {
      readonly op: "tcb-roots";
      readonly tcb: Tcb;
      readonly invoked: Slot;
      readonly faultHandler: Installed | null;
      readonly cspace: Installed | null;
      readonly vspace: Installed | null;
      readonly buffer: Installed | null;
      readonly bufferLo: number;
      readonly bufferHi: number;
      readonly reschedules: boolean;
    }
  | { readonly op: "tcb-timeout"; readonly tcb: Tcb; readonly invoked: Slot; readonly handler: Installed }
  | { readonly op: "tcb-priority"; readonly tcb: Tcb; readonly priority: number }
  | { readonly op: "tcb-mcp"; readonly tcb: Tcb; readonly mcp: number }
  | {
      readonly op: "tcb-sched-params";
      readonly tcb: Tcb;
      readonly invoked: Slot;
      readonly handler: Installed;
      readonly mcp: number;
      readonly priority: number;
      readonly sc: SchedContext | null;
    }
  | { readonly op: "tcb-suspend" | "tcb-resume" | "tcb-unbind"; readonly tcb: Tcb }
  | { readonly op: "tcb-bind"; readonly tcb: Tcb; readonly notification: Notification }
  | { readonly op: "tcb-tls"; readonly tcb: Tcb; readonly lo: number; readonly hi: number }
  | { readonly op: "tcb-flags"; readonly tcb: Tcb; readonly flags: number };

type Decoded = TcbInvocation | SyscallError;

const BAD_HANDLER = "a fault handler is an endpoint capability with Write and Grant or GrantReply, or none";
const BAD_AUTHORITY = "the authority is a TCB: its MCP bounds what may be given";

export function decodeTcb(k: KernelState, args: Arguments, slot: Slot, tcb: Tcb): Decoded {
  switch (args.label) {
    case TCBReadRegisters:
      return decodeRead(k, args, tcb);
    case TCBWriteRegisters:
      return decodeWrite(k, args, tcb);
    case TCBCopyRegisters:
      return decodeCopy(k, args, tcb);
    case TCBConfigure:
      return decodeConfigure(k, args, slot, tcb);
    case TCBSetPriority:
    case TCBSetMCPriority:
      return decodePriority(k, args, tcb);
    case TCBSetSchedParams:
      return decodeSchedParams(k, args, slot, tcb);
    case TCBSetTimeoutEndpoint:
      return decodeTimeout(args, slot, tcb);
    case TCBSetIPCBuffer:
      return decodeBuffer(k, args, slot, tcb);
    case TCBSetSpace:
      return decodeSpace(k, args, slot, tcb);
    case TCBSuspend:
      return { op: "tcb-suspend", tcb };
    case TCBResume:
      return { op: "tcb-resume", tcb };
    case TCBBindNotification:
      return decodeBind(args, tcb);
    case TCBUnbindNotification:
      return tcb.boundNotification === null
        ? illegalOperation("no notification is bound to this thread")
        : { op: "tcb-unbind", tcb };
    case TCBSetTLSBase:
      if (args.length < 1) return truncatedMessage(1, 0);
      return { op: "tcb-tls", tcb, lo: args.low(k, 0), hi: args.high(k, 0) };
    case TCBSetFlags:
      if (args.length < 2) return truncatedMessage(2, 0);
      return { op: "tcb-flags", tcb, flags: (tcb.flags & ~args.low(k, 0)) | (args.low(k, 1) & seL4_TCBFlag_MASK) };
    default:
      return illegalOperation("the label names no method of this object");
  }
}

/** The running thread's registers are in use by this very call. */
function decodeRead(k: KernelState, args: Arguments, tcb: Tcb): Decoded {
  if (args.length < 2) return truncatedMessage(2, 0);
  const count = args.word(k, 1);
  if (count < 1 || count > USER_CONTEXT_REGISTERS.length) {
    return rangeError(1, USER_CONTEXT_REGISTERS.length, "the number of registers");
  }
  if (tcb === k.current)
    return illegalOperation("a thread cannot do this to itself: its registers are in use by this very call");
  return { op: "tcb-read", tcb, suspends: (args.low(k, 0) & 1) !== 0, count };
}

function decodeWrite(k: KernelState, args: Arguments, tcb: Tcb): Decoded {
  if (args.length < 2) return truncatedMessage(2, 0);
  const count = args.word(k, 1);
  if (args.length - 2 < count) return truncatedMessage(2 + count, 0);
  if (tcb === k.current)
    return illegalOperation("a thread cannot do this to itself: its registers are in use by this very call");
  return {
    op: "tcb-write",
    tcb,
    resumes: (args.low(k, 0) & 1) !== 0,
    count: Math.min(count, USER_CONTEXT_REGISTERS.length),
  };
}

function decodeCopy(k: KernelState, args: Arguments, tcb: Tcb): Decoded {
  if (args.length < 1 || !args.hasExtra(1)) return truncatedMessage(1, 1);
  const source = args.cap(0);
  if (source.type !== CapTag.thread) return invalidCapability(1, "registers are copied from a TCB", args.extraSlot(0));
  return { op: "tcb-copy", tcb, source: source.object, flags: args.low(k, 0) & 15 };
}

function decodeConfigure(k: KernelState, args: Arguments, invoked: Slot, tcb: Tcb): Decoded {
  if (args.length < 3 || !args.hasExtra(3)) return truncatedMessage(3, 3);
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
  const cap = checkBuffer(source, args.low(k, word));
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

function decodeSpace(k: KernelState, args: Arguments, invoked: Slot, tcb: Tcb): Decoded {
  if (args.length < 2 || !args.hasExtra(3)) return truncatedMessage(2, 3);
  const spaces = decodeSpaces(k, args, 1, tcb);
  if (spaces instanceof SyscallError) return spaces;
  if (!isHandlerCap(args.cap(0))) return invalidCapability(1, BAD_HANDLER, args.extraSlot(0));
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

function decodeBuffer(k: KernelState, args: Arguments, invoked: Slot, tcb: Tcb): Decoded {
  if (args.length < 1 || !args.hasExtra(1)) return truncatedMessage(1, 1);
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

function handlerArgument(args: Arguments, i: number): Installed {
  return { cap: args.cap(i), source: args.extraSlot(i) };
}

function decodeTimeout(args: Arguments, invoked: Slot, tcb: Tcb): Decoded {
  if (!args.hasExtra(1)) return truncatedMessage(0, 1);
  if (!isHandlerCap(args.cap(0))) return invalidCapability(1, BAD_HANDLER, args.extraSlot(0));
  return { op: "tcb-timeout", tcb, invoked, handler: handlerArgument(args, 0) };
}

/** Nobody gives away more urgency than the authority has. */
function decodePriority(k: KernelState, args: Arguments, tcb: Tcb): Decoded {
  if (args.length < 1 || !args.hasExtra(1)) return truncatedMessage(1, 1);
  const authority = args.cap(0);
  if (authority.type !== CapTag.thread) return invalidCapability(1, BAD_AUTHORITY, args.extraSlot(0));
  const value = args.word(k, 0);
  if (value > authority.object.mcp) {
    return rangeError(0, authority.object.mcp, "the priority, which the authority's MCP bounds,");
  }
  return args.label === TCBSetPriority
    ? { op: "tcb-priority", tcb, priority: value }
    : { op: "tcb-mcp", tcb, mcp: value };
}

function decodeSchedParams(k: KernelState, args: Arguments, invoked: Slot, tcb: Tcb): Decoded {
  if (args.length < 2 || !args.hasExtra(3)) return truncatedMessage(2, 3);
  const authority = args.cap(0);
  if (authority.type !== CapTag.thread) return invalidCapability(1, BAD_AUTHORITY, args.extraSlot(0));
  const { mcp: limit } = authority.object;
  const mcp = args.word(k, 0);
  const priority = args.word(k, 1);
  if (mcp > limit || priority > limit) {
    return rangeError(0, limit, `the ${mcp > limit ? "MCP" : "priority"}, which the authority's MCP bounds,`);
  }
  const sc = decodeSchedContextFor(k, args.cap(1), tcb);
  if (sc instanceof SyscallError) return sc;
  if (!isHandlerCap(args.cap(2))) return invalidCapability(3, BAD_HANDLER, args.extraSlot(2));
  return { op: "tcb-sched-params", tcb, invoked, handler: handlerArgument(args, 2), mcp, priority, sc };
}

/** The scheduling context to bind, null to unbind. */
function decodeSchedContextFor(k: KernelState, cap: Cap, tcb: Tcb): SchedContext | null | SyscallError {
  if (cap.type === CapTag.null)
    return tcb === k.current ? illegalOperation("the running thread cannot take its own time away") : null;
  if (cap.type !== CapTag.schedContext) return invalidCapability(2, "what a thread runs on is a scheduling context");
  const sc = cap.object;
  if (sc !== tcb.sc && (tcb.sc !== null || sc.tcb !== null)) {
    return illegalOperation(
      tcb.sc !== null ? "the thread has a scheduling context already" : "the scheduling context has a thread already",
    );
  }
  if (isBlocked(tcb) && !sc.isReleased(k.now)) {
    return illegalOperation("a blocked thread needs a scheduling context whose time has come");
  }
  return sc;
}

function decodeBind(args: Arguments, tcb: Tcb): Decoded {
  if (!args.hasExtra(1)) return truncatedMessage(0, 1);
  if (tcb.boundNotification !== null) return illegalOperation("a notification is bound to this thread already");
  const cap = args.cap(0);
  if (cap.type !== CapTag.notification || (cap.rights & Right.Read) === 0) {
    return illegalOperation("what is bound is a notification capability with the Read right", args.extraSlot(0));
  }
  const { object: notification } = cap;
  if (!notification.queue.isEmpty || notification.boundTcb !== null) {
    return illegalOperation("a notification that is bound or waited for cannot be bound", args.extraSlot(0));
  }
  return { op: "tcb-bind", tcb, notification };
}
