/**
 * The register file of one context, as it lies in the first bytes of its TCB's own memory.
 *
 * Every register is 64 bits: two int32 words, low word first. Indexes 1..31 are RISC-V's x1..x31.
 * Index 0 would be x0, which is wired to zero and needs no place; it holds the pc of the last trap
 * (`FaultIP`, where a restarted thread begins again). `NextIP` is where the thread goes on when it returns
 * to user mode. `FaultIP` and `NextIP` differ only after an `ecall`, by 4.
 */
export const Register = {
  FaultIP: 0,
  ra: 1,
  sp: 2,
  gp: 3,
  tp: 4,
  t0: 5,
  t1: 6,
  t2: 7,
  s0: 8,
  s1: 9,
  a0: 10,
  a1: 11,
  a2: 12,
  a3: 13,
  a4: 14,
  a5: 15,
  a6: 16,
  a7: 17,
  s2: 18,
  s3: 19,
  s4: 20,
  s5: 21,
  s6: 22,
  s7: 23,
  s8: 24,
  s9: 25,
  s10: 26,
  s11: 27,
  t3: 28,
  t4: 29,
  t5: 30,
  t6: 31,
  NextIP: 32,
} as const;
export type Register = (typeof Register)[keyof typeof Register];

/** Registers in one file, FaultIP and NextIP included. */
export const REGISTER_COUNT = 33;

/** Bytes of one register file. */
export const REGISTER_FILE_BYTES = REGISTER_COUNT * 8;
