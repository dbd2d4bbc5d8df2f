/**
 * Fault messages as a handler receives them, read from the message registers, and the reply to a timeout.
 *
 * Plain calls; make them before the next system call. Words beyond 2^53 are inexact (`seL4_GetMR64`).
 * seL4 manual, "Faults".
 */
import {
  seL4_CapFault_Addr,
  seL4_CapFault_InRecvPhase,
  seL4_CapFault_IP,
  seL4_CapFault_LookupFailureType,
  seL4_Fault_CapFault,
  seL4_Fault_NullFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_Fault_VMFault,
  seL4_Timeout_Consumed,
  seL4_Timeout_Data,
  seL4_Timeout_Length,
  seL4_UnknownSyscall_A0,
  seL4_UnknownSyscall_FaultIP,
  seL4_UnknownSyscall_RA,
  seL4_UnknownSyscall_SP,
  seL4_UnknownSyscall_Syscall,
  seL4_UserContext_Length,
  seL4_UserException_Code,
  seL4_UserException_FaultIP,
  seL4_UserException_Number,
  seL4_UserException_SP,
  seL4_VMFault_Addr,
  seL4_VMFault_FSR,
  seL4_VMFault_IP,
  seL4_VMFault_PrefetchFault,
  USER_CONTEXT_NAMES,
} from "./abi/index.js";
import { type LookupFailure, readLookupFailure } from "./lookup-failure.js";
import { seL4_GetMR, seL4_GetMR64, seL4_SetMR } from "./message.js";
import { seL4_MessageInfo_new, type seL4_MessageInfo_t } from "./message-info.js";
import type { seL4_Bool, seL4_Word, UserContextLike } from "./types.js";

/** A capability could not be looked up, or was not what a receive needs. */
export interface CapFault {
  readonly type: "CapFault";
  /** Where the thread starts again: its system call. */
  readonly IP: seL4_Word;
  /** The CPtr. */
  readonly Addr: seL4_Word;
  readonly InRecvPhase: boolean;
  readonly LookupFailure: LookupFailure;
}

/** A system call with a number that the kernel does not know. */
export interface UnknownSyscall {
  readonly type: "UnknownSyscall";
  readonly FaultIP: seL4_Word;
  readonly SP: seL4_Word;
  readonly RA: seL4_Word;
  /** a0 to a6. */
  readonly A: readonly seL4_Word[];
  /** The number, as a signed word. */
  readonly Syscall: number;
}

/** An exception that is neither page fault nor system call. */
export interface UserException {
  readonly type: "UserException";
  readonly FaultIP: seL4_Word;
  readonly SP: seL4_Word;
  /** The scause: 2 illegal instruction, 3 breakpoint, 4 and 6 misaligned load and store. */
  readonly Number: number;
  readonly Code: number;
}

/** A thread used up its budget. */
export interface Timeout {
  readonly type: "Timeout";
  /** Badge of its scheduling context. */
  readonly Data: seL4_Word;
  /** Microseconds used since this was last asked; undefined when the thread has lost its scheduling context. */
  readonly Consumed: seL4_Word | undefined;
}

/** An address that is not mapped, or not for this. */
export interface VMFault {
  readonly type: "VMFault";
  /** Where the thread starts again: the instruction that faulted. */
  readonly IP: seL4_Word;
  readonly Addr: seL4_Word;
  /** It was an instruction fetch. */
  readonly PrefetchFault: boolean;
  /** One of `FaultStatus`. */
  readonly FSR: number;
}

/** What a handler has received; "NullFault" = an ordinary message, "Unknown" = a label that is no fault. */
export type seL4_Fault_t =
  | { readonly type: "NullFault" }
  | CapFault
  | UnknownSyscall
  | UserException
  | Timeout
  | VMFault
  | { readonly type: "Unknown"; readonly label: number };

/**
 * Read a fault message.
 * @param tag the message info that came with it
 */
