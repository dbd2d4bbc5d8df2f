/**
 * Fault messages: which label says which fault, and which message word holds what (seL4 manual, "Faults").
 *
 * A handler receives the label and the words listed under the fault's name. A reply with label 0 restarts the thread;
 * for UnknownSyscall, UserException and Timeout the reply's words are written to its registers first, for CapFault
 * and VMFault the label and the words do not matter. What follows `seL4_CapFault_LookupFailureType` depends on it
 * (lookup-failures.ts). Tag 4 would be a debug exception, which RISC-V does not have.
 */
export const seL4_Fault_NullFault = 0;
export const seL4_Fault_CapFault = 1;
export const seL4_Fault_UnknownSyscall = 2;
export const seL4_Fault_UserException = 3;
export const seL4_Fault_Timeout = 5;
export const seL4_Fault_VMFault = 6;

/** Older names of the same. */
export const seL4_NoFault = 0;
export const seL4_CapFault = 1;
export const seL4_UnknownSyscall = 2;
export const seL4_UserException = 3;
export const seL4_VMFault = 6;

/** CapFault: restart pc, the CPtr, 1 in a receive phase, then the lookup failure. */
export const seL4_CapFault_IP = 0;
export const seL4_CapFault_Addr = 1;
export const seL4_CapFault_InRecvPhase = 2;
export const seL4_CapFault_LookupFailureType = 3;
export const seL4_CapFault_BitsLeft = 4;
export const seL4_CapFault_DepthMismatch_BitsFound = 5;
export const seL4_CapFault_GuardMismatch_GuardFound = 5;
export const seL4_CapFault_GuardMismatch_BitsFound = 6;

/** UnknownSyscall: registers, then the number. The first ten words of a reply are written back. */
export const seL4_UnknownSyscall_FaultIP = 0;
export const seL4_UnknownSyscall_SP = 1;
export const seL4_UnknownSyscall_RA = 2;
export const seL4_UnknownSyscall_A0 = 3;
export const seL4_UnknownSyscall_A1 = 4;
export const seL4_UnknownSyscall_A2 = 5;
export const seL4_UnknownSyscall_A3 = 6;
export const seL4_UnknownSyscall_A4 = 7;
export const seL4_UnknownSyscall_A5 = 8;
export const seL4_UnknownSyscall_A6 = 9;
export const seL4_UnknownSyscall_Syscall = 10;
export const seL4_UnknownSyscall_Length = 11;

/** UserException: `Number` is the scause of the exception. The first two words of a reply are written back. */
export const seL4_UserException_FaultIP = 0;
export const seL4_UserException_SP = 1;
export const seL4_UserException_Number = 2;
export const seL4_UserException_Code = 3;
export const seL4_UserException_Length = 4;

/** Timeout: badge of the scheduling context, microseconds it has used. */
export const seL4_Timeout_Data = 0;
export const seL4_Timeout_Consumed = 1;
export const seL4_Timeout_Length = 2;

/** Words of a reply to a Timeout: a whole register file. */
export const seL4_TimeoutReply_FaultIP = 0;
export const seL4_TimeoutReply_LR = 1;
export const seL4_TimeoutReply_SP = 2;
export const seL4_TimeoutReply_GP = 3;
export const seL4_TimeoutReply_s0 = 4;
export const seL4_TimeoutReply_s1 = 5;
export const seL4_TimeoutReply_s2 = 6;
export const seL4_TimeoutReply_s3 = 7;
export const seL4_TimeoutReply_s4 = 8;
export const seL4_TimeoutReply_s5 = 9;
export const seL4_TimeoutReply_s6 = 10;
export const seL4_TimeoutReply_s7 = 11;
export const seL4_TimeoutReply_s8 = 12;
export const seL4_TimeoutReply_s9 = 13;
export const seL4_TimeoutReply_s10 = 14;
export const seL4_TimeoutReply_s11 = 15;
export const seL4_TimeoutReply_a0 = 16;
export const seL4_TimeoutReply_a1 = 17;
export const seL4_TimeoutReply_a2 = 18;
export const seL4_TimeoutReply_a3 = 19;
export const seL4_TimeoutReply_a4 = 20;
export const seL4_TimeoutReply_a5 = 21;
export const seL4_TimeoutReply_a6 = 22;
export const seL4_TimeoutReply_a7 = 23;
export const seL4_TimeoutReply_t0 = 24;
export const seL4_TimeoutReply_t1 = 25;
export const seL4_TimeoutReply_t2 = 26;
export const seL4_TimeoutReply_t3 = 27;
export const seL4_TimeoutReply_t4 = 28;
export const seL4_TimeoutReply_t5 = 29;
export const seL4_TimeoutReply_t6 = 30;
export const seL4_TimeoutReply_TP = 31;
export const seL4_TimeoutReply_Length = 32;

/** VMFault: restart pc, address, 1 for an instruction fetch, one of `FaultStatus`. */
export const seL4_VMFault_IP = 0;
export const seL4_VMFault_Addr = 1;
export const seL4_VMFault_PrefetchFault = 2;
export const seL4_VMFault_FSR = 3;
export const seL4_VMFault_Length = 4;

/** What word FSR of a VMFault says; page and access faults look alike. */
export const FaultStatus = { Instruction: 1, Load: 5, Store: 7 } as const;
