/**
 * What a program does to its own memory and time without the kernel: `yield*` each of them. All may fault, and a
 * fault that a handler mends is restarted from the registers.
 */
import { port, SUSPEND } from "./port.js";
import type { Syscall } from "./program.js";
import { Register } from "./registers.js";

function done<R>(value: R): IteratorReturnResult<R> {
  return { done: true, value };
}

const wordResult = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    return cpu.suspended() ? SUSPEND : done(cpu.word(Register.t1));
  },
};

const word64Result = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    if (cpu.suspended()) return SUSPEND;
    const high = BigInt(cpu.high(Register.t1) >>> 0);
    return done((high << 32n) | BigInt(cpu.low(Register.t1) >>> 0));
  },
};

/** A word as two int32 halves. */
export interface WordPair {
  readonly low: number;
  readonly high: number;
}

const pairResult = {
  [Symbol.iterator]() {
    return this;
  },
  next(): IteratorResult<void, WordPair> {
    const cpu = port();
    if (cpu.suspended()) return SUSPEND;
    return done({ low: cpu.low(Register.t1), high: cpu.high(Register.t1) });
  },
};

const voidResult = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    return port().suspended() ? SUSPEND : done<void>(undefined);
  },
};

/** The 64-bit word at `address` (a multiple of 8). Faults: load page fault, load misaligned. */
export function load(address: number): Syscall<number> {
  port().load(address);
  return wordResult;
}

/** As `load`, exact beyond 2^53. */
export function load64(address: number): Syscall<bigint> {
  port().load(address);
  return word64Result;
}

/** As `load`, exact, in halves: for words that are sets of bits. */
export function loadPair(address: number): Syscall<WordPair> {
  port().load(address);
  return pairResult;
}

/**
 * Write `value` as a 64-bit word at `address` (a multiple of 8); a negative one as two's complement.
 * Faults: store page fault, store misaligned.
 * @throws TypeError when `value` is no integer that a number holds exactly (`store64` takes the others)
 */
export function store(address: number, value: number): Syscall<void> {
  if (!Number.isSafeInteger(value)) throw new TypeError(`store(address, ${value}): the value must be an exact integer`);
  port().store(address, value | 0, Math.floor(value / 4294967296) | 0);
  return voidResult;
}

/** As `store`, for words beyond 2^53. */
export function store64(address: number, value: bigint): Syscall<void> {
  port().store(address, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
  return voidResult;
}

/** As `store`, in halves: of `low` and `high` the lower 32 bits count. */
export function storePair(address: number, low: number, high: number): Syscall<void> {
  port().store(address, low | 0, high | 0);
  return voidResult;
}

/** Copy `into.length` bytes at `address` of the program's memory into a host array. */
export function copyIn(address: number, into: Uint8Array): Syscall<void> {
  port().copyIn(address, into);
  return voidResult;
}

/** Copy a host array to `address` of the program's memory. */
export function copyOut(address: number, from: Uint8Array): Syscall<void> {
  port().copyOut(address, from);
  return voidResult;
}

/** Spend `cycles` cycles of the modelled core computing. */
export function compute(cycles: number): Syscall<void> {
  port().compute(cycles);
  return voidResult;
}

/** Execute an undefined instruction: a UserException to the fault handler; a reply at pc + 4 goes on behind it. */
export function illegalInstruction(): Syscall<void> {
  port().illegal();
  return voidResult;
}

/** Execute `ebreak`. */
export function breakpoint(): Syscall<void> {
  port().breakpoint();
  return voidResult;
}
