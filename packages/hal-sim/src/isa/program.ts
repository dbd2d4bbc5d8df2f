/**
 * What a TypeScript program is to the machine: a page of real RV64 words and a generator function.
 *
 * The page lies in ordinary frames and is fetched through the page tables. Its first word names the program
 * by number (`lui x0, n`, a HINT that a real core executes as a no-op); the words behind it are the
 * instructions that a program can trap at. Each trap of a program has the pc of one of them, so the kernel, a
 * fault handler and a debugger see nothing but registers and memory.
 *
 * Life of a context that runs a program: a return to user mode at the entry makes a new generator; at the
 * pc of the last trap takes that trap again, from the registers, before the generator is touched; at the pc
 * behind it lets the generator go on. Any other pc is machine code, or an illegal instruction.
 */

/** What a program, and every library function that may trap, is: `yield*` it. Nothing useful is ever yielded. */
export type Thread<R = void> = Generator<void, R, void>;

/** What a stub returns after it has trapped: `yield*` gives R, and suspends only when another thread must run. */
export interface Syscall<R> {
  /** What `yield*` asks for the result. */
  [Symbol.iterator](): Iterator<void, R, void>;
}

/** The argument registers a program starts with, read once at its entry. Words beyond 2^53 are inexact. */
export interface ProgramStart {
  readonly a0: number;
  readonly a1: number;
  readonly a2: number;
  readonly a3: number;
  readonly a4: number;
  readonly a5: number;
  readonly a6: number;
  readonly a7: number;
}

/** A TypeScript program. It shares nothing with others but what its capabilities and registers give it. */
export type Program = (start: ProgramStart) => Thread<void>;

/** Byte offsets of the instructions on a program page. */
export const ProgramOffset = {
  /** `lui x0, n`: the entry marker of program number n. */
  Entry: 0x00,
  /** `sd`: staged message words go to the IPC buffer, before the ecall. */
  Stage: 0x04,
  /** `ecall`. */
  Ecall: 0x08,
  /** `ld`: received message words come from the IPC buffer, after the ecall. */
  Unstage: 0x0c,
  /** `ld t1, 0(t0)`. */
  Load: 0x10,
  /** `sd t1, 0(t0)`. */
  Store: 0x14,
  /** `addi t0, t0, -1`, head of the loop of compute(n): t0 holds what is left to do. */
  Compute: 0x18,
  /** `bne t0, x0, -4`, its tail. */
  ComputeBranch: 0x1c,
  /** `ebreak`. */
  Breakpoint: 0x20,
  /** `csrrw x0, cycle, x0` ("unimp"): what a program that throws executes. */
  Unimp: 0x24,
  /** `jalr x0, 0(ra)`: what a program that returns executes. */
  Return: 0x28,
} as const;

const INSTRUCTIONS: readonly (readonly [offset: number, word: number])[] = [
  [ProgramOffset.Stage, 0x0062b023],
  [ProgramOffset.Ecall, 0x00000073],
  [ProgramOffset.Unstage, 0x0002b303],
  [ProgramOffset.Load, 0x0002b303],
  [ProgramOffset.Store, 0x0062b023],
  [ProgramOffset.Compute, 0xfff28293],
  [ProgramOffset.ComputeBranch, 0xfe029ee3],
  [ProgramOffset.Breakpoint, 0x00100073],
  [ProgramOffset.Unimp, 0xc0001073],
  [ProgramOffset.Return, 0x00008067],
];

/** Bytes of a program's instructions; the rest of its page is free for data. */
export const PROGRAM_BYTES = 0x2c;

/** Program numbers fit the 20-bit immediate of `lui`. */
export const MAX_PROGRAMS = 1 << 20;

const LUI_X0 = 0x37;
const LUI_X0_MASK = 0xfff;

/** The entry marker of program `number` (0 <= number < MAX_PROGRAMS), an int32. */
export function entryMarker(number: number): number {
  return (number << 12) | LUI_X0;
}

/** The program number that a word marks the entry of, or -1 when it is no entry marker. */
export function programOfMarker(word: number): number {
  return (word & LUI_X0_MASK) === LUI_X0 ? word >>> 12 : -1;
}

/** The words of program `number`'s page, PROGRAM_BYTES long, as int32s. */
export function programWords(number: number): Int32Array {
  const words = new Int32Array(PROGRAM_BYTES / 4);
  words[0] = entryMarker(number);
  for (const [offset, word] of INSTRUCTIONS) words[offset / 4] = word;
  return words;
}
