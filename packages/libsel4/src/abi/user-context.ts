/**
 * The order in which a whole register file travels in a message: ReadRegisters, WriteRegisters and the reply to a
 * Timeout (seL4 manual, "Thread Control Blocks").
 *
 * `pc` is where the thread would start again. The first 16 are the "frame" registers of CopyRegisters, the others its
 * "integer" registers. tp is the base of thread-local storage.
 */

/** C's names and RISC-V's numbers (x1 to x31; 0 = the pc), in message order. */
const ORDER = [
  ["pc", 0],
  ["ra", 1],
  ["sp", 2],
  ["gp", 3],
  ["s0", 8],
  ["s1", 9],
  ["s2", 18],
  ["s3", 19],
  ["s4", 20],
  ["s5", 21],
  ["s6", 22],
  ["s7", 23],
  ["s8", 24],
  ["s9", 25],
  ["s10", 26],
  ["s11", 27],
  ["a0", 10],
  ["a1", 11],
  ["a2", 12],
  ["a3", 13],
  ["a4", 14],
  ["a5", 15],
  ["a6", 16],
  ["a7", 17],
  ["t0", 5],
  ["t1", 6],
  ["t2", 7],
  ["t3", 28],
  ["t4", 29],
  ["t5", 30],
  ["t6", 31],
  ["tp", 4],
] as const;

/** The name of a register. */
export type UserContextName = (typeof ORDER)[number][0];

/** Registers in a whole context. */
export const seL4_UserContext_Length = ORDER.length;

/** Of those, the first so many are "frame" registers. */
export const FRAME_REGISTERS = 16;

/** Names in message order. */
export const USER_CONTEXT_NAMES: readonly UserContextName[] = ORDER.map(([name]) => name);

/** RISC-V register numbers in message order; 0 stands for the pc. */
export const USER_CONTEXT_REGISTERS: readonly number[] = ORDER.map(([, register]) => register);
