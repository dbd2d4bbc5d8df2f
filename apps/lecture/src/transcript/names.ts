/** The numbers of the trace as the names of the API. */
import { Cause } from "@tessera/hal-sim/isa";
import {
  CapTag,
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_Fault_VMFault,
} from "@tessera/libsel4/abi";

const KIB = 1024;

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

const OBJECT_TYPES: Readonly<Record<number, string>> = {
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

const EXCEPTIONS: Readonly<Record<number, string>> = {
  [Cause.InstructionMisaligned]: "misaligned instruction",
  [Cause.IllegalInstruction]: "illegal instruction",
  [Cause.Breakpoint]: "breakpoint",
  [Cause.LoadMisaligned]: "misaligned load",
  [Cause.StoreMisaligned]: "misaligned store",
};

/** What a thread tried to do with memory when it trapped for this cause. */
const ACCESSES: Readonly<Record<number, string>> = {
  [Cause.InstructionAccess]: "executing",
  [Cause.InstructionPageFault]: "executing",
  [Cause.LoadAccess]: "reading",
  [Cause.LoadPageFault]: "reading",
  [Cause.StoreAccess]: "writing",
  [Cause.StorePageFault]: "writing",
};

export function syscallName(number: number): string {
  return SYSCALLS[-1 - number] ?? `system call ${number}`;
}

export function methodName(label: number): string {
  return METHODS[label] || `method ${label}`;
}

export function objectType(capTag: number): string {
  return OBJECT_TYPES[capTag] ?? `object of type ${capTag}`;
}

export function faultName(tag: number): string {
  return FAULTS[tag] ?? `fault ${tag}`;
}

export function accessName(cause: number): string | null {
  return ACCESSES[cause] ?? null;
}

export function exceptionName(cause: number): string {
  return EXCEPTIONS[cause] ?? `exception ${cause}`;
}

/** A 64-bit word from its halves, in hexadecimal. */
export function hexWord(lo: number, hi: number): string {
  const low = (lo >>> 0).toString(16);
  return hi === 0 ? `0x${low}` : `0x${(hi >>> 0).toString(16)}${low.padStart(8, "0")}`;
}

export function size(bytes: number): string {
  return bytes < KIB ? `${bytes} bytes` : `${bytes / KIB} KiB`;
}
