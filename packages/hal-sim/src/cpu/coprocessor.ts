/**
 * The TypeScript coprocessor: what a program's calls do.
 *
 * A stub writes registers and issues one instruction; it is executed at once, on the program's stack, and the stub
 * returns an iterable whose `next()` asks `suspended()`. The same instruction can be executed again by the driver,
 * from the registers alone, when the kernel restarts the thread (`execute`). Before every instruction the interrupts
 * that are due are taken. Faults are return codes; nothing on these paths allocates.
 *
 * While a result is pending every call is refused ("forgot yield*") and condemns the context; what a condemned
 * program calls after that is ignored, until its next `yield*` hands it to the driver.
 */
import { Cause, type Port, ProgramOffset, Register } from "../isa/index.js";
import type { Bus } from "../memory/bus.js";
import type { Words } from "../memory/words.js";
import { ProgramFailure } from "../trace.js";
import { executeCompute, executeCopy, executeLoad, executeStore } from "./access.js";
import { type Context, Phase } from "./context.js";
import type { Cpu } from "./cpu.js";
import { forgottenBefore, notExecuting } from "./forgotten.js";
import { assertHeadroom } from "./headroom.js";
import { readWord, writeWord } from "./register-file.js";
import { RememberedSites } from "./remembered-sites.js";
import {
  BUFFER_WORDS,
  flushStaged,
  LENGTH_MASK,
  messageInMemory,
  REGISTER_MESSAGE_WORDS,
  Staging,
  stageWord,
  unstageMessage,
} from "./staging.js";

const A0 = 2 * Register.a0;
const A1 = 2 * Register.a1;
const A7 = 2 * Register.a7;
const T0 = 2 * Register.t0;
const T1 = 2 * Register.t1;
const T2 = 2 * Register.t2;

const INSTRUCTION_BYTES = 4;
/** Compute is a loop of two instructions. */
const COMPUTE_BYTES = 8;
/** The words of `unimp`: the trap value of an illegal instruction is the instruction. */
export const UNIMP_WORD = 0xc0001073 | 0;
/** So many refused calls in one stretch of a program mean that it will never come to a `yield*`. */
const RUNAWAY_CALLS = 100_000;

export class Coprocessor implements Port {
  /** Told once about a program that goes on calling and never yields: only the host can stop it. */
  onRunaway: (message: string) => void = () => {};
  /** Whether the program was told to suspend since it was resumed. */
  told = false;
  readonly #cpu: Cpu;
  readonly #bus: Bus;
  readonly #words: Words;
  readonly #sites = new RememberedSites();
  #refusals = 0;

  constructor(cpu: Cpu, bus: Bus) {
    this.#cpu = cpu;
    this.#bus = bus;
    this.#words = cpu.words;
  }

  // Registers

  setPair(r: Register, lo: number, hi: number): void {
    const context = this.#cpu.executing;
    if (context === null || context.phase !== Phase.Idle) {
      this.#refuse(this.setPair);
      return;
    }
    const at = context.regs + 2 * r;
    const words = this.#words;
    words[at] = lo | 0;
    words[at + 1] = hi | 0;
  }

  setLow(r: Register, value: number): void {
    const context = this.#cpu.executing;
    if (context === null || context.phase !== Phase.Idle) {
      this.#refuse(this.setLow);
      return;
    }
    const at = context.regs + 2 * r;
    const words = this.#words;
    words[at] = value | 0;
    words[at + 1] = 0;
  }

