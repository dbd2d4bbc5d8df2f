/**
 * The names that people know the numbers by: system calls, methods, kinds of capabilities, errors, faults. For
 * transcripts and explanations; nothing here takes part in a call.
 */
import { CapTag } from "./cap-tags.js";
import {
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_Fault_VMFault,
} from "./faults.js";

/** System calls by -1 - number. */
const SYSCALLS: readonly string[] = [
  "Call",
  "ReplyRecv",
  "NBSendRecv",
  "NBSendWait",
  "Send",
  "NBSend",
  "Recv",
  "NBRecv",
  "Wait",
  "NBWait",
  "Yield",
  "DebugPutChar",
  "DebugDumpScheduler",
  "DebugHalt",
  "DebugCapIdentify",
  "DebugSnapshot",
  "DebugNameThread",
];

/** Methods of kernel objects by invocation label. */
const METHODS: readonly string[] = [
  "",
  "Untyped_Retype",
  "TCB_ReadRegisters",
  "TCB_WriteRegisters",
  "TCB_CopyRegisters",
  "TCB_Configure",
  "TCB_SetPriority",
  "TCB_SetMCPriority",
  "TCB_SetSchedParams",
  "TCB_SetTimeoutEndpoint",
  "TCB_SetIPCBuffer",
  "TCB_SetSpace",
  "TCB_Suspend",
  "TCB_Resume",
  "TCB_BindNotification",
  "TCB_UnbindNotification",
  "TCB_SetTLSBase",
  "TCB_SetFlags",
  "CNode_Revoke",
  "CNode_Delete",
  "CNode_CancelBadgedSends",
  "CNode_Copy",
  "CNode_Mint",
  "CNode_Move",
  "CNode_Mutate",
  "CNode_Rotate",
  "IRQControl_Get",
  "IRQHandler_Ack",
  "IRQHandler_SetNotification",
  "IRQHandler_Clear",
  "DomainSet_Set",
  "DomainSet_ScheduleConfigure",
  "DomainSet_ScheduleSetStart",
  "SchedControl_ConfigureFlags",
  "SchedContext_Bind",
  "SchedContext_Unbind",
  "SchedContext_UnbindObject",
  "SchedContext_Consumed",
  "SchedContext_YieldTo",
  "PageTable_Map",
  "PageTable_Unmap",
  "Page_Map",
  "Page_Unmap",
  "Page_GetAddress",
  "ASIDControl_MakePool",
  "ASIDPool_Assign",
  "IRQControl_GetTrigger",
];

const CAP_KINDS: Readonly<Record<number, string>> = {
  [CapTag.null]: "null capability",
  [CapTag.frame]: "frame",
  [CapTag.untyped]: "untyped memory",
  [CapTag.pageTable]: "page table",
  [CapTag.endpoint]: "endpoint",
  [CapTag.notification]: "notification",
  [CapTag.reply]: "reply object",
  [CapTag.cnode]: "CNode",
  [CapTag.asidControl]: "ASID control",
  [CapTag.thread]: "TCB",
  [CapTag.asidPool]: "ASID pool",
  [CapTag.irqControl]: "IRQ control",
  [CapTag.irqHandler]: "IRQ handler",
  [CapTag.zombie]: "zombie",
  [CapTag.domain]: "domain set",
  [CapTag.schedContext]: "scheduling context",
  [CapTag.schedControl]: "scheduling control",
};

const FAULTS: Readonly<Record<number, string>> = {
  [seL4_Fault_CapFault]: "CapFault",
  [seL4_Fault_UnknownSyscall]: "UnknownSyscall",
  [seL4_Fault_UserException]: "UserException",
  [seL4_Fault_Timeout]: "Timeout",
  [seL4_Fault_VMFault]: "VMFault",
};

/** Error codes by number. */
const ERRORS: readonly string[] = [
  "NoError",
  "InvalidArgument",
  "InvalidCapability",
  "IllegalOperation",
  "RangeError",
  "AlignmentError",
  "FailedLookup",
  "TruncatedMessage",
  "DeleteFirst",
  "RevokeFirst",
  "NotEnoughMemory",
];

/** A system call, without the prefix: "ReplyRecv". */
export function syscallName(number: number): string {
  return SYSCALLS[-1 - number] ?? `system call ${number}`;
}

/** A method by its invocation label: "CNode_Mint". */
export function methodName(label: number): string {
  return METHODS[label] || `method ${label}`;
}

/** A kind of capability, in words: "reply object". */
export function capKind(capTag: number): string {
  return CAP_KINDS[capTag] ?? `capability of type ${capTag}`;
}

/** A fault by its tag: "VMFault". */
export function faultName(tag: number): string {
  return FAULTS[tag] ?? `fault ${tag}`;
}

/** An error code, without the prefix: "FailedLookup". */
export function errorCodeName(code: number): string {
  return ERRORS[code] ?? `error ${code}`;
}
