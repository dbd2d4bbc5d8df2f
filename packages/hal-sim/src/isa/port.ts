/**
 * The CPU as a program sees it: registers, the staged IPC buffer, and the instructions that may trap.
 *
 * Stubs (libsel4) write registers through `port()`, execute `ecall()` and return a reused iterable, so that a
 * call that need not switch threads costs no generator switch. Exactly one context executes at a time; the
 * driver that resumes it puts its CPU here and takes it away again. No view of RAM is reachable from here.
 */
import type { Register } from "./registers.js";

/** The result of `iterator.next()` that hands the CPU back to the driver. */
export const SUSPEND: IteratorYieldResult<void> = { done: false, value: undefined };

/**
 * The CPU as the stubs of a program see it: `port()`.
 *
 * Programs use the C-named stubs of `@tessera/libsel4`, which are written with this.
 */
export interface Port {
  /** Register `r` of the executing context := the word (hi, lo), int32 halves. */
  setPair(r: Register, lo: number, hi: number): void;
  /** Register `r` := a number from 0 to 2^31 - 1, which is what most are. */
  setLow(r: Register, value: number): void;
  /** Register `r` := a number. Negative numbers become two's complement; fractions are cut. */
  setWord(r: Register, value: number): void;
  /** Low half of register `r`, int32. */
  low(r: Register): number;
  /** High half of register `r`, int32. */
  high(r: Register): number;
  /** Register `r` as a non-negative number; inexact beyond 2^53. */
  word(r: Register): number;

  /**
   * Word `index` (0..127) of this context's staged copy of its IPC buffer. What is staged is written to the
   * buffer through the program's own address at the next ecall (words 1..4, which registers carry, are not);
   * after an ecall, `unstage` has brought back what the message holds.
   * Throws the "forgot yield*" error while a result is pending.
   */
  stage(index: number, lo: number, hi: number): void;
  /** Low half of a staged word. */
  stagedLow(index: number): number;
  /** High half of a staged word. */
  stagedHigh(index: number): number;
  /**
   * What the objects that the next calls create are called by people: in explanations, transcripts and dumps. It stays
   * until it is changed; null = nothing. Outside of the run: no program can read a name, and no trace hash holds one.
   */
  annotate(name: string | null): void;
  /** The program's own address of its IPC buffer; 0 = none. What the kernel uses is what the TCB names. */
  ipcBufferAddress: number;

  /**
   * Execute `ecall` with the registers as they are. Returns when the kernel has run, whoever is current then;
   * the caller hands an iterable to `yield*` whose `next()` asks `suspended()` first.
   */
  ecall(): void;
  /** a7 := `number`, which is negative; then `ecall`. */
  systemCall(number: number): void;
  /**
   * A system call with a message, all registers in one go: a0 := the word (hi, lo), a1 := the message info
   * (infoHi, infoLo), a2.. := the first `count` staged message words, four at most; then as `systemCall`.
   */
  messageCall(number: number, lo: number, hi: number, infoLo: number, infoHi: number, count: number): void;
  /** Execute `ld` of an aligned 64-bit word; its value is in t1 once `suspended()` is false. */
  load(address: number): void;
  /** Execute `sd` of the word (hi, lo) at an aligned address. */
  store(address: number, lo: number, hi: number): void;
  /** Copy from the program's memory into `into`, page by page, so that it can be restarted behind a fault. */
  copyIn(address: number, into: Uint8Array): void;
  /** Copy `from` to the program's memory. */
  copyOut(address: number, from: Uint8Array): void;
  /** Spend `cycles` cycles of the modelled core; what is left survives preemption in t0. */
  compute(cycles: number): void;
  /** Execute `unimp`, an illegal instruction. */
  illegal(): void;
  /** Execute `ebreak`. */
  breakpoint(): void;

  /**
   * For `next()` of a stub's iterable: true = return SUSPEND, the thread must not go on yet. False = the trap is
   * over and its result is taken from the registers; the "forgot yield*" mark is cleared.
   */
  suspended(): boolean;
  /**
   * The same for calls that receive a message: also brings message words 5.. and, when the info word in a1
   * says so, caps_or_badges from the IPC buffer into the staged copy. May fault, which is restarted like any load.
   */
  suspendedMessage(): boolean;
  /** As `suspendedMessage`; the first four message words, from a2.., go to the staged copy as well. */
  suspendedKeeping(): boolean;
}

let executing: Port | undefined;

/**
 * The CPU that executes the calling program.
 * @throws Error when no program is executing: a system call was made from host code, or outside `yield*`.
 */
export function port(): Port {
  if (executing === undefined) {
    throw new Error("no program is executing: system calls can only be made inside a program that the machine runs");
  }
  return executing;
}

/** For the driver alone: `cpu` runs a program from now on, or none does. Returns what was there before. */
export function setExecuting(cpu: Port | undefined): Port | undefined {
  const before = executing;
  executing = cpu;
  return before;
}