export function seL4_getFault(tag: seL4_MessageInfo_t): seL4_Fault_t {
  switch (tag.label) {
    case seL4_Fault_NullFault:
      return { type: "NullFault" };
    case seL4_Fault_CapFault:
      return {
        type: "CapFault",
        IP: seL4_GetMR(seL4_CapFault_IP),
        Addr: seL4_GetMR(seL4_CapFault_Addr),
        InRecvPhase: seL4_GetMR(seL4_CapFault_InRecvPhase) !== 0,
        LookupFailure: readLookupFailure(seL4_CapFault_LookupFailureType),
      };
    case seL4_Fault_UnknownSyscall:
      return {
        type: "UnknownSyscall",
        FaultIP: seL4_GetMR(seL4_UnknownSyscall_FaultIP),
        SP: seL4_GetMR(seL4_UnknownSyscall_SP),
        RA: seL4_GetMR(seL4_UnknownSyscall_RA),
        A: Array.from({ length: 7 }, (_, i) => seL4_GetMR(seL4_UnknownSyscall_A0 + i)),
        Syscall: Number(BigInt.asIntN(64, seL4_GetMR64(seL4_UnknownSyscall_Syscall))),
      };
    case seL4_Fault_UserException:
      return {
        type: "UserException",
        FaultIP: seL4_GetMR(seL4_UserException_FaultIP),
        SP: seL4_GetMR(seL4_UserException_SP),
        Number: seL4_GetMR(seL4_UserException_Number),
        Code: seL4_GetMR(seL4_UserException_Code),
      };
    case seL4_Fault_Timeout:
      return {
        type: "Timeout",
        Data: seL4_GetMR(seL4_Timeout_Data),
        Consumed: tag.length < seL4_Timeout_Length ? undefined : seL4_GetMR(seL4_Timeout_Consumed),
      };
    case seL4_Fault_VMFault:
      return {
        type: "VMFault",
        IP: seL4_GetMR(seL4_VMFault_IP),
        Addr: seL4_GetMR(seL4_VMFault_Addr),
        PrefetchFault: seL4_GetMR(seL4_VMFault_PrefetchFault) !== 0,
        FSR: seL4_GetMR(seL4_VMFault_FSR),
      };
    default:
      return { type: "Unknown", label: tag.label };
  }
}

/** Is this an ordinary message? */
export function seL4_isNoFault_tag(tag: seL4_MessageInfo_t): boolean {
  return tag.label === seL4_Fault_NullFault;
}

/** Is this a CapFault? */
export function seL4_isCapFault_tag(tag: seL4_MessageInfo_t): boolean {
  return tag.label === seL4_Fault_CapFault;
}

/** Is this an UnknownSyscall? */
export function seL4_isUnknownSyscall_tag(tag: seL4_MessageInfo_t): boolean {
  return tag.label === seL4_Fault_UnknownSyscall;
}

/** Is this a UserException? */
export function seL4_isUserException_tag(tag: seL4_MessageInfo_t): boolean {
  return tag.label === seL4_Fault_UserException;
}

/** Is this a Timeout? */
export function seL4_isTimeoutFault_tag(tag: seL4_MessageInfo_t): boolean {
  return tag.label === seL4_Fault_Timeout;
}

/** Is this a VMFault? */
export function seL4_isVMFault_tag(tag: seL4_MessageInfo_t): boolean {
  return tag.label === seL4_Fault_VMFault;
}

/**
 * Prepare the reply to a timeout: writes the message registers and returns the message info for the reply.
 * @param resume the thread shall go on
 * @param regs its new registers; those left out count as 0
 * @param length how many of them are written, 0 to 32, in the order of `seL4_UserContext`
 */
export function seL4_TimeoutReply_new(resume: seL4_Bool, regs: UserContextLike, length: number): seL4_MessageInfo_t {
  USER_CONTEXT_NAMES.slice(0, Math.min(length, seL4_UserContext_Length)).forEach((name, i) => {
    seL4_SetMR(i, regs[name] ?? 0);
  });
  return seL4_MessageInfo_new(resume ? 0 : 1, 0, 0, length);
}
