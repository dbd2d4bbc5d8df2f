/**
 * Methods of TCBs: which there are, and those of one line. The others are told by what they are about: registers,
 * capabilities that a thread runs with, scheduling. Checks are in the order that recordings show. Manual, chapter
 * "Threads and execution".
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
} from "@tessera/libsel4/abi";
import { Right } from "../caps/rights.js";
import type { Slot } from "../caps/slot.js";
import { illegalOperation, noSuchMethod, type SyscallError, truncatedMessage } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";
import type { Arguments } from "./arguments.js";
import type { TcbInvocation } from "./tcb-invocation.js";
import { decodeCopy, decodeRead, decodeWrite } from "./tcb-registers.js";
import { decodeBuffer, decodeConfigure, decodeSpace, decodeTimeout } from "./tcb-roots.js";
import { decodePriority, decodeSchedParams } from "./tcb-scheduling.js";

type Decoded = TcbInvocation | SyscallError;

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
      if (args.length < 1) return truncatedMessage(1, 0, args);
      return { op: "tcb-tls", tcb, lo: args.low(k, 0), hi: args.high(k, 0) };
    case TCBSetFlags:
      if (args.length < 2) return truncatedMessage(2, 0, args);
      return { op: "tcb-flags", tcb, flags: (tcb.flags & ~args.low(k, 0)) | (args.low(k, 1) & seL4_TCBFlag_MASK) };
    default:
      return noSuchMethod(args.label);
  }
}

function decodeBind(args: Arguments, tcb: Tcb): Decoded {
  if (!args.hasExtra(1)) return truncatedMessage(0, 1, args);
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
