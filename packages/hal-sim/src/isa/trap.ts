/**
 * What can make a context leave the CPU: the values of the `scause` register.
 *
 * Exceptions are the small positive numbers of the RISC-V privileged specification (v1.12, table 4.2);
 * interrupts carry the top bit, so as an int32 they are negative. The kernel dispatches on these and
 * never asks whether a TypeScript program or machine code stood behind the trap.
 */
export const Cause = {
  InstructionMisaligned: 0,
  InstructionAccess: 1,
  IllegalInstruction: 2,
  Breakpoint: 3,
  LoadMisaligned: 4,
  LoadAccess: 5,
  StoreMisaligned: 6,
  StoreAccess: 7,
  /** `ecall` from user mode: a system call. */
  UserEcall: 8,
  InstructionPageFault: 12,
  LoadPageFault: 13,
  StorePageFault: 15,
  /** Supervisor timer interrupt (5 with the interrupt bit). */
  TimerInterrupt: -2147483643,
  /** Supervisor external interrupt (9 with the interrupt bit): claim it at the PLIC. */
  ExternalInterrupt: -2147483639,
} as const;
export type Cause = (typeof Cause)[keyof typeof Cause];
