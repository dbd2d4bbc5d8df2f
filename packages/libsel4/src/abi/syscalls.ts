/**
 * System call numbers: what a7 holds at `ecall` (seL4 manual, "System Calls", MCS configuration).
 *
 * The API's own calls are -1 to -11. The debug calls below them exist only in debug and printing kernels, as this
 * one is; their numbers never shift. Every other number is a fault, UnknownSyscall, that carries the number.
 */
export const seL4_SysCall = -1;
export const seL4_SysReplyRecv = -2;
export const seL4_SysNBSendRecv = -3;
export const seL4_SysNBSendWait = -4;
export const seL4_SysSend = -5;
export const seL4_SysNBSend = -6;
export const seL4_SysRecv = -7;
export const seL4_SysNBRecv = -8;
export const seL4_SysWait = -9;
export const seL4_SysNBWait = -10;
export const seL4_SysYield = -11;
export const seL4_SysDebugPutChar = -12;
export const seL4_SysDebugDumpScheduler = -13;
export const seL4_SysDebugHalt = -14;
export const seL4_SysDebugCapIdentify = -15;
export const seL4_SysDebugSnapshot = -16;
export const seL4_SysDebugNameThread = -17;

/** Least and greatest number of the API proper. */
export const FIRST_API_SYSCALL = seL4_SysYield;
export const LAST_API_SYSCALL = seL4_SysCall;