  setWord(r: Register, value: number): void {
    const context = this.#free(this.setWord);
    if (context !== null) writeWord(this.#words, context.regs + 2 * r, value);
  }

  low(r: Register): number {
    return this.#words[(this.#cpu.executing ?? this.#current(this.low)).regs + 2 * r]!;
  }

  high(r: Register): number {
    return this.#words[(this.#cpu.executing ?? this.#current(this.high)).regs + 2 * r + 1]!;
  }

  word(r: Register): number {
    const words = this.#words;
    const at = (this.#cpu.executing ?? this.#current(this.word)).regs + 2 * r;
    const lo = words[at]!;
    return words[at + 1] === 0 && lo >= 0 ? lo : readWord(words, at);
  }

  // The staged IPC buffer

  get ipcBufferAddress(): number {
    return this.#current(this.ecall).ipcBufferAddress;
  }

  set ipcBufferAddress(address: number) {
    this.#current(this.ecall).ipcBufferAddress = checkAddress(address);
  }

  stage(index: number, lo: number, hi: number): void {
    const context = this.#free(this.stage);
    if (context !== null) stageWord(stagingOf(context), checkIndex(index), lo, hi);
  }

  stagedLow(index: number): number {
    const context = this.#free(this.stagedLow);
    return context?.staging?.words[2 * checkIndex(index)] ?? 0;
  }

  stagedHigh(index: number): number {
    const context = this.#free(this.stagedHigh);
    return context?.staging?.words[2 * checkIndex(index) + 1] ?? 0;
  }

  annotate(name: string | null): void {
    const context = this.#free(this.annotate);
    if (context !== null) context.annotation = name;
  }

  // Instructions

  ecall(): void {
    const context = this.#issue(this.ecall);
    if (context !== null) this.#call(context);
  }

  systemCall(number: number): void {
    const context = this.#issue(this.systemCall);
    if (context === null) return;
    const at = context.regs + A7;
    this.#words[at] = number | 0;
    this.#words[at + 1] = -1;
    this.#call(context);
  }

  messageCall(number: number, lo: number, hi: number, infoLo: number, infoHi: number, count: number): void {
    const context = this.#issue(this.messageCall);
    if (context === null) return;
    const words = this.#words;
    const { regs } = context;
    words[regs + A0] = lo | 0;
    words[regs + A0 + 1] = hi | 0;
    words[regs + A1] = infoLo | 0;
    words[regs + A1 + 1] = infoHi | 0;
    if (count !== 0) loadStaged(words, regs + A1, stagingOf(context).words, count);
    words[regs + A7] = number | 0;
    words[regs + A7 + 1] = -1;
    this.#call(context);
  }

  load(address: number): void {
    const context = this.#issue(this.load);
    if (context === null) return;
    writeWord(this.#words, context.regs + T0, checkAddress(address));
    context.copy = null;
    context.issue(ProgramOffset.Load, INSTRUCTION_BYTES);
    executeLoad(this.#cpu, context);
  }

  store(address: number, lo: number, hi: number): void {
    const context = this.#issue(this.store);
    if (context === null) return;
    writeWord(this.#words, context.regs + T0, checkAddress(address));
    this.#words[context.regs + T1] = lo;
    this.#words[context.regs + T1 + 1] = hi;
    context.copy = null;
    context.issue(ProgramOffset.Store, INSTRUCTION_BYTES);
    executeStore(this.#cpu, context);
  }

  copyIn(address: number, into: Uint8Array): void {
    const context = this.#issue(this.copyIn);
    if (context !== null) this.#copy(context, ProgramOffset.Load, address, into);
  }

  copyOut(address: number, from: Uint8Array): void {
    const context = this.#issue(this.copyOut);
    if (context !== null) this.#copy(context, ProgramOffset.Store, address, from);
  }

  compute(cycles: number): void {
    const context = this.#issue(this.compute);
    if (context === null) return;
    if (!Number.isSafeInteger(cycles) || cycles < 0) {
      throw new RangeError(`compute(${cycles}): the cycles must be a whole number, zero or more`);
    }
    if (cycles === 0) this.#cpu.clock.cycles += this.#cpu.cost.computeCycle;
    writeWord(this.#words, context.regs + T0, cycles);
    context.issue(ProgramOffset.Compute, COMPUTE_BYTES);
    executeCompute(this.#cpu, context);
  }

  illegal(): void {
    const context = this.#issue(this.illegal);
    if (context === null) return;
    context.issue(ProgramOffset.Unimp, INSTRUCTION_BYTES);
    this.execute(context);
  }

  breakpoint(): void {
    const context = this.#issue(this.breakpoint);
    if (context === null) return;
    context.issue(ProgramOffset.Breakpoint, INSTRUCTION_BYTES);
    this.execute(context);
  }

  // yield*

  suspended(): boolean {
    const context = this.#current(this.suspended);
    if (this.#mustWait(context)) {
      this.told = true;
      return true;
    }
    context.phase = Phase.Idle;
    return false;
  }

  suspendedMessage(): boolean {
    return this.#awaitsMessage(this.#current(this.suspendedMessage));
  }

  suspendedKeeping(): boolean {
    const context = this.#current(this.suspendedKeeping);
    if (this.#awaitsMessage(context)) return true;
    const words = this.#words;
    const at = context.regs + A1;
    const length = words[at]! & LENGTH_MASK;
    if (length === 0) return false;
    const staged = stagingOf(context).words;
    const end = 2 + 2 * (length < REGISTER_MESSAGE_WORDS ? length : REGISTER_MESSAGE_WORDS);
    for (let i = 2; i < end; i++) staged[i] = words[at + i]!;
    return false;
  }

  // For the driver

  /** Execute the pending instruction of a context, from its registers. */
  execute(context: Context): void {
    const cpu = this.#cpu;
    switch (context.pending) {
      case ProgramOffset.Stage:
      case ProgramOffset.Ecall:
        this.#executeCall(context);
        break;
      case ProgramOffset.Unstage:
        context.phase = unstageMessage(cpu, context, stagingOf(context)) ? Phase.Done : Phase.Trapped;
        break;
      case ProgramOffset.Load:
        if (context.copy === null) executeLoad(cpu, context);
        else executeCopy(cpu, context, this.#bus);
        break;
      case ProgramOffset.Store:
        if (context.copy === null) executeStore(cpu, context);
        else executeCopy(cpu, context, this.#bus);
        break;
      case ProgramOffset.Compute:
        executeCompute(cpu, context);
        break;
      case ProgramOffset.Breakpoint:
        this.#executeTrap(context, Cause.Breakpoint, 0);
        break;
      default:
        this.#executeTrap(context, Cause.IllegalInstruction, UNIMP_WORD);
    }
  }

  /** A program is about to be resumed. */
  begin(): void {
    this.told = false;
    this.#refusals = 0;
  }

  /** `ecall`, and `sd` of what is staged before it. */
  #call(context: Context): void {
    const { staging } = context;
    const offset = staging === null || staging.hasDirty === false ? ProgramOffset.Ecall : ProgramOffset.Stage;
    context.issue(offset, INSTRUCTION_BYTES);
    this.#executeCall(context);
  }

  #executeCall(context: Context): void {
    const cpu = this.#cpu;
    context.phase = Phase.Trapped;
    if (cpu.wantsAttention() && !cpu.takeInterrupts(context)) return;
    if (context.pending === ProgramOffset.Stage) {
      if (!flushStaged(cpu, context, stagingOf(context))) return;
      context.issue(ProgramOffset.Ecall, INSTRUCTION_BYTES);
    }
    cpu.setTrapValue(0, 0);
    cpu.trap(context, Cause.UserEcall, ProgramOffset.Ecall, INSTRUCTION_BYTES);
  }

  #executeTrap(context: Context, cause: Cause, value: number): void {
    const cpu = this.#cpu;
    context.phase = Phase.Trapped;
    if (cpu.wantsAttention() && !cpu.takeInterrupts(context)) return;
    cpu.setTrapValue(value, 0);
    cpu.trap(context, cause, context.pending, 0);
  }

  #copy(context: Context, offset: number, address: number, bytes: Uint8Array): void {
    writeWord(this.#words, context.regs + T0, checkAddress(address));
    writeWord(this.#words, context.regs + T2, bytes.length);
    context.copy = viewOf(bytes);
    if (bytes.length === 0) this.#cpu.clock.cycles += this.#cpu.cost.load;
    context.copied = 0;
    context.issue(offset, INSTRUCTION_BYTES);
    executeCopy(this.#cpu, context, this.#bus);
  }

  #awaitsMessage(context: Context): boolean {
    if (this.#mustWait(context) || !this.#unstage(context)) {
      this.told = true;
      return true;
    }
    context.phase = Phase.Idle;
    return false;
  }

  /** Behind an ecall: bring what the message has in memory. False: that faulted. */
  #unstage(context: Context): boolean {
    const cpu = this.#cpu;
    if (context.pending !== ProgramOffset.Ecall || !messageInMemory(cpu, context)) return true;
    assertHeadroom();
    context.issue(ProgramOffset.Unstage, INSTRUCTION_BYTES);
    if (unstageMessage(cpu, context, stagingOf(context))) return true;
    context.phase = Phase.Trapped;
    return false;
  }

  #mustWait(context: Context): boolean {
    switch (context.phase) {
      case Phase.Idle:
        return false;
      case Phase.Done:
        return this.#cpu.leaving;
      case Phase.Trapped:
        return this.#cpu.context !== context || this.#cpu.leaving || !this.#cpu.goesOnBehind(context);
      default:
        return true;
    }
  }

  /** The executing context, for an instruction: its call is counted, and the stack has room for the kernel. */
  #issue(call: unknown): Context | null {
    assertHeadroom();
    const context = this.#cpu.executing;
    if (context === null || context.phase !== Phase.Idle) return this.#refuse(call);
    if (context.remembered > 0) this.#sites.remember(context, call);
    if (this.#cpu.issuing !== call) this.#cpu.issuing = call;
    return context;
  }

  /** The executing context with no result pending; null when it is condemned and the call has to be ignored. */
  #free(call: unknown): Context | null {
    const context = this.#cpu.executing;
    if (context !== null && context.phase === Phase.Idle) return context;
    return this.#refuse(call);
  }

  #refuse(call: unknown): null {
    const context = this.#current(call);
    if (context.phase !== Phase.Poisoned) {
      const error = forgottenBefore(context, call);
      context.condemn(error, ProgramFailure.ForgotYield);
      throw error;
    }
    if (++this.#refusals === RUNAWAY_CALLS) {
      this.onRunaway(
        `program "${context.programName}" catches every error and never yields: ${context.poison?.message}`,
      );
    }
    return null;
  }

  #current(call: unknown): Context {
    const context = this.#cpu.executing;
    if (context === null) throw notExecuting(call);
    return context;
  }
}

function stagingOf(context: Context): Staging {
  context.staging ??= new Staging();
  return context.staging;
}

/** Message words 0 to `count` - 1 as staged, to the registers behind a1 at word index `a1`. */
function loadStaged(words: Words, a1: number, staged: Words, count: number): void {
  for (let i = 2; i < 2 + 2 * count; i++) words[a1 + i] = staged[i]!;
}

/** A view of our own: what the driver goes on copying to has no methods of the program's. */
function viewOf(bytes: Uint8Array): Uint8Array {
  if (!ArrayBuffer.isView(bytes)) throw new TypeError("a copy needs a Uint8Array of the program's");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function checkIndex(index: number): number {
  if (index >= 0 && index < BUFFER_WORDS && Math.floor(index) === index) return index;
  throw new RangeError(`${index} is no word of an IPC buffer: words are numbered 0 to ${BUFFER_WORDS - 1}`);
}

function checkAddress(address: number): number {
  if (Math.floor(address) === address && address > -(2 ** 63) && address < 2 ** 64) return address;
  throw new RangeError(`${address} is no address: it must be a whole number of at most 64 bits`);
}
